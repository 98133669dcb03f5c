import { html } from 'hono/html';
import { z } from 'zod';
import type { Approval } from '../../db/approvals.ts';
import { planPolicy } from '../../db/dated-sessions.ts';
import { decisionFacts, readLife } from '../../db/life.ts';
import { policyInForce, policyVersions, type PolicyVersion } from '../../db/policies.ts';
import { policyRequest } from '../../db/policy-desk.ts';
import { decide } from '../../domain/decision.ts';
import { decisionInWords } from '../../domain/decision-words.ts';
import { AppError } from '../../domain/errors.ts';
import type { Policy } from '../../domain/policy.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { whoWords } from '../sessions/people.ts';
import { freshForm, selectField } from '../views/fields.ts';
import type { Content, Html } from '../views/html.ts';
import { facts, linkButton, notice, when } from '../views/pieces.ts';
import { table, withQuery } from '../views/table.ts';
import { changes, planFigures } from './policy-plan-view.ts';

const version = z.coerce.number().int().min(1);
const compared = z.object({ from: version, to: version });
const explained = z.object({ session: z.string().trim() });
const counting = z.object({ count: z.literal('yes') });
const id = z.uuid();

/** What was in force and what is asked for: versions, how they differ, requests, and why one session is kept. */
export function policyHistoryPages({ db }: ConsoleDeps): Route[] {
  const read = (rest: `/${string}`, handler: (page: ProjectPage) => Promise<Response>) =>
    projectRoute({ method: 'GET', path: `/p/:project/policies${rest}`, action: 'policy.read', handler });
  return [
    read('/history', history),
    read('/diff', compare),
    read('/explain', explain),
    read('/requests/:approval', request),
  ];

  async function history(page: ProjectPage): Promise<Response> {
    const versions = await policyVersions(db, page.project.id);
    return page.html({
      title: 'Versions of the policy',
      lead: 'Each that was ever in force, the newest first.',
      crumbs: wayTo(page),
      body: html`${compareForm(page, versions)}
      ${versionTable(page, versions, await loginsOf(db, page.project.id))}`,
    });
  }

  async function compare(page: ProjectPage): Promise<Response> {
    const versions = await policyVersions(db, page.project.id);
    const { from, to } = page.query(compared);
    const of = (number: number | undefined) => versions.find((one) => one.version === number);
    const [before, after] = [of(from), of(to)];
    if (!before || !after) throw notFound('version of the policy');
    return page.html({
      title: `Version ${before.version} and version ${after.version}`,
      crumbs: [...wayTo(page), ['Versions', page.at('/policies/history')]],
      body: html`${compareForm(page, versions, { from: before.version, to: after.version })}
      ${changes(before.policy, after.policy)}`,
    });
  }

  async function explain(page: ProjectPage): Promise<Response> {
    const sessionId = id.safeParse(page.query(explained).session).data;
    const life = sessionId ? await lifeOr404(page, sessionId) : undefined;
    const known =
      life && life.phase !== 'deleted' ? (decisionFacts(life) ?? { ...life, closedAt: page.now }) : undefined;
    if (!life || !known) throw notFound('session that is still kept. Give its whole id');
    const lines = decisionInWords(decide(life.policy, known), life);
    return page.html({
      title: `Why session ${life.sessionId.slice(0, 8)} is kept`,
      crumbs: wayTo(page),
      body: html`${life.closedAt ? '' : notice('info', 'It is open: this is what would be decided if it closed now.')}
        <ul>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>`,
    });
  }

  async function lifeOr404(page: ProjectPage, sessionId: string) {
    const life = await readLife(db, sessionId, page.now).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_found') return undefined;
      throw error;
    });
    // Of another project, or hidden from everybody by an erasure.
    return life?.projectId === page.project.id && !life.erased ? life : undefined;
  }

  async function request(page: ProjectPage): Promise<Response> {
    const named = id.safeParse(page.param('approval')).data;
    const approval = named && (await policyRequest(db, page.project.id, named));
    if (!approval) throw notFound('request');
    const { policy, baseVersion } = approval.payload as unknown as { policy: Policy; baseVersion: number };
    const inForce = await policyInForce(db, page.project.id);
    const open = approval.outcome === null;
    const { timeZone } = page.project;
    const mine = approval.requested_by === page.actor.id;
    const logins = await loginsOf(db, page.project.id);
    return page.html({
      title: open ? 'A policy that waits for a second person' : 'A policy that was asked for',
      crumbs: wayTo(page),
      body: html`${open ? '' : notice('info', decided(approval, timeZone))}
      ${
        open && inForce.version !== baseVersion
          ? notice(
              'warning',
              `Version ${inForce.version} came into force meanwhile: it cannot be approved any more.`,
            )
          : ''
      }
      ${facts([
        ['Reason', approval.reason],
        ['Asked by', mine ? 'you' : whoWords(approval.requested_by, logins)],
        ['Asked', when(approval.requested_at, timeZone)],
        ['Written against', `version ${baseVersion}`],
      ])}
      ${open ? html`${changes(inForce.policy, policy)} ${await figures(page, policy)}` : ''}
      ${open && page.may('policy.approve') ? decisionButtons(page, approval.id, mine) : ''}`,
    });
  }

  /** Every session of the archive is looked at, so it is counted when somebody asks for it. */
  async function figures(page: ProjectPage, policy: Policy): Promise<Html> {
    if (page.query(counting).count === undefined)
      return html`<p>
        ${linkButton(withQuery(page.c.req.path, { count: 'yes' }), 'Count what it does to the archive')}
      </p>`;
    return planFigures(page, await planPolicy(db, { projectId: page.project.id, policy, now: page.now }));
  }
}

