import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import {
  findSubjects,
  readChatStates,
  recordedOperations,
  subjectsWithOpenSession,
  type ChatState,
  type FinishedSession,
} from '../../db/imports.ts';
import type { Tables } from '../../db/tables.ts';
import type { AuthorRole } from '../../domain/messages.ts';
import { decide } from '../../domain/decision.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Pseudonym } from '../../vault/pseudonym.ts';
import { messageIdOf, type ImportedChat } from './chats.ts';
import {
  cutIntoSessions,
  standingOfImported,
  type Cut,
  type ImportedStanding,
  type Portion,
  type SessionDraft,
} from './cut-sessions.ts';
import type { PeerId } from './peers.ts';
import type { ExportedMessage } from './read-message.ts';
import { referenceOthers, referencesOf, type References } from './references.ts';

/** What every batch of one import is planned by. */
export interface ImportRules {
  readonly projectId: string;
  readonly policy: Policy;
  readonly timeZone: string;
  readonly now: Date;
  /** The account that made the export, where it is known: in groups its messages are an agent's. */
  readonly self: PeerId | null;
  readonly pseudonym: Pseudonym;
}

/** A subject of a batch: whom messages are sealed for. */
export interface PlannedSubject {
  readonly id: string;
  readonly peer: PeerId;
  readonly isNew: boolean;
  readonly hasProfile: boolean;
  name: string | null;
  lastSeenAt: Date;
}

export interface PlannedEntry {
  readonly id: string;
  readonly session: SessionDraft;
  readonly subject: PlannedSubject;
  readonly authorRole: AuthorRole;
  readonly replyTo: string | null;
  readonly message: ExportedMessage;
}

export interface PlannedSession {
  readonly draft: SessionDraft;
  /** The customer of a private chat. */
  readonly subject: PlannedSubject | null;
  readonly standing: ImportedStanding;
}

/** A batch as it will be written, all at once or not at all. */
export interface BatchPlan {
  readonly subjects: readonly PlannedSubject[];
  readonly sessions: readonly PlannedSession[];
  readonly entries: readonly PlannedEntry[];
  readonly finished: readonly (FinishedSession & { readonly lastActivityAt: Date })[];
  readonly progress: readonly {
    readonly chat: ImportedChat;
    readonly before: ChatState | null;
    readonly after: ChatState;
  }[];
  readonly alreadyImported: number;
}

/** How far chats are: in the database, or in what a trial run has pretended so far. */
export type ReadStates = (keys: readonly string[]) => Promise<Map<string, ChatState>>;

export function statesIn(db: Kysely<Tables>, projectId: string): ReadStates {
  return (keys) => readChatStates(db, projectId, keys);
}

/** Plans where a batch's messages go, from what the database says now. A batch holds a chat once at most. */
export async function planBatch(
  db: Kysely<Tables>,
  readStates: ReadStates,
  portions: readonly Portion[],
  rules: ImportRules,
): Promise<BatchPlan> {
  const states = await readStates(portions.map(({ chat }) => chat.key));
  const cuts = portions.map((portion) => {
    const before = states.get(portion.chat.key) ?? null;
    return { portion, before, cut: cutIntoSessions(portion, before, { ...rules, newId: randomUUID }) };
  });
  const subjects = await planSubjects(
    db,
    cuts.map(({ cut }) => cut),
    rules,
  );
  const others = await referencesOf(db, rules.projectId, subjects, cuts);
  const drafts = cuts.flatMap(({ cut }) => cut.sessions);
  const sessions = await planSessions(db, drafts, subjects, rules);
  return {
    subjects: [...subjects.values()],
    sessions,
    entries: cuts.flatMap(({ portion, cut }) =>
      cut.entries.map((entry) => planEntry(portion.chat, entry, { subjects, others }, rules)),
    ),
    finished: await planFinished(db, cuts, rules),
    progress: cuts.flatMap(({ portion, before, cut }) =>
      cut.after && cut.after.lastMessageId !== before?.lastMessageId
        ? [{ chat: portion.chat, before, after: cut.after }]
        : [],
    ),
    alreadyImported: cuts.reduce((sum, { cut }) => sum + cut.alreadyImported, 0),
  };
}

/**
 * Under whose key a message is sealed: the customer's in a private chat, the sender's in a group. What a
 * group says without a sender (an anonymous administrator, a service entry) is the group's own.
 */
function subjectPeerOf(chat: ImportedChat, message: ExportedMessage): PeerId {
  return chat.kind === 'private' ? chat.peer : (message.sender ?? chat.peer);
}

function roleOf(chat: ImportedChat, message: ExportedMessage, self: PeerId | null): AuthorRole {
  if (message.kind === 'service') return 'system';
  const isCustomer = chat.kind === 'private' ? message.sender === chat.peer : message.sender !== self;
  return isCustomer || message.sender === null ? 'customer' : 'agent';
}

