import { Temporal } from 'temporal-polyfill';
import { JURISDICTIONS, type Jurisdiction } from './jurisdictions.ts';
import type { Policy } from './policy.ts';
import type { Rule } from './rules.ts';

/** What is known of one project's processing. */
export interface ProcessingSource {
  readonly projectId: string;
  readonly name: string;
  /** The controller and whom to write to, where the project says so. */
  readonly contact?: string;
  readonly jurisdiction: Jurisdiction;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly policyAppliedAt: Date;
  /** The address of the archive. */
  readonly archive: string;
}

/** One processing activity, with what GDPR Art. 30(1) asks for. */
export interface ProcessingActivity {
  readonly projectId: string;
  readonly name: string;
  /** Art. 30(1)(a). */
  readonly controller: string;
  /** (b) */
  readonly purposes: readonly string[];
  /** (c) */
  readonly dataSubjects: readonly string[];
  readonly dataCategories: readonly string[];
  /** (d) */
  readonly recipients: readonly string[];
  /** (e) */
  readonly transfers: readonly string[];
  /** (f) */
  readonly erasureTimeLimits: readonly string[];
  /** (g) */
  readonly securityMeasures: readonly string[];
  readonly policyVersion: number;
  readonly policyAppliedAt: Date;
}

/** How the register differs from the audit log, which it is often taken for. */
export const NOT_THE_AUDIT_LOG =
  'This is the register of processing activities (GDPR Art. 30): what is processed, why, for whom and for how ' +
  'long. It is made from the projects and policies in force, and says nothing of what happened. What happened ' +
  'is in the audit log: one entry for every act, which nobody can change unseen (GDPR Art. 5(2), 24 and 32). A ' +
  'supervisory authority asks for the register; the audit log shows that the register is kept to.';

/** What has to be filled in by the people responsible, since no program can know it. */
const NOT_SET = 'Not set. Add the controller, its representative and its data protection officer.';

/** The register's entry of a project. */
export function processingActivity(source: ProcessingSource): ProcessingActivity {
  const { policy } = source;
  return {
    projectId: source.projectId,
    name: source.name,
    controller: source.contact ?? NOT_SET,
    purposes: [
      'Answering customers who write to the support bot on Telegram',
      'Keeping conversations for as long as law, contract or the interest of the customer asks for',
      'Carrying out requests for erasure and proving that they were carried out',
    ],
    dataSubjects: [
      `Customers who write to the bot; where nothing else is known, they count as in: ${JURISDICTIONS[source.jurisdiction]}`,
      'Other people in group or business chats that the bot is part of',
      'Staff who answer, tag, review and decide',
    ],
    dataCategories: dataCategories(policy),
    recipients: [
      'Telegram, which carries every message',
      'Staff of the project, by their roles: agent, supervisor, compliance; auditor and admin see no content',
      `The archive's operator (${archiveInWords(source.archive)}), who holds sealed objects without their keys`,
    ],
    transfers: [
      'Telegram carries messages over servers outside the European Economic Area',
      source.archive.startsWith('file:')
        ? 'The archive stays on the machine of the service'
        : `The archive lies at ${source.archive}: name its region, and the safeguards if that is a third country`,
    ],
    erasureTimeLimits: timeLimits(policy),
    securityMeasures: SECURITY,
    policyVersion: source.policyVersion,
    policyAppliedAt: source.policyAppliedAt,
  };
}

function dataCategories({ rules, tagging }: Policy): string[] {
  const tags = [...rules.flatMap(({ when }) => when.tag ?? []), ...tagging.map(({ tag }) => tag)];
  const special = [...new Set(tags)].filter((tag) => ['healthcare', 'sensitive'].includes(tag));
  return [
    'Telegram id, first and last name, username, language',
    'Messages with every edit, and attachments up to 20 MB',
    'Dates of a conversation, its labels, reviews, holds and what rules look at: place of living, coming of age, agreement to longer keeping',
    'Consent to the privacy notice, with its version',
    'Staff: Telegram id, roles, and what they did, in the audit log',
    ...(special.length > 0
      ? [`Special categories (Art. 9) are to be expected in sessions labelled ${special.join(' or ')}`]
      : []),
  ];
}

