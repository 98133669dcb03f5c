import { html } from 'hono/html';
import type { Phase } from '../../domain/phases.ts';
import type { Content, Html } from './html.ts';

const PHASE_WORDS: Record<Phase, string> = {
  open: 'Open',
  closed: 'Closed',
  archived: 'Archived',
  review: 'In review',
  deleted: 'Deleted',
};

/** A phase, in a word and a colour. */
export function phaseBadge(phase: Phase): Html {
  return html`<span class="badge phase-${phase}">${PHASE_WORDS[phase]}</span>`;
}

/** A short mark, such as a tag or a state. */
export function badge(text: string, tone: 'plain' | 'good' | 'warning' | 'danger' = 'plain'): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** Names and values. Without a value, a line is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Content | null | undefined])[]): Html {
  return html`<dl class="facts">
    ${pairs.map(([name, value]) =>
      value === null || value === undefined || value === ''
        ? ''
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`;
}

/** An instant as people read it, in a time zone; in UTC where none is given. */
export function when(instant: Date, timeZone = 'UTC'): Html {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(instant);
  return html`<time datetime="${instant.toISOString()}">${text}${timeZone === 'UTC' ? ' UTC' : ''}</time>`;
}

/** A day as people read it. */
export function day(instant: Date, timeZone = 'UTC'): Html {
  return html`<time datetime="${instant.toISOString()}">${dayWords(instant, timeZone)}</time>`;
}

/** The same where no markup fits. */
export function dayWords(instant: Date, timeZone = 'UTC'): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium' }).format(instant);
}

/** How long until an instant, or since; the script of the page keeps it up to date. */
export function countdown(instant: Date, now: Date): Html {
  return html`<time datetime="${instant.toISOString()}" data-countdown title="${instant.toISOString()}"
    >${distance(instant, now)}</time
  >`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** "in 3 days", "2 hours ago": the largest unit that fits at least twice, rounded towards now. */
export function distance(instant: Date, now: Date): string {
  const ms = instant.getTime() - now.getTime();
  const [unit, size] = UNITS.find(([, length]) => Math.abs(ms) >= 2 * length) ?? UNITS[2];
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
  return Math.abs(ms) < 60_000 ? 'now' : words.format(Math.trunc(ms / size), unit);
}

/** Enough of an id to recognise it, with all of it for whoever wants to copy it. */
export function shortId(id: string): Html {
  return html`<code title="${id}">${id.slice(0, 8)}</code>`;
}

/** Something to take note of. */
export function notice(tone: 'done' | 'info' | 'warning' | 'danger', content: Content): Html {
  // A warning is read out at once; the rest waits for whoever reads on.
  const role = tone === 'warning' || tone === 'danger' ? 'alert' : 'status';
  return html`<div class="notice ${tone}" role="${role}">${content}</div>`;
}

/** A part of a page with a heading of its own. */
export function section(heading: string, content: Content, id?: string): Html {
  return html`<section ${id ? html`id="${id}"` : ''}>
    <h2>${heading}</h2>
    ${content}
  </section>`;
}

/** A link that looks like a button. */
export function linkButton(href: string, label: string, look: 'main' | 'plain' | 'danger' = 'plain'): Html {
  return html`<a class="button ${look}" href="${href}">${label}</a>`;
}

/** Figures side by side: what, how much, and where to look on. */
export function tiles(
  figures: readonly { readonly label: string; readonly value: string | number; readonly href?: string }[],
): Html {
  return html`<ul class="tiles">
    ${figures.map(
      ({ label, value, href }) =>
        html`<li>
          <span class="figure">${value}</span>
          ${href ? html`<a href="${href}">${label}</a>` : html`<span>${label}</span>`}
        </li>`,
    )}
  </ul>`;
}

/** A figure, with a link to what it counts for whoever may see that. */
export function leading(figure: string, href: string | undefined): Content {
  return href ? html`<a href="${href}">${figure}</a>` : figure;
}
