import { html } from 'hono/html';
import type { Person } from '../../db/accounts.ts';
import type { Flash } from '../../db/console-tables.ts';
import type { Assets } from '../assets.ts';
import type { Theme } from '../cookies.ts';
import type { ProjectLine, View } from '../page.ts';
import { NAV_GROUPS, type NavGroup } from '../registry.ts';
import { hidden } from './fields.ts';
import type { Html } from './html.ts';
import { notice } from './pieces.ts';

/** What stands around a page. */
export interface Frame {
  readonly person: Person | undefined;
  readonly project: Pick<ProjectLine, 'id' | 'name'> | undefined;
  readonly nav: readonly NavLink[];
  readonly theme: Theme;
  /** Where this page is, for the forms of the frame to come back to. */
  readonly path: string;
  readonly token: string;
  readonly flash: Flash | undefined;
  readonly assets: Assets['paths'];
}

export interface NavLink {
  readonly label: string;
  readonly group: NavGroup;
  readonly href: string;
  readonly current: boolean;
}

/** A whole page. */
export function layout(view: View, frame: Frame): Html {
  const { person, project, theme, flash } = frame;
  return html`<!doctype html>
    <html lang="en" ${theme === 'auto' ? '' : html`data-theme="${theme}"`}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="${theme === 'auto' ? 'light dark' : theme}" />
        <title>${[view.title, project?.name, 'Retention'].filter(Boolean).join(' · ')}</title>
        <link rel="stylesheet" href="${frame.assets.style}" />
        <link rel="icon" href="${frame.assets.icon}" type="image/svg+xml" />
        <script src="${frame.assets.script}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${header(frame)}
        <div class="${person ? 'frame' : 'frame alone'}">
          ${person ? navigation(frame) : ''}
          <main id="main" tabindex="-1" ${view.language ? html`lang="${view.language}"` : ''}>
            ${crumbs(view)}
            <div class="heading">
              <h1>${view.title}</h1>
              ${view.aside ?? ''}
            </div>
            ${view.lead ? html`<p class="lead">${view.lead}</p>` : ''}
            ${flash ? notice(flash.tone, flash.text) : ''} ${view.body}
          </main>
        </div>
      </body>
    </html>`;
}

function header(frame: Frame): Html {
  const { person, project } = frame;
  return html`<header class="top">
    <a class="brand" href="/">Retention</a>
    ${person ? switcher(person, project) : ''}
    <div class="ends">
      ${themeForm(frame)}
      ${
        person
          ? html`<a href="/account" class="me">${person.login}</a>
              <form method="post" action="/sign-out">
                ${hidden('_csrf', frame.token)}<button type="submit" class="quiet">Sign out</button>
              </form>`
          : ''
      }
    </div>
  </header>`;
}

/** A list of links behind a button: it needs no script and reads as what it is. */
function switcher(person: Person, project: Frame['project']): Html {
  return html`<details class="switcher">
    <summary>${project ? html`Project: <strong>${project.name}</strong>` : 'Choose a project'}</summary>
    <ul>
      ${person.memberships.map(
        ({ projectId, projectName }) =>
          html`<li>
            <a href="/p/${projectId}" ${projectId === project?.id ? html`aria-current="true"` : ''}
              >${projectName}</a
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

function navigation({ nav }: Frame): Html {
  return html`<nav class="side" aria-label="Main">
    ${NAV_GROUPS.map((group) => {
      const links = nav.filter((link) => link.group === group);
      if (links.length === 0) return '';
      return html`<h2 id="nav-${group}">${group}</h2>
        <ul aria-labelledby="nav-${group}">
          ${links.map(
            ({ label, href, current }) =>
              html`<li><a href="${href}" ${current ? html`aria-current="page"` : ''}>${label}</a></li>`,
          )}
        </ul>`;
    })}
  </nav>`;
}

/** What each choice is called, and which one the button leads to. */
const THEME: Record<Theme, { readonly words: string; readonly next: Theme }> = {
  auto: { words: 'as the device', next: 'dark' },
  dark: { words: 'dark', next: 'light' },
  light: { words: 'light', next: 'auto' },
};

function themeForm({ theme, path, token }: Frame): Html {
  const { words, next } = THEME[theme];
  return html`<form method="post" action="/theme">
    ${hidden('_csrf', token)}${hidden('to', path)}${hidden('theme', next)}
    <button type="submit" class="quiet">
      Colours: ${words}<span class="unseen">; change to ${THEME[next].words}</span>
    </button>
  </form>`;
}

function crumbs({ crumbs: way, title }: View): Html | '' {
  if (!way || way.length === 0) return '';
  return html`<nav class="crumbs" aria-label="Breadcrumbs">
    <ol>
      ${way.map(([label, href]) => html`<li><a href="${href}">${label}</a></li>`)}
      <li aria-current="page">${title}</li>
    </ol>
  </nav>`;
}
