import { z } from 'zod';
import { planPolicy } from '../../db/dated-sessions.ts';
import { policyInForce, type PolicyVersion } from '../../db/policies.ts';
import { AppError } from '../../domain/errors.ts';
import type { Policy } from '../../domain/policy.ts';
import { parsePolicyDocument, type Finding } from '../../domain/policy-document.ts';
import { confirmationOf } from '../../domain/policy-plan.ts';
import { policyAsYaml } from '../../domain/policy-yaml.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { freshForm, withError, type FormState } from '../views/fields.ts';
import { editor, findingText } from './policy-editor.ts';
import { planView } from './policy-plan-view.ts';

const LONGEST = 500_000;
const draft = z.object({
  text: z.string({ error: 'Write a policy.' }).max(LONGEST, 'This is longer than a policy can be.'),
  base: z.coerce.number().int(),
  reason: z.string().trim().max(300).optional(),
  confirm: z.string().optional(),
});
type Draft = z.output<typeof draft>;

/** Changing the policy: written as YAML, checked, planned, and only then applied. */
export function policyEditPages({ db, acts }: ConsoleDeps): Route[] {
  const line = (
    method: 'GET' | 'POST',
    rest: `/${string}`,
    handler: (page: ProjectPage) => Promise<Response>,
    stepUp?: true,
  ) =>
    projectRoute({
      ...{ method, path: `/p/:project/policies${rest}`, action: 'policy.change', handler },
      ...(stepUp && { stepUp }),
    });
  return [
    line('GET', '/edit', edit, true),
    line('POST', '/check', check),
    line('POST', '/plan', plan),
    // Where the proof of who one is leads back to, from a plan that waited too long.
    line('GET', '/plan', (page) => page.redirect(page.at('/policies/edit')), true),
    line('POST', '/apply', apply, true),
  ];

  async function edit(page: ProjectPage): Promise<Response> {
    const { policy, version } = await policyInForce(db, page.project.id);
    return editor(page, freshForm({ text: policyAsYaml(policy), base: String(version) }));
  }

  async function check(page: ProjectPage): Promise<Response> {
    const sent = await page.form(draft);
    if (!sent.ok) return editor(page, sent.state);
    const { findings, policy } = read(page, sent.values.text);
    if (!page.c.req.header('accept')?.startsWith('application/json'))
      return editor(page, stateOf(sent.values), { findings, good: policy !== undefined });
    return page.c.json({
      good: policy !== undefined,
      findings: findings.map(({ severity, line, column, ...rest }) => ({
        ...{ severity, line, column },
        text: findingText(rest),
      })),
    });
  }

  async function plan(page: ProjectPage): Promise<Response> {
    const sent = await page.form(draft);
    if (!sent.ok) return editor(page, sent.state);
    return showPlan(page, sent.values, freshForm());
  }

  async function showPlan(page: ProjectPage, sent: Draft, state: FormState): Promise<Response> {
    const { findings, policy } = read(page, sent.text);
    if (!policy) return editor(page, stateOf(sent), { findings, good: false });
    const inForce = await policyInForce(db, page.project.id);
    const counts = await planPolicy(db, { projectId: page.project.id, policy, now: page.now });
    return page.html(
      {
        title: 'What this policy would change',
        lead: `Compared with version ${inForce.version}, which is in force. Nothing has changed yet.`,
        crumbs: [
          ['Policy', page.at('/policies')],
          ['Change', page.at('/policies/edit')],
        ],
        body: planView(page, { inForce, policy, counts, findings, sent, state }),
      },
      Object.keys(state.errors).length > 0 ? 422 : 200,
    );
  }

  async function apply(page: ProjectPage): Promise<Response> {
    const sent = await page.form(draft);
    if (!sent.ok) return editor(page, sent.state);
    const { text, base, reason = '', confirm } = sent.values;
    const { findings, policy } = read(page, text);
    if (!policy) return editor(page, stateOf(sent.values), { findings, good: false });
    const state = freshForm({ reason });
    if (!reason)
      return showPlan(page, sent.values, withError(state, 'reason', 'Say why: it stays with the version.'));
    if (!(await isConfirmed(page, policy, confirm)))
      return showPlan(page, sent.values, withError(state, 'confirm', 'Type exactly what is asked for.'));
    return put(page, { policy, base, reason, sent: sent.values });
  }

  /** Counted anew: what was due when it was planned may be more by now. */
  async function isConfirmed(page: ProjectPage, policy: Policy, typed: string | undefined): Promise<boolean> {
    const projectId = page.project.id;
    const asked = confirmationOf(projectId, await planPolicy(db, { projectId, policy, now: page.now }));
    return asked === null || typed?.trim() === asked;
  }

  async function put(
    page: ProjectPage,
    next: { policy: Policy; base: number; reason: string; sent: Draft },
  ): Promise<Response> {
    const { policy, base, reason, sent } = next;
    try {
      const outcome = await acts.applyPolicy({
        ...{ projectId: page.project.id, policy, baseVersion: base, reason },
        ...{ actor: page.actor, now: page.now },
      });
      if (outcome.outcome === 'waiting')
        return await page.redirect(page.at(`/policies/requests/${outcome.approvalId}`), {
          tone: 'done',
          text: 'It shortens, so it is asked for: it takes effect when a second person approves it.',
        });
      return await page.redirect(page.at('/policies'), {
        tone: 'done',
        text:
          outcome.outcome === 'applied'
            ? `Version ${outcome.version} is in force.`
            : `Version ${outcome.version} says the same already.`,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'already_decided') throw error;
      return editor(
        page,
        withError(stateOf(sent), '', outdated(await policyInForce(db, page.project.id), base)),
      );
    }
  }

  function read(
    page: ProjectPage,
    text: string,
  ): { findings: readonly Finding[]; policy: Policy | undefined } {
    const document = parsePolicyDocument(text, { projectId: page.project.id });
    if ('errors' in document) return { findings: document.errors, policy: undefined };
    const { project, policy, warnings } = document;
    if (project && project.id !== page.project.id)
      throw notFound(`project ${project.id} here: leave out all but its policy`);
    return { findings: warnings, policy };
  }
}

function stateOf({ text, base }: Draft): FormState {
  return freshForm({ text, base: String(base) });
}

/** Why the act did not take it: either somebody was faster, or another request waits. */
function outdated({ version }: PolicyVersion, base: number): string {
  return version === base
    ? 'A shorter policy waits for a second person already. It has to be decided first.'
    : `Version ${version} came into force meanwhile, and yours was written against version ${base}. Look at what changed, then write yours anew.`;
}
