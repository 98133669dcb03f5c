import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { putDelivery } from '../db/deliveries.ts';
import { lockLife } from '../db/life.ts';
import {
  changeSubject,
  ensureSubject,
  type SubjectChange,
  type SubjectFacts,
  type SubjectRef,
} from '../db/subjects.ts';
import type { Tables } from '../db/tables.ts';
import { putThrottledEvents } from '../db/throttled-events.ts';
import { AppError } from '../domain/errors.ts';
import { customerActor, type Actor } from '../domain/events.ts';
import {
  isJurisdiction,
  jurisdictionOfLanguage,
  JURISDICTION_IDS,
  type Jurisdiction,
  type JurisdictionOrigin,
} from '../domain/jurisdictions.ts';
import { answerTo } from '../domain/phases.ts';
import type { ActDeps } from './deps.ts';
import { redecideAndShow } from './tags.ts';

/** What a change of a subject led to. */
export interface SubjectOutcome {
  readonly changed: boolean;
  /** How many archived sessions have been decided anew, and how many of them go earlier now. */
  readonly sessions: number;
  readonly earlier: number;
}

/** The customer says where they live. The latest that a person said stands, whoever it was. */
export async function chooseJurisdiction(
  deps: ActDeps,
  act: {
    projectId: string;
    telegramUserId: number;
    jurisdiction: Jurisdiction;
    language?: string;
    now: Date;
  },
): Promise<SubjectOutcome> {
  const { id: subjectId } = await ensureSubject(deps.db, act);
  const { jurisdiction, now } = act;
  const actor = customerActor(subjectId);
  return change(deps, { subjectId, actor, now }, placed(jurisdiction, 'customer'));
}

/**
 * Staff correct where a customer lives.
 *
 * @param act.reason a word or a ticket number, which the audit keeps
 * @throws AppError `input_invalid`, `not_found`
 */
export async function correctJurisdiction(
  deps: ActDeps,
  act: Whose & { jurisdiction: string; reason?: string; actor: Actor; now: Date },
): Promise<SubjectOutcome> {
  const jurisdiction = act.jurisdiction.trim().toUpperCase();
  if (!isJurisdiction(jurisdiction))
    throw new AppError(
      'input_invalid',
      `Not a jurisdiction. Choose one of: ${JURISDICTION_IDS.join(', ')}.`,
      { refusal: { why: 'not-a-jurisdiction', known: JURISDICTION_IDS } },
    );
  if (act.reason !== undefined && !REASON.test(act.reason))
    throw new AppError(
      'input_invalid',
      'The reason goes into the audit, which holds no free text: give a word or a ticket number. Example: TICKET-4711',
      { refusal: 'audit-word' },
    );
  const subjectId = 'subjectId' in act ? act.subjectId : await subjectOfSession(deps, act.sessionId);
  return change(deps, { ...act, subjectId }, placed(jurisdiction, 'staff'));
}

/** Of a session in private chat it is the customer's subject that is meant. */
type Whose = { readonly subjectId: string } | { readonly sessionId: string };

async function subjectOfSession({ db }: ActDeps, sessionId: string): Promise<string> {
  const row = await db
    .selectFrom('session')
    .select('subject_id')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  if (row?.subject_id) return row.subject_id;
  throw new AppError(
    'not_found',
    `Session ${sessionId} has no customer of its own. Name the subject: retention subject jurisdiction SUBJECT EU`,
    { refusal: 'no-own-customer' },
  );
}

