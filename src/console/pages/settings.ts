import { html } from 'hono/html';
import { listStaff } from '../../db/staff.ts';
import { policyInForce } from '../../db/policies.ts';
import { settingsOf, type ProjectSettings } from '../../db/project-settings.ts';
import type { Finding } from '../../domain/doctor.ts';
import { AppError } from '../../domain/errors.ts';
import type { ProjectFile } from '../../domain/project.ts';
import { ROLES } from '../../domain/roles.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { LanguageLine } from '../installation.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { whoWords } from '../sessions/people.ts';
import { submit } from '../views/fields.ts';
import { findingsView } from '../views/findings.ts';
import type { Content, Html } from '../views/html.ts';
import { badge, facts, linkButton, notice, section, when } from '../views/pieces.ts';
import { table } from '../views/table.ts';

/** How a project is set up, and whether its bot works. */
export function settingsPages(deps: ConsoleDeps): Route[] {
  return [
    projectRoute({
      method: 'GET',
      path: '/p/:project/settings',
      action: 'project.configure',
      nav: { label: 'Settings', group: 'Project', order: 70 },
      handler: (page) => showSettings(deps, page),
    }),
    projectRoute({
      method: 'GET',
      path: '/p/:project/doctor',
      action: 'project.configure',
      handler: (page) => showDoctor(page, undefined),
    }),
    projectRoute({
      method: 'POST',
      path: '/p/:project/doctor',
      action: 'project.configure',
      handler: async (page) => showDoctor(page, await lookAtBot(deps, page.project.id)),
    }),
  ];
}

async function showSettings(deps: ConsoleDeps, page: ProjectPage): Promise<Response> {
  const { db, installation } = deps;
  const projectId = page.project.id;
  const [settings, staff, policy, logins, file, languages] = await Promise.all([
    settingsOf(db, projectId),
    listStaff(db, projectId),
    policyInForce(db, projectId),
    loginsOf(db, projectId),
    orProblem(installation.projectFile(projectId)),
    orProblem(installation.languages()),
  ]);
  if (!settings) throw notFound('project');
  const count = (role: (typeof ROLES)[number]) =>
    staff.filter(({ fileRoles, consoleRoles }) => [...fileRoles, ...consoleRoles].includes(role)).length;
  return page.html({
    title: 'Settings',
    lead: 'What this project is set to. It comes from the project’s file, so it is changed there.',
    aside: linkButton(`/privacy/${projectId}`, 'What customers can read'),
    body: html`${section('Project', projectFacts(page, settings, file))}
    ${section('Bot', botFacts(page, settings, file, installation.botOf(projectId)))}
    ${section(
      'Staff',
      html`${facts(ROLES.map((role) => [role, String(count(role))] as const))}
      ${page.may('staff.manage') ? linkButton(page.at('/people'), 'Staff and roles') : ''}`,
    )}
    ${section(
      'Policy',
      facts([
        ['Version in force', String(policy.version)],
        ['Applied', when(policy.appliedAt, page.project.timeZone)],
        ['By', policy.author === page.actor.id ? 'you' : whoWords(policy.author, logins)],
      ]),
    )}
    ${section('Texts of the bot', textsView(languages))}`,
  });
}

type OrProblem<T> = { readonly value: T } | { readonly problem: string };

/** What a file holds, or why it cannot be read: that is what these pages are looked at for. */
async function orProblem<T>(work: Promise<T>): Promise<OrProblem<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { problem: error.message };
  }
}

function projectFacts(
  page: ProjectPage,
  settings: ProjectSettings,
  file: OrProblem<ProjectFile | undefined>,
): Html {
  return html`${fileNotice(settings, file)}
  ${facts([
    ['Id', html`<code>${page.project.id}</code>`],
    ['Name', settings.name],
    ['Time zone', settings.timeZone],
    ['Language', settings.language],
    ['Customers belong to', settings.jurisdiction],
    ['Privacy notice', `version ${settings.noticeVersion}`],
    ...valuesOf(file, ({ notice: { url }, contact, archive, groups, translation, export: exported }) => [
      ['Notice for customers', url],
      ['Contact', contact && [contact.text, contact.email, contact.url].filter(Boolean).join(', ')],
      ['Archive', archive ?? 'where the installation archives'],
      ['Groups of customers', groups],
      ['Translation', translation ? `staff read ${translation.staff ?? settings.language}` : 'off'],
      ['Exports leave out', exported ? 'what export.scrub names' : 'nothing'],
    ]),
  ])}`;
}

