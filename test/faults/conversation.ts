import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { SeenMessage } from '../../src/sandbox/play.ts';
import type { Installation } from './installation.ts';
import { until } from './until.ts';

/** What a session holds once it has been conducted. */
export interface Conversation {
  readonly sessionId: string;
  readonly subjectId: string;
  readonly topicId: number;
  /** Every text with its revisions, in the order they came in, as the archive has to give them back. */
  readonly texts: readonly (readonly string[])[];
  readonly file: { readonly name: string; readonly bytes: Buffer };
}

/** Two messages of a customer, one of them edited and one with a file, and an agent's answer between. */
export async function converse(
  installation: Installation,
  customer = installation.addCustomer(),
  tone = '',
): Promise<Conversation> {
  const { services, sandbox, agent, staffChat } = installation;
  const { db } = services;
  const { play } = sandbox.world;
  const said = (text: string) => `${text}${tone}`;
  const file = { name: said('invoice.pdf'), bytes: Buffer.concat([Buffer.from(tone), randomBytes(100_000)]) };
  const texts = [
    [said('Where is my parcel?'), said('Where is my second parcel?')],
    [said('Which one was it?')],
    [said('Here is the invoice.')],
  ];
  const stored = (revisions: number) =>
    until(`${revisions} revisions are stored`, async () => (await count(installation)) === revisions);

  const { message_id: first } = play.send(customer, { text: texts[0]?.[0] ?? '' });
  const { id: sessionId, topicId } = await until('the session has a topic', async () => {
    const session = await db.selectFrom('session').select(['id', 'topic_id']).executeTakeFirst();
    return session?.topic_id ? { id: session.id, topicId: session.topic_id } : undefined;
  });
  play.send(agent, { chatId: staffChat, threadId: topicId, text: texts[1]?.[0] ?? '' });
  await stored(2);
  play.edit(customer, { messageId: first, text: texts[0]?.[1] ?? '' });
  await stored(3);
  play.send(customer, { text: texts[2]?.[0] ?? '', file: { ...file, type: 'application/pdf' } });
  await stored(4);
  await everythingSent(installation);
  const { subject_id: subjectId } = await db
    .selectFrom('message')
    .select('subject_id')
    .executeTakeFirstOrThrow();
  return { sessionId, subjectId, topicId, texts, file };
}

/** The agent closes the session in its topic. */
export function close({ sandbox, agent, staffChat }: Installation, threadId: number): void {
  sandbox.world.play.send(agent, { chatId: staffChat, threadId, text: '/close' });
}

/** Nothing waits to be sent to Telegram. */
export async function everythingSent({ services }: Installation): Promise<void> {
  await until('everything is sent', async () => {
    const waiting = await services.db
      .selectFrom('delivery')
      .select('id')
      .where('done_at', 'is', null)
      .executeTakeFirst();
    return waiting === undefined;
  });
}

/** What stands in a session's staff topic, without what the service tells there itself. */
export function topicTexts({ sandbox, agent, staffChat }: Installation, topicId: number): string[] {
  return sandbox.world.play.messages(agent, staffChat, topicId).flatMap(({ text, caption }: SeenMessage) => {
    const words = text ?? caption;
    return words === undefined ? [] : [words];
  });
}

/** The counts that manifest and audit have to show for a conversation. */
export const CONVERSATION = { messages: 3, revisions: 4, attachments: 1, objects: 2 } as const;

async function count({ services }: Installation): Promise<number> {
  const rows = await services.db.selectFrom('revision').select('message_id').execute();
  assert.ok(rows.length <= CONVERSATION.revisions, 'a message was stored twice');
  return rows.length;
}
