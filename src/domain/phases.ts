/** Where a session stands in its life. */
export const PHASES = ['open', 'closed', 'archived', 'review', 'deleted'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * A phase as events meet it. Two phases have a point of no return inside: an archive that has begun
 * takes no more messages, a deletion that has begun cannot be stopped.
 */
export const STANDINGS = [
  'open',
  'closed',
  'archiving',
  'archived',
  'review',
  'deleting',
  'deleted',
] as const;
export type Standing = (typeof STANDINGS)[number];

/** What can happen to a session from outside. */
export const EVENTS = [
  'message',
  'edit',
  'remove',
  'close',
  'reopen',
  'tag',
  'spam',
  'hold',
  'release',
  'decide',
  'policy',
] as const;
export type SessionEvent = (typeof EVENTS)[number];

/**
 * The one answer to an event:
 * - `take`: it applies to this session as it stands
 * - `reopen`: the session goes back to `open`, then the event applies
 * - `close`: the session closes, then the event applies
 * - `new-session`: a new session begins, linked to this one, which goes on undisturbed
 * - `drop`: nothing to apply it to any more; counted, never stored
 * - `refuse`: the one who asked is told why
 */
export type Answer = 'take' | 'reopen' | 'close' | 'new-session' | 'drop' | 'refuse';

/**
 * Every late case, in one place: what an event does to a session that stands where it stands.
 *
 * An edit during archiving is taken: the archive compares its counts with the rows before it removes
 * them, sees the new revision and reads again, so the edit is in the object. A removal, of what the owner of a
 * business account deleted in Telegram, is taken by then in the same way, and later from the object.
 */
export const ANSWERS: Record<Standing, Record<SessionEvent, Answer>> = {
  open: {
    message: 'take',
    edit: 'take',
    remove: 'take',
    close: 'take',
    reopen: 'refuse',
    tag: 'take',
    spam: 'close',
    hold: 'take',
    release: 'take',
    decide: 'refuse',
    policy: 'take',
  },
  closed: {
    message: 'reopen',
    edit: 'take',
    remove: 'take',
    close: 'refuse',
    reopen: 'take',
    tag: 'take',
    spam: 'take',
    hold: 'take',
    release: 'take',
    decide: 'refuse',
    policy: 'take',
  },
  archiving: {
    message: 'new-session',
    edit: 'take',
    remove: 'take',
    close: 'refuse',
    reopen: 'new-session',
    tag: 'take',
    spam: 'take',
    hold: 'take',
    release: 'take',
    decide: 'refuse',
    policy: 'take',
  },
  archived: {
    message: 'new-session',
    edit: 'drop',
    remove: 'take',
    close: 'refuse',
    reopen: 'new-session',
    tag: 'take',
    spam: 'take',
    hold: 'take',
    release: 'take',
    decide: 'refuse',
    policy: 'take',
  },
  review: {
    message: 'new-session',
    edit: 'drop',
    remove: 'take',
    close: 'refuse',
    reopen: 'new-session',
    tag: 'take',
    spam: 'take',
    hold: 'take',
    release: 'take',
    decide: 'take',
    policy: 'take',
  },
  deleting: {
    message: 'new-session',
    edit: 'drop',
    remove: 'drop',
    close: 'refuse',
    reopen: 'new-session',
    tag: 'refuse',
    spam: 'refuse',
    hold: 'refuse',
    release: 'take',
    decide: 'refuse',
    policy: 'drop',
  },
  deleted: {
    message: 'new-session',
    edit: 'drop',
    remove: 'drop',
    close: 'refuse',
    reopen: 'new-session',
    tag: 'refuse',
    spam: 'refuse',
    hold: 'refuse',
    release: 'drop',
    decide: 'refuse',
    policy: 'drop',
  },
};

/** The columns of a session that say where it stands. */
export interface StandingFacts {
  readonly phase: Phase;
  /** The end of the window in which a closed session reopens. */
  readonly reopenUntil: Date | null;
  readonly archiveBeganAt: Date | null;
  readonly deletionBeganAt: Date | null;
}

/** Where a session stands, its points of no return included. */
export function standingOf(session: StandingFacts): Standing {
  if (session.phase !== 'deleted' && session.deletionBeganAt) return 'deleting';
  if (session.phase === 'closed' && session.archiveBeganAt) return 'archiving';
  return session.phase;
}

/**
 * The one answer to `event` for a session that stands as given. Once its window is over a closed session
 * does not reopen any more, even if its archive has not begun yet.
 */
export function answerTo(event: SessionEvent, session: StandingFacts, now: Date): Answer {
  const answer = ANSWERS[standingOf(session)][event];
  const reopens = answer === 'reopen' || event === 'reopen';
  const windowOver = session.phase === 'closed' && session.reopenUntil !== null && session.reopenUntil <= now;
  return reopens && windowOver ? ANSWERS.archiving[event] : answer;
}