const REASON = /^[A-Za-z0-9._#-]{1,40}$/;

/** The customer agrees to be kept longer, where a rule asks for that, or takes it back. */
export async function authorizeLonger(
  deps: ActDeps,
  act: { projectId: string; telegramUserId: number; granted: boolean; language?: string; now: Date },
): Promise<SubjectOutcome> {
  const { id: subjectId } = await ensureSubject(deps.db, act);
  const { granted, now } = act;
  return change(deps, { subjectId, actor: customerActor(subjectId), now }, ({ authorizedAt }) =>
    granted === (authorizedAt !== null)
      ? null
      : {
          columns: { authorized_at: granted ? now : null },
          action: granted ? 'subject.authorized' : 'subject.authorization-withdrawn',
        },
  );
}

/**
 * Records when a subject comes of age; `null` where that is not known any more.
 *
 * @throws AppError `not_found`
 */
export async function setMajority(
  deps: ActDeps,
  act: { subjectId: string; on: Date | null; actor: Actor; now: Date },
): Promise<SubjectOutcome> {
  return change(deps, act, ({ majorityOn }) =>
    majorityOn?.getTime() === act.on?.getTime()
      ? null
      : {
          columns: { majority_on: act.on },
          action: 'subject.majority',
          // Not the date itself: it is as good as a date of birth, and the audit never forgets.
          reason: act.on ? 'known' : 'unknown',
        },
  );
}

/**
 * Takes in what Telegram says of the language of a subject that was met before, by an import or an
 * older version. It fills what is not known and changes nothing that is.
 */
export async function learnLanguage(
  deps: ActDeps,
  subject: SubjectRef,
  message: { from: { language?: string }; now: Date },
): Promise<void> {
  const { language } = message.from;
  const guess = jurisdictionOfLanguage(language);
  if (!language || (subject.language !== null && (subject.jurisdiction !== null || !guess))) return;
  await change(
    deps,
    { subjectId: subject.id, actor: customerActor(subject.id), now: message.now },
    (before) => ({
      columns: {
        language: before.language ?? language,
        ...(before.jurisdiction === null && guess && placedColumns(guess, 'language')),
      },
      action: 'subject.language',
      reason: before.language ?? language,
    }),
  );
}

interface Changed {
  readonly columns: SubjectChange;
  readonly action: string;
  readonly reason?: string;
}

function placed(jurisdiction: Jurisdiction, origin: JurisdictionOrigin) {
  return (before: SubjectFacts): Changed | null =>
    before.jurisdiction === jurisdiction && before.jurisdictionOrigin === origin
      ? null
      : {
          columns: placedColumns(jurisdiction, origin),
          action: 'subject.jurisdiction',
          reason: `${wordsOf(before)} -> ${jurisdiction} (${origin})`,
        };
}

function placedColumns(jurisdiction: Jurisdiction, origin: JurisdictionOrigin): SubjectChange {
  return { jurisdiction, jurisdiction_origin: origin };
}

function wordsOf({ jurisdiction, jurisdictionOrigin, defaultJurisdiction }: SubjectFacts): string {
  return jurisdiction
    ? `${jurisdiction} (${jurisdictionOrigin ?? ''})`
    : `${defaultJurisdiction} (default of the project)`;
}

/** Changes a subject and decides its archived sessions anew, with one audit entry, in one transaction. */
async function change(
  deps: ActDeps,
  act: { subjectId: string; sessionId?: string; reason?: string; actor: Actor; now: Date },
  changeOf: (before: SubjectFacts) => Changed | null,
): Promise<SubjectOutcome> {
  return deps.db.transaction().execute(async (tx) => {
    const found = await changeSubject(tx, act.subjectId, changeOf);
    if (!found)
      throw new AppError(
        'not_found',
        `There is no subject ${act.subjectId}. A session names its own: retention session show ID`,
      );
    const { before, change: changed, dated } = found;
    if (act.sessionId) await tellTopic(tx, before.projectId, act.sessionId, act.now);
    if (!changed) return { changed: false, sessions: 0, earlier: 0 };
    const { projectId } = before;
    const outcome = await redecideAll(tx, projectId, dated, act);
    const reason = [changed.reason, act.reason].filter(Boolean).join('; ');
    await appendAuditEntry(tx, {
      at: act.now,
      actor: act.actor,
      action: changed.action,
      object: { kind: 'subject', id: act.subjectId },
      projectId,
      counts: outcome,
      ...(reason && { reason }),
    });
    return { changed: true, ...outcome };
  });
}

/** Whoever corrected it from a session's topic sees there that it is done. */
async function tellTopic(tx: Transaction<Tables>, projectId: string, sessionId: string, now: Date) {
  const content = { kind: 'status', what: 'jurisdiction' } as const;
  await putDelivery(tx, { projectId, sessionId, target: 'staff', content, now });
}

/** Workflows whose date comes earlier are told; the others read their rows when they wake. */
async function redecideAll(
  tx: Transaction<Tables>,
  projectId: string,
  sessionIds: readonly string[],
  act: { actor: Actor; now: Date },
): Promise<{ sessions: number; earlier: number }> {
  const { now } = act;
  const earlier: string[] = [];
  for (const sessionId of sessionIds) {
    const life = await lockLife(tx, sessionId, now);
    if (answerTo('policy', life, now) === 'drop') continue;
    const keepUntil = await redecideAndShow(tx, life, act);
    if (keepUntil && life.keepUntil && keepUntil < life.keepUntil) earlier.push(sessionId);
  }
  await putThrottledEvents(tx, { projectId, sessionIds: earlier, event: 'redated', now });
  return { sessions: sessionIds.length, earlier: earlier.length };
}