function decided({ outcome, decided_at: at }: Approval, timeZone: string): Content {
  return at ? html`It was ${outcome ?? ''}, ${when(at, timeZone)}.` : '';
}

function decisionButtons(page: ProjectPage, approvalId: string, mine: boolean): Html {
  const to = (outcome: string) => withQuery(page.at(`/approvals/${approvalId}`), { outcome });
  return html`<p class="buttons">
    ${linkButton(to('refused'), mine ? 'Take back…' : 'Refuse…')}
    ${mine ? '' : linkButton(to('approved'), 'Approve…', 'danger')}
  </p>`;
}

function wayTo(page: ProjectPage): (readonly [string, string])[] {
  return [['Policy', page.at('/policies')]];
}

function compareForm(
  page: ProjectPage,
  versions: readonly PolicyVersion[],
  chosen?: { from: number; to: number },
): Html | '' {
  const [newest] = versions;
  if (!newest || versions.length < 2) return '';
  const { from = newest.version - 1, to = newest.version } = chosen ?? {};
  const state = freshForm({ from: String(from), to: String(to) });
  const options = versions.map(({ version: one }) => [String(one), `Version ${one}`] as const);
  return html`<form method="get" action="${page.at('/policies/diff')}" class="filters" aria-label="Compare">
    ${selectField(state, { name: 'from', label: 'From', options })}
    ${selectField(state, { name: 'to', label: 'To', options })}
    <button type="submit" class="plain">Compare</button>
  </form>`;
}

function versionTable(
  page: ProjectPage,
  versions: readonly PolicyVersion[],
  logins: ReadonlyMap<string, string>,
): Html {
  const who = (id: string) => (id === page.actor.id ? 'you' : whoWords(id, logins));
  return table({
    caption: 'Versions of the policy, the newest first',
    captionHidden: true,
    rows: versions,
    columns: [
      { heading: 'Version', names: true, cell: (one) => one.version },
      { heading: 'In force since', cell: ({ appliedAt }) => when(appliedAt, page.project.timeZone) },
      { heading: 'By', cell: ({ author }) => who(author) },
      { heading: 'Approved by', cell: ({ approvedBy }) => (approvedBy ? who(approvedBy) : '–') },
      { heading: 'Base period', cell: ({ policy }) => policy.keep },
      { heading: 'Rules', numeric: true, cell: ({ policy }) => policy.rules.length },
      { heading: 'Reason', cell: ({ reason }) => reason },
      {
        heading: '',
        cell: (one) =>
          one.version > 1
            ? html`<a
                href="${withQuery(page.at('/policies/diff'), { from: one.version - 1, to: one.version })}"
                >What changed</a
              >`
            : '',
      },
    ],
    empty: '',
  });
}
