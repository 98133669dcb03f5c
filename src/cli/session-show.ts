import { basename, dirname } from 'node:path/posix';
import { Argument, Command } from 'commander';
import { listAuditEntries, type AuditRow } from '../db/audit.ts';
import { decisionFacts, readLife, type Life } from '../db/life.ts';
import { readSessionDetails, type SessionDetails } from '../db/session-details.ts';
import { decide, type Decision } from '../domain/decision.ts';
import { auditEntryJson, timelineTable } from './audit.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { createOutput, facts, jsonOption, table, when, type Style } from './output.ts';
import { ruleFactRows, ruleFacts } from './rule-facts.ts';
import { standingReport, type StandingReport } from './standing.ts';

/** The newest entries of the timeline; a session's whole life is rarely more than twenty. */
const TIMELINE_ENTRIES = 200;

/** Everything there is to show of one session. */
interface SessionView {
  readonly life: Life;
  readonly report: StandingReport;
  readonly details: SessionDetails;
  /** How long its policy in force keeps it, and why; `null` before closure and after deletion. */
  readonly decision: Decision | null;
  readonly timeline: readonly AuditRow[];
  readonly workflowUrl: string | null;
}

/** `retention session show ID` */
export function createShowCommand(deps: CliDeps): Command {
  return new Command('show')
    .description('where a session stands, why it is kept, and what was done to it')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        const view = await readView(deps, services, await findSession(services.db, id));
        createOutput(deps, command).data(viewJson(view), (style) => viewText(style, view));
      });
    });
}

async function readView(deps: CliDeps, services: CliServices, sessionId: string): Promise<SessionView> {
  const { db } = services;
  const now = deps.clock();
  const life = await readLife(db, sessionId, now);
  const newestFirst = await listAuditEntries(db, { sessionId, limit: TIMELINE_ENTRIES });
  return {
    life,
    report: standingReport(life, now),
    details: await readSessionDetails(db, sessionId, now),
    decision: decisionOf(life),
    timeline: newestFirst.toReversed(),
    workflowUrl: services.temporal.urlOf(sessionId),
  };
}

function decisionOf(life: Life): Decision | null {
  const facts = decisionFacts(life);
  // The tags of a deleted session are gone, and spam is deleted after a period of its own.
  if (!facts || life.phase === 'deleted' || (life.phase === 'closed' && life.spam)) return null;
  return decide(life.policy, facts);
}

function viewJson({ life, report, details, decision, timeline, workflowUrl }: SessionView) {
  return {
    id: life.sessionId,
    projectId: life.projectId,
    kind: life.kind,
    subjectId: life.subjectId,
    ...report,
    ...datesOf(life, details),
    closeReason: life.closeReason,
    reviewRound: life.round,
    keepRule: details.keepRule,
    ...ruleFacts(life),
    tags: details.tags.map((one) => ({
      tag: one.tag,
      origin: one.origin,
      rule: one.rule,
      addedBy: one.added_by,
      addedAt: one.added_at,
    })),
    holds: details.holds.map((hold) => ({
      id: hold.id,
      reason: hold.reason,
      author: hold.author,
      placedAt: hold.placed_at,
      endsAt: hold.ends_at,
      releasedAt: hold.released_at,
      releasedBy: hold.released_by,
    })),
    reviews: details.reviews.map((review) => ({
      round: review.round,
      openedAt: review.opened_at,
      dueAt: review.due_at,
      onSilence: review.on_silence,
      ended: review.ended,
      endedBy: review.ended_by,
      endedAt: review.ended_at,
    })),
    decision: decision && { policyVersion: life.policyVersion, ...decision },
    archive: details.objects.map((object) => ({
      store: object.store,
      name: object.object_name,
      attachmentId: object.attachment_id,
      sizeBytes: object.size_bytes,
      sha256: object.sha256,
      messages: object.messages,
      revisions: object.revisions,
      attachments: object.attachments,
      writtenAt: object.written_at,
      deletedAt: object.deleted_at,
    })),
    audit: timeline.map(auditEntryJson),
    workflow: workflowUrl,
  };
}

