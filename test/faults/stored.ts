import { revisionContext } from '../../src/db/messages.ts';
import type { Installation } from './installation.ts';

/** A session with the texts of its messages in the order they were stored. */
export interface StoredSession {
  readonly sessionId: string;
  readonly topicId: number | null;
  readonly texts: readonly string[];
}

/** Every session of an installation with its opened texts. */
export async function storedSessions({ services }: Installation): Promise<StoredSession[]> {
  const rows = await services.db
    .selectFrom('message as m')
    .innerJoin('revision as r', 'r.message_id', 'm.id')
    .innerJoin('session as s', 's.id', 'm.session_id')
    .select(['m.id', 'm.session_id', 's.topic_id', 'r.revision', 'r.sealed'])
    .orderBy('m.seq')
    .orderBy('r.revision')
    .execute();
  const opened = await services.vault.openMany(
    rows.map((row) => ({ sealed: row.sealed, context: revisionContext(row.id, row.revision) })),
  );
  const sessions = new Map<string, { sessionId: string; topicId: number | null; texts: string[] }>();
  rows.forEach(({ session_id: sessionId, topic_id: topicId }, at) => {
    const session = sessions.get(sessionId) ?? { sessionId, topicId, texts: [] };
    session.texts.push((JSON.parse(String(opened[at])) as { text: string }).text);
    sessions.set(sessionId, session);
  });
  return [...sessions.values()];
}

/** How many messages are stored. */
export async function countMessages({ services }: Installation): Promise<number> {
  const { count } = await services.db
    .selectFrom('message')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** How many events still wait for their workflow. */
export async function waitingEvents({ services }: Installation): Promise<number> {
  const rows = await services.db
    .selectFrom('outbox')
    .select('id')
    .where('delivered_at', 'is', null)
    .execute();
  return rows.length;
}