function timeLimits(policy: Policy): string[] {
  const { review, spam, keep, rules } = policy;
  const silence = review.onSilence === 'delete' ? 'deleted' : 'held until somebody decides';
  return [
    `Every session: ${inLength(keep)} after its closure, where no rule says otherwise`,
    ...rules.filter(hasPeriod).map(ruleInWords),
    `Before a deletion people may look for ${inLength(review.window)}; without a decision it is then ${silence}`,
    `Spam: ${inLength(spam.deleteAfter)} after its closure`,
    'On request of the person: within 48 hours of its confirmation, but for what a hold or a legal duty keeps',
  ];
}

function hasPeriod(rule: Rule): boolean {
  return (rule.keep ?? rule.keepAtMost ?? rule.keepAtLeast) !== undefined;
}

function ruleInWords(rule: Rule): string {
  const { id, keep, keepAtMost, keepAtLeast, when, from, because, duty, exemptFromErasure, source } = rule;
  const verb = keepAtLeast ? 'at least ' : keepAtMost ? 'at most ' : '';
  const length = inLength(keepAtLeast ?? keepAtMost ?? keep ?? 'PT0S');
  const law = duty === 'legal' ? ', a duty by law' : duty ? ', a duty by contract' : '';
  const stays = exemptFromErasure ? '; it outweighs a request for erasure' : '';
  const cited = source ? ` (${source})` : '';
  return `Rule ${id}, ${conditionsInWords(when)}: ${verb}${length} from ${startInWords(from)}, because ${because}${cited}${law}${stays}`;
}

function conditionsInWords(when: Rule['when']): string {
  const parts = Object.entries(when).flatMap(([what, wanted]) => {
    if (wanted === undefined) return [];
    if (typeof wanted === 'boolean') return [wanted ? 'with agreement' : 'without agreement'];
    return [`${what} ${wanted.join(' or ')}`];
  });
  return parts.length > 0 ? parts.join(' and ') : 'every session';
}

function startInWords(from: Rule['from']): string {
  if (typeof from === 'object') return `the event ${from.event}`;
  return { closure: 'closure', 'last-message': 'the last message', majority: 'the coming of age' }[from];
}

function inLength(duration: string): string {
  return Temporal.Duration.from(duration).toLocaleString('en', { style: 'long' });
}

function archiveInWords(url: string): string {
  return url.startsWith('file:') ? 'a directory of this machine' : url;
}

const SECURITY: readonly string[] = [
  'Texts, names and files are sealed (AES-256-GCM) under a key of each person in each session; destroying the key makes every copy unreadable',
  'The keys lie in a database of their own, wrapped by a key encryption key that is kept apart',
  'Opaque ids instead of names in workflows, logs, object names and the audit log',
  'Roles for everything staff may do; two people for shorter retention and for the release of a hold',
  'Every deletion is reviewed first, carried out once, and read back as gone',
  'An audit log that is signed and anchored outside: any change of it is found',
];

/** The register as a document. */
export function registerDocument(activities: readonly ProcessingActivity[], at: Date): string {
  return [
    '# Register of processing activities',
    `Made on ${at.toISOString().slice(0, 10)}. ${NOT_THE_AUDIT_LOG}`,
    ...activities.map(activityDocument),
  ].join('\n\n');
}

function activityDocument(activity: ProcessingActivity): string {
  const { name, projectId, controller, policyVersion, policyAppliedAt } = activity;
  const since = policyAppliedAt.toISOString().slice(0, 10);
  const list = (title: string, lines: readonly string[]) =>
    `### ${title}\n\n${lines.map((line) => `- ${line}.`).join('\n')}`;
  return [
    `## ${name} (${projectId})`,
    `Policy version ${policyVersion}, in force since ${since}.`,
    `### Controller (Art. 30(1)(a))\n\n${controller}`,
    list('Purposes (b)', activity.purposes),
    list('People concerned (c)', activity.dataSubjects),
    list('Data (c)', activity.dataCategories),
    list('Recipients (d)', activity.recipients),
    list('Transfers to third countries (e)', activity.transfers),
    list('Time limits for erasure (f)', activity.erasureTimeLimits),
    list('Security (g)', activity.securityMeasures),
  ].join('\n\n');
}