function datesOf(life: Life, details: SessionDetails) {
  const { openedAt, lastActivityAt, closedAt, reopenUntil, archiveDueAt, archivedAt } = life;
  const { keepUntil, extendedUntil, deletionBeganAt } = life;
  return {
    openedAt,
    lastActivityAt,
    closedAt,
    reopenUntil,
    archiveDueAt,
    archivedAt,
    keepUntil,
    extendedUntil,
    deletionBeganAt,
    deletedAt: details.deletedAt,
  };
}

function viewText(style: Style, view: SessionView): string {
  const { life, details, timeline } = view;
  return [
    `${style.heading(`Session ${life.sessionId}`)}\n${view.report.next.inWords}`,
    factsText(view),
    section(
      style,
      'Holds',
      ['REASON', 'AUTHOR', 'PLACED', 'ENDS', 'RELEASED', 'BY'],
      details.holds.map((hold) => [
        hold.reason,
        hold.author,
        hold.placed_at,
        hold.ends_at,
        hold.released_at,
        hold.released_by,
      ]),
    ),
    section(
      style,
      'Reviews',
      ['ROUND', 'OPENED', 'ENDS', 'ON SILENCE', 'OUTCOME', 'BY', 'AT'],
      details.reviews.map((review) => [
        review.round,
        review.opened_at,
        review.due_at,
        review.on_silence,
        review.ended,
        review.ended_by,
        review.ended_at,
      ]),
    ),
    decisionText(style, view),
    section(
      style,
      'Archive objects',
      ['NAME', 'BYTES', 'MESSAGES', 'REVISIONS', 'WRITTEN', 'DELETED'],
      details.objects.map((object) => [
        basename(object.object_name),
        object.size_bytes,
        object.messages,
        object.revisions,
        object.written_at,
        object.deleted_at,
      ]),
    ),
    timeline.length > 0 ? `${style.heading('What was done')}\n${timelineTable(style, timeline)}` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function factsText({ life, details, workflowUrl }: SessionView): string {
  const dates = datesOf(life, details);
  return facts([
    ['Project', life.projectId],
    ['Kind', life.kind],
    ['Phase', life.phase],
    ['Tags', details.tags.map(({ tag, origin }) => (origin === 'automatic' ? `${tag} (automatic)` : tag))],
    ...ruleFactRows(life),
    ['Subject', life.subjectId],
    ['Opened', dates.openedAt],
    ['Last activity', dates.lastActivityAt],
    ['Closed', dates.closedAt && `${when(dates.closedAt)} (${life.closeReason ?? 'unknown'})`],
    ['Reopen until', dates.reopenUntil],
    ['Archive due', dates.archiveDueAt],
    ['Archived', dates.archivedAt],
    ['Kept until', dates.keepUntil],
    ['Extended until', dates.extendedUntil],
    ['Deletion began', dates.deletionBeganAt],
    ['Deleted', dates.deletedAt],
    [
      'Archive',
      [...new Set(details.objects.map((one) => `${one.store}/${dirname(one.object_name)}/`))].join(', '),
    ],
    ['Workflow', workflowUrl],
  ]);
}

function decisionText(style: Style, { decision, life, details }: SessionView): string {
  if (!decision) return '';
  const rows = decision.trace.map((line) => [line.rule, new Date(line.asks), line.because]);
  const { policyVersion } = details;
  return [
    style.heading(
      `Kept until ${when(decision.keepUntil)} by policy version ${life.policyVersion}, because of ${decision.decidedBy}`,
    ),
    table(style, ['RULE', 'ASKS FOR', 'BECAUSE'], rows),
    decision.spreadMs > 0
      ? 'It lies up to a day after what that rule asks for, so that sessions do not all come due at once.'
      : '',
    policyVersion !== null && policyVersion !== life.policyVersion
      ? `The date on record was set by version ${policyVersion}.`
      : '',
  ]
    .filter(Boolean)
    .join('\n');
}

function section(
  style: Style,
  title: string,
  headings: readonly string[],
  rows: Parameters<typeof table>[2],
): string {
  return rows.length > 0 ? `${style.heading(title)}\n${table(style, headings, rows)}` : '';
}