function fileNotice(settings: ProjectSettings, file: OrProblem<ProjectFile | undefined>): Html | '' {
  if ('problem' in file)
    return notice(
      'warning',
      html`The project files cannot be read as they are. What is shown was taken over before.
        <pre tabindex="0">${file.problem}</pre>`,
    );
  if (!file.value)
    return notice(
      'warning',
      'There is no file of this project any more. What is shown was taken over before.',
    );
  const { name, timeZone, language, notice: privacy, jurisdiction, telegram } = file.value;
  const differs = [
    name !== settings.name && 'name',
    timeZone !== settings.timeZone && 'timeZone',
    language !== settings.language && 'language',
    privacy.version !== settings.noticeVersion && 'notice.version',
    jurisdiction !== settings.jurisdiction && 'jurisdiction',
    (telegram?.staffChat ?? null) !== settings.staffChatId && 'telegram.staffChat',
  ].filter((one) => one !== false);
  if (differs.length === 0) return '';
  return notice(
    'info',
    `The file says something else for ${differs.join(', ')}. It is taken over when the service reads its files: at its start, at retention migrate, and when the part bot sees the file change.`,
  );
}

function valuesOf(
  file: OrProblem<ProjectFile | undefined>,
  read: (file: ProjectFile) => [string, Content | undefined][],
): [string, Content | undefined][] {
  return 'value' in file && file.value ? read(file.value) : [];
}

const BOT_WORDS = {
  own: 'has a token of its own',
  sandbox: 'lives in the sandbox, not in Telegram',
} as const;

function botFacts(
  page: ProjectPage,
  settings: ProjectSettings,
  file: OrProblem<ProjectFile | undefined>,
  bot: 'own' | 'sandbox' | undefined,
): Html {
  const { newestSessionAt, staffChatId } = settings;
  return html`${facts([
    [
      'Bot',
      bot
        ? BOT_WORDS[bot]
        : html`${badge('none', 'warning')} Set
            <code>RETENTION_BOT_TOKEN_${page.project.id.toUpperCase().replaceAll('-', '_')}</code> where the
            service runs.`,
    ],
    ['Newest session began', newestSessionAt ? when(newestSessionAt, page.project.timeZone) : 'none yet'],
    ['Staff group', staffChatId === null ? badge('none', 'warning') : html`<code>${staffChatId}</code>`],
    ...valuesOf(file, ({ telegram }) => [
      ['Supervisors’ group', telegram?.supervisorsChat && html`<code>${telegram.supervisorsChat}</code>`],
      ['Updates', telegram?.webhook === false ? 'fetched, never sent' : undefined],
    ]),
  ])}
  ${linkButton(page.at('/doctor'), 'Look whether the bot works')}`;
}

function textsView(languages: OrProblem<readonly LanguageLine[]>): Html {
  if ('problem' in languages)
    return notice(
      'danger',
      html`The team’s own texts are not right, and the part bot does not start with them.
        <pre tabindex="0">${languages.problem}</pre>`,
    );
  return table({
    caption: 'Languages in which the bot speaks',
    captionHidden: true,
    rows: languages.value,
    columns: [
      { heading: 'Language', names: true, cell: ({ language }) => html`<code>${language}</code>` },
      { heading: 'From', cell: ({ ownFile }) => (ownFile ? 'the team’s own file' : 'the service') },
      {
        heading: 'Missing, and so in English',
        cell: ({ missing }) =>
          missing.length === 0
            ? 'nothing'
            : html`<details>
                <summary>${missing.length}</summary>
                ${missing.join(', ')}
              </details>`,
      },
    ],
    empty: '',
  });
}

/** Of the bots of this installation, this project's alone. */
async function lookAtBot({ installation }: ConsoleDeps, projectId: string): Promise<readonly Finding[]> {
  const findings = await installation.look('telegram');
  return findings.filter(
    ({ check }) => check === `bot of ${projectId}` || check.startsWith(`${projectId}: `),
  );
}

function showDoctor(page: ProjectPage, findings: readonly Finding[] | undefined): Promise<Response> {
  return page.html({
    title: 'Does the bot work?',
    lead: 'Asks Telegram about the bot: its token, its rights in the groups, whom it reaches, and what waits.',
    crumbs: [['Settings', page.at('/settings')]],
    body: html`${
        findings?.length === 0
          ? notice('warning', 'This project has no bot here, so there is nothing to ask Telegram about.')
          : findings
            ? findingsView(findings)
            : ''
      }
      ${page.postForm({ to: page.at('/doctor'), body: submit(findings ? 'Look again' : 'Look now') })}
      <p class="muted">Telegram may take some seconds to answer.</p>`,
  });
}
