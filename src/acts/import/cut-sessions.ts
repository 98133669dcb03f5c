import type { ChatState, RunningSession } from '../../db/imports.ts';
import { addDuration, lengthOf } from '../../domain/durations.ts';
import type { Policy } from '../../domain/policy.ts';
import type { ImportedChat } from './chats.ts';
import type { ExportedMessage } from './read-message.ts';

/** Messages of one chat in the order of the file; `ended` when the export has no more of it. */
export interface Portion {
  readonly chat: ImportedChat;
  readonly messages: readonly ExportedMessage[];
  readonly ended: boolean;
}

/** What a chat is cut by. */
export interface CuttingRules {
  readonly policy: Policy;
  readonly timeZone: string;
  readonly newId: () => string;
}

/** A session that a portion writes to, with the dates it has after it. */
export interface SessionDraft {
  readonly id: string;
  readonly chat: ImportedChat;
  readonly isNew: boolean;
  readonly previousId: string | null;
  /** The row this continues, as it was read. */
  readonly continues: RunningSession | null;
  openedAt: Date;
  lastActivityAt: Date;
}

/** Where a portion's messages go. */
export interface Cut {
  readonly entries: readonly { readonly session: SessionDraft; readonly message: ExportedMessage }[];
  readonly sessions: readonly SessionDraft[];
  /** Sessions of which the export has no more: from here on their workflow has the say. */
  readonly finished: readonly { readonly sessionId: string; readonly lastMessageId: number }[];
  readonly alreadyImported: number;
  /** How far the chat is after it; `null` when nothing of it was ever imported. */
  readonly after: ChatState | null;
}

/**
 * Cuts a chat into sessions as its project's policy would have: a gap longer than `idle` ends one, the
 * next message opens the next.
 */
export function cutIntoSessions(portion: Portion, before: ChatState | null, rules: CuttingRules): Cut {
  const { chat } = portion;
  const staysTogether = gapRule(rules);
  const entries: { session: SessionDraft; message: ExportedMessage }[] = [];
  const sessions: SessionDraft[] = [];
  const finished: { sessionId: string; lastMessageId: number }[] = [];
  let running = before?.session ?? null;
  let draft: SessionDraft | null = null;
  let lastId = before?.lastMessageId ?? null;
  let alreadyImported = 0;
  for (const message of portion.messages) {
    if (before && message.id <= before.lastMessageId) {
      alreadyImported += 1;
      continue;
    }
    const goesOn = running?.takesMessages && staysTogether(running.lastActivityAt, message.sentAt);
    if (!goesOn && running && lastId !== null)
      finished.push({ sessionId: running.id, lastMessageId: lastId });
    if (!goesOn || !draft) {
      draft = goesOn && running ? continueDraft(chat, running) : beginDraft(chat, message, running, rules);
      sessions.push(draft);
    }
    extend(draft, message.sentAt);
    running = {
      id: draft.id,
      takesMessages: true,
      lastActivityAt: draft.lastActivityAt,
      openedAt: draft.openedAt,
    };
    entries.push({ session: draft, message });
    lastId = message.id;
  }
  if (portion.ended && running && lastId !== null)
    finished.push({ sessionId: running.id, lastMessageId: lastId });
  const after = lastId === null ? null : { lastMessageId: lastId, session: running };
  return { entries, sessions, finished, alreadyImported, after };
}

function beginDraft(
  chat: ImportedChat,
  message: ExportedMessage,
  previous: RunningSession | null,
  rules: CuttingRules,
): SessionDraft {
  const { sentAt } = message;
  const previousId = previous?.id ?? null;
  return {
    id: rules.newId(),
    chat,
    isNew: true,
    previousId,
    continues: null,
    openedAt: sentAt,
    lastActivityAt: sentAt,
  };
}

function continueDraft(chat: ImportedChat, running: RunningSession): SessionDraft {
  const { id, openedAt, lastActivityAt } = running;
  return { id, chat, isNew: false, previousId: null, continues: running, openedAt, lastActivityAt };
}

/** Ids rise from message to message; dates need not. */
function extend(draft: SessionDraft, at: Date) {
  if (at < draft.openedAt) draft.openedAt = at;
  if (at > draft.lastActivityAt) draft.lastActivityAt = at;
}

/**
 * Whether a message at `next` still belongs to a session last active at `last`. The calendar is asked only
 * near the limit, since it costs 9 µs a time: a month is at most a tenth shorter than another, a day at
 * most a twenty-fourth.
 */
function gapRule({ policy, timeZone }: CuttingRules): (last: Date, next: Date) => boolean {
  const surelyTogether = lengthOf(policy.idle, new Date(0), timeZone) * 0.85;
  return (last, next) =>
    next.getTime() - last.getTime() < surelyTogether || next <= addDuration(last, policy.idle, timeZone);
}

/** Where a session stands once it is imported. */
export type ImportedStanding =
  | { readonly phase: 'open' }
  | {
      readonly phase: 'closed';
      readonly closedAt: Date;
      readonly reopenUntil: Date;
      readonly archiveDueAt: Date;
    };

/**
 * The standing of a session whose last message came at `lastActivityAt`: closed by its true date, or open
 * while that lies ahead. Where it may not stay open, it closes now.
 */
export function standingOfImported(
  lastActivityAt: Date,
  { policy, timeZone }: Pick<CuttingRules, 'policy' | 'timeZone'>,
  now: Date,
  mayStayOpen = true,
): ImportedStanding {
  const idleSince = addDuration(lastActivityAt, policy.idle, timeZone);
  if (idleSince > now && mayStayOpen) return { phase: 'open' };
  const closedAt = idleSince > now ? now : idleSince;
  return {
    phase: 'closed',
    closedAt,
    reopenUntil: addDuration(closedAt, policy.reopen, timeZone),
    archiveDueAt: addDuration(closedAt, policy.archiveWithin, timeZone),
  };
}
