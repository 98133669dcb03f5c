import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { insertEntries, saveParticipants, type ImportedEntry } from '../../db/import-rows.ts';
import { findSubjects, finishSessions, importRules } from '../../db/imports.ts';
import { attachmentContext, attachmentKindsOf, profileContext, revisionContext } from '../../db/messages.ts';
import type { CloseReason, Tables } from '../../db/tables.ts';
import { addDuration } from '../../domain/durations.ts';
import { AppError } from '../../domain/errors.ts';
import type { Policy } from '../../domain/policy.ts';
import type { DataKey } from '../../vault/vault.ts';
import type { ActDeps } from '../deps.ts';
import { indexEntries } from '../indexing.ts';
import {
  bySession,
  personOf,
  sentAtOf,
  type PartHeader,
  type PartLine,
  type PartMessage,
} from './archive-lines.ts';
import type { ImportOrder, ImportSummary } from './import-export.ts';

const BATCH = 500;

interface Rules {
  readonly policy: Policy;
  readonly timeZone: string;
  readonly order: ImportOrder;
  /** Where ids of the file are kept: only a project of the same name is the one that they belong to. */
  readonly idOf: (id: string, project: string) => string;
}

/**
 * Imports an export in the archive format. Each session is one transaction: an import that was killed, or is run
 * again, goes on with those that are not here. Into a project of the same name the ids are kept, so that an
 * export of it is the same again. What was erased since, or is here already, does not come back.
 *
 * @throws AppError `not_found` for an unknown project, and what reading the lines throws
 */