async function planSubjects(
  db: Kysely<Tables>,
  cuts: readonly Cut[],
  rules: ImportRules,
): Promise<Map<PeerId, PlannedSubject>> {
  const seen = new Map<PeerId, { name: string | null; lastSeenAt: Date }>();
  for (const { entries } of cuts)
    for (const { session, message } of entries) {
      const peer = subjectPeerOf(session.chat, message);
      const before = seen.get(peer);
      const name = nameOf(session.chat, message, peer) ?? before?.name ?? null;
      const lastSeenAt = before && before.lastSeenAt > message.sentAt ? before.lastSeenAt : message.sentAt;
      seen.set(peer, { name, lastSeenAt });
    }
  const known = new Map(
    seen.size === 0
      ? []
      : (await findSubjects(db, rules.projectId, [...seen.keys()])).map((one) => [one.telegramUserId, one]),
  );
  return new Map(
    // In the order of their ids, so that two writers of the same subjects cannot wait for each other.
    [...seen]
      .sort(([a], [b]) => a - b)
      .map(([peer, facts]) => {
        const row = known.get(peer);
        return [
          peer,
          { id: row?.id ?? randomUUID(), peer, isNew: !row, hasProfile: row?.hasProfile ?? false, ...facts },
        ];
      }),
  );
}

function nameOf(chat: ImportedChat, message: ExportedMessage, peer: PeerId): string | null {
  if (peer === chat.peer && chat.name !== null) return chat.name;
  return message.sender === peer ? message.senderName : null;
}

function planEntry(
  chat: ImportedChat,
  { session, message }: Cut['entries'][number],
  { subjects, others }: { subjects: ReadonlyMap<PeerId, PlannedSubject>; others: References },
  { self, pseudonym }: ImportRules,
): PlannedEntry {
  const subject = subjects.get(subjectPeerOf(chat, message)) as PlannedSubject;
  return {
    id: messageIdOf(pseudonym, chat, message.id),
    session,
    subject,
    authorRole: roleOf(chat, message, self),
    replyTo: message.replyTo === null ? null : messageIdOf(pseudonym, chat, message.replyTo),
    message: referenceOthers(message, subject.peer, others),
  };
}

/** A customer has one open session at most: where the bot runs one, the imported one closes now. */
async function planSessions(
  db: Kysely<Tables>,
  drafts: readonly SessionDraft[],
  subjects: ReadonlyMap<PeerId, PlannedSubject>,
  rules: ImportRules,
): Promise<PlannedSession[]> {
  const planned = drafts.map((draft) => ({
    draft,
    subject: draft.chat.kind === 'private' ? (subjects.get(draft.chat.peer) ?? null) : null,
    standing: standingOfImported(draft.lastActivityAt, rules, rules.now),
  }));
  const staying = planned.filter(({ subject, standing }) => subject && standing.phase === 'open');
  if (staying.length === 0) return planned;
  const taken = await subjectsWithOpenSession(
    db,
    staying.map(({ subject }) => subject?.id ?? ''),
    staying.map(({ draft }) => draft.id),
  );
  return planned.map((session) =>
    session.subject && taken.has(session.subject.id)
      ? { ...session, standing: standingOfImported(session.draft.lastActivityAt, rules, rules.now, false) }
      : session,
  );
}

async function planFinished(
  db: Kysely<Tables>,
  cuts: readonly { portion: Portion; before: ChatState | null; cut: Cut }[],
  { pseudonym }: ImportRules,
) {
  const all = cuts.flatMap(({ portion, before, cut }) =>
    cut.finished.map(({ sessionId, lastMessageId }) => {
      const session = cut.sessions.find(({ id }) => id === sessionId) ?? before?.session;
      const opId = `import:${sessionId}:${messageIdOf(pseudonym, portion.chat, lastMessageId)}`;
      return { sessionId, opId, lastActivityAt: session?.lastActivityAt ?? new Date(0) };
    }),
  );
  if (all.length === 0) return all;
  const recorded = await recordedOperations(
    db,
    all.map(({ opId }) => opId),
  );
  return all.filter(({ opId }) => !recorded.has(opId));
}

/** Whether a session that ended at this date is past its retention already, as things stand. */
export function isPastRetention(sessionId: string, standing: ImportedStanding, rules: ImportRules): boolean {
  if (standing.phase === 'open') return false;
  const { closedAt } = standing;
  const facts = {
    sessionId,
    projectId: rules.projectId,
    kind: 'private' as const,
    closedAt,
    lastActivityAt: closedAt,
    tags: [],
    // An estimate for the summary: the archive decides with all that is known by then.
    jurisdictions: [],
    languages: [],
    attachmentKinds: [],
    authorized: false,
    majorityAt: null,
    events: {},
    extendedUntil: null,
    timeZone: rules.timeZone,
  };
  return decide(rules.policy, facts).keepUntil <= rules.now;
}