export async function importArchive(
  deps: ActDeps,
  lines: AsyncIterable<PartLine>,
  order: ImportOrder,
): Promise<ImportSummary> {
  const found = await importRules(deps.db, order.projectId);
  if (!found)
    throw new AppError('not_found', `There is no project ${order.projectId}. Name one with --project.`);
  const idOf = (id: string, project: string) =>
    project === order.projectId ? id : uuidOf(deps.pseudonym('import-archive', order.projectId, id));
  const rules = { ...found, order, idOf };
  const counts = { messages: 0, already: 0, closed: 0 };
  for await (const session of bySession(lines)) {
    const messages = order.dryRun
      ? await countMessages(session.lines)
      : await importSession(deps, rules, session);
    if (messages === null) counts.already += await countMessages(session.lines);
    else {
      counts.messages += messages;
      counts.closed += 1;
    }
  }
  return {
    ...{ chats: counts.closed, messages: counts.messages, alreadyImported: counts.already, refused: 0 },
    sessions: { open: 0, closed: counts.closed, pastRetention: 0 },
    brokeOff: null,
  };
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function countMessages(lines: AsyncIterable<PartLine>): Promise<number> {
  let messages = 0;
  for await (const line of lines) if (line.type === 'message') messages += 1;
  return messages;
}

/** @returns how many messages; `null` for a session that is not taken */
async function importSession(
  deps: ActDeps,
  rules: Rules,
  { first, lines }: { first: PartHeader; lines: AsyncIterable<PartLine> },
): Promise<number | null> {
  const { order, idOf } = rules;
  const id = idOf(first.session, first.project);
  return await deps.db.transaction().execute(async (tx) => {
    const known = await tx.selectFrom('session').select('id').where('id', '=', id).executeTakeFirst();
    if (known || (await wasErased(tx, deps, rules, first))) return null;
    let messages = 0;
    let whose: Awaited<ReturnType<typeof beginPart>> | undefined;
    let batch: PartMessage[] = [];
    const kinds = new Set<string>();
    const flush = async () => {
      if (whose)
        await writeMessages(tx, deps, rules, { ...whose, sessionId: id, project: first.project }, batch);
      messages += batch.length;
      batch = [];
    };
    for await (const line of lines) {
      if (line.type === 'header') {
        if (!whose) await insertSession(tx, deps, rules, line, id);
        whose = await beginPart(tx, deps, rules, line, id);
      } else if (line.type === 'message') {
        batch.push(line);
        for (const { kind } of line.attachments) kinds.add(kind);
        if (batch.length === BATCH) await flush();
      } else await flush();
    }
    const attachment_kinds = attachmentKindsOf([...kinds].map((kind) => ({ kind })));
    await tx.updateTable('session').set({ attachment_kinds }).where('id', '=', id).execute();
    await finishSessions(tx, order.projectId, [{ sessionId: id, opId: `import:${id}` }], order);
    return messages;
  });
}

/** Data from before a confirmed erasure does not come back, from whatever file. */
async function wasErased(
  tx: Transaction<Tables>,
  { pseudonym }: ActDeps,
  { order }: Rules,
  header: PartHeader,
): Promise<boolean> {
  const { telegramId } = personOf(header);
  if (telegramId === undefined) return false;
  const row = await tx
    .selectFrom('erasure')
    .select('id')
    .where('project_id', '=', order.projectId)
    .where('pseudonym', '=', pseudonym('erasure', order.projectId, String(telegramId)))
    .where('confirmed_at', '>=', new Date(header.openedAt))
    .executeTakeFirst();
  return row !== undefined;
}

const REASONS: readonly string[] = ['agent', 'customer', 'idle', 'spam', 'import', 'api'];

async function insertSession(
  tx: Transaction<Tables>,
  deps: ActDeps,
  rules: Rules,
  header: PartHeader,
  id: string,
): Promise<void> {
  const { policy, timeZone, order } = rules;
  const closedAt = new Date(header.closedAt);
  const reason = header.closeReason ?? '';
  const person = header.kind === 'group' ? null : await subjectOf(tx, deps, rules, header);
  await tx
    .insertInto('session')
    .values({
      ...{ id, project_id: order.projectId, kind: header.kind, subject_id: person, phase: 'closed' },
      opened_at: new Date(header.openedAt),
      last_activity_at: closedAt,
      closed_at: closedAt,
      close_reason: REASONS.includes(reason) ? (reason as CloseReason) : 'import',
      reopen_until: addDuration(closedAt, policy.reopen, timeZone),
      archive_due_at: addDuration(closedAt, policy.archiveWithin, timeZone),
    })
    .execute();
  const tags = header.tags.map((tag) => ({
    ...{ session_id: id, tag, origin: 'manual' as const },
    ...{ added_by: order.actor.id, added_at: order.now },
  }));
  if (tags.length > 0) await tx.insertInto('session_tag').values(tags).execute();
}

async function beginPart(
  tx: Transaction<Tables>,
  deps: ActDeps,
  rules: Rules,
  header: PartHeader,
  sessionId: string,
): Promise<{ subjectId: string; key: DataKey }> {
  const subjectId = await subjectOf(tx, deps, rules, header);
  await saveParticipants(tx, [{ sessionId, subjectId }]);
  const [key] = await deps.vault.keysFor([{ sessionId, subjectId }]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for session ${sessionId}.`);
  return { subjectId, key };
}

/** Who is named without a Telegram id gets a number that Telegram gives to nobody. */
function standIn(subject: string): number {
  return parseInt(subject.replaceAll('-', '').slice(0, 12), 16) + 2 ** 52;
}

async function subjectOf(
  tx: Transaction<Tables>,
  { vault }: ActDeps,
  { order, idOf }: Rules,
  header: PartHeader,
): Promise<string> {
  const { telegramId = standIn(header.subject), ...profile } = personOf(header);
  const [known] = await findSubjects(tx, order.projectId, [telegramId]);
  if (known) return known.id;
  const wanted = idOf(header.subject, header.project);
  const taken = await tx.selectFrom('subject').select('id').where('id', '=', wanted).executeTakeFirst();
  const id = taken ? randomUUID() : wanted;
  const [key] =
    Object.keys(profile).length > 0 ? await vault.keysFor([{ sessionId: null, subjectId: id }]) : [];
  await tx
    .insertInto('subject')
    .values({
      ...{ id, project_id: order.projectId, telegram_user_id: telegramId },
      profile_sealed: key ? vault.seal(key, profileContext(id), JSON.stringify(profile)) : null,
      ...{ created_at: order.now, last_seen_at: new Date(header.closedAt) },
    })
    .execute();
  return id;
}

interface Whose {
  readonly sessionId: string;
  readonly subjectId: string;
  readonly key: DataKey;
  readonly project: string;
}

async function writeMessages(
  tx: Transaction<Tables>,
  deps: ActDeps,
  rules: Rules,
  whose: Whose,
  batch: readonly PartMessage[],
): Promise<void> {
  if (batch.length === 0) return;
  const entries = batch.map((message) => entryOf(deps, rules, whose, message));
  await insertEntries(tx, entries);
  const later = batch.flatMap((message, at) =>
    message.revisions.slice(1).map(({ revision, at: when, content }) => {
      const message_id = entries[at]?.message.id ?? '';
      const context = revisionContext(message_id, revision);
      const sealed = deps.vault.seal(whose.key, context, JSON.stringify(content));
      return { message_id, revision, sealed, at: new Date(when) };
    }),
  );
  if (later.length > 0) await tx.insertInto('revision').values(later).execute();
  await nameStaff(tx, entries, batch);
  const { sessionId, subjectId } = whose;
  const indexed = batch.flatMap(({ revisions }) =>
    revisions.map(({ content }) => ({ sessionId, subjectId, content })),
  );
  await indexEntries(tx, deps.pseudonym, rules.order.projectId, indexed);
}

/** Agents keep their place in what they wrote where they are staff here, too. */
async function nameStaff(
  tx: Transaction<Tables>,
  entries: readonly ImportedEntry[],
  batch: readonly PartMessage[],
): Promise<void> {
  const refs = new Set(
    batch.flatMap(({ author }) => (author.role === 'agent' && author.ref ? [author.ref] : [])),
  );
  if (refs.size === 0) return;
  const staff = await tx
    .selectFrom('staff')
    .select('id')
    .where('id', 'in', [...refs])
    .execute();
  for (const { id } of staff) {
    const theirs = entries.filter((_, at) => batch[at]?.author.ref === id).map(({ message }) => message.id);
    await tx.updateTable('message').set({ staff_id: id }).where('id', 'in', theirs).execute();
  }
}

function entryOf(
  { vault }: ActDeps,
  { idOf }: Rules,
  { sessionId, subjectId, key, project }: Whose,
  message: PartMessage,
): ImportedEntry {
  const id = idOf(message.ref, project);
  const [first] = message.revisions;
  return {
    message: {
      ...{ id, session_id: sessionId, subject_id: subjectId, author_role: message.author.role },
      kind: message.kind ?? 'text',
      reply_to: message.replyTo === undefined ? null : idOf(message.replyTo, project),
      sent_at: sentAtOf(message),
    },
    sealed: vault.seal(key, revisionContext(id, 1), JSON.stringify(first?.content ?? {})),
    revisedAt: new Date(first?.at ?? 0),
    attachments: message.attachments.map(({ id: fileId, kind, size, fileName, mimeType }) => {
      const own = idOf(fileId, project);
      const described = {
        ...(typeof fileName === 'string' && { fileName }),
        ...(typeof mimeType === 'string' && { mimeType }),
      };
      const sealed = vault.seal(key, attachmentContext(own), JSON.stringify(described));
      return { id: own, kind, sizeBytes: size ?? null, sealed };
    }),
  };
}
