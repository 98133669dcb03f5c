/* global document */
import { el } from './chat.js';

const PHASES = ['open', 'closed', 'archived', 'review', 'deleted'];
const UNITS = [
  ['day', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** The strip of sessions: where each stands, what happens next, and when. */
export function createStrip(root, { openTopic }) {
  let shown = '';
  return {
    show(sessions, topicName) {
      const key = JSON.stringify(sessions.map((s) => [s, topicName(s.topicId)]));
      if (key === shown) return;
      shown = key;
      root.hidden = sessions.length === 0;
      const focused = document.activeElement?.dataset?.session;
      root.replaceChildren(
        ...sessions.map((session) => card(session, openTopic, topicName(session.topicId))),
      );
      if (focused) root.querySelector(`[data-session="${focused}"]`)?.focus();
      this.tick();
    },
    tick() {
      for (const node of root.querySelectorAll('time')) node.textContent = countdown(node.dateTime);
    },
  };
}

function card(session, openTopic, topic) {
  const at = PHASES.indexOf(session.phase);
  const steps = PHASES.map((phase, index) => {
    const standing = index < at ? 'past' : index === at ? 'now' : 'ahead';
    return el('li', { class: standing, text: phase, ...(index === at && { 'aria-current': 'step' }) });
  });
  const name = el('span', { class: 'session-id', text: topic ?? session.id.slice(0, 8), title: session.id });
  const title =
    topic === undefined
      ? name
      : el(
          'button',
          {
            type: 'button',
            class: 'plain',
            title: 'Show its topic',
            'data-session': session.id,
            onclick: () => openTopic(session.topicId),
          },
          name,
        );
  const link =
    session.url !== undefined && /^https?:/.test(session.url)
      ? el('a', { href: session.url, target: '_blank', rel: 'noopener', text: 'Workflow' })
      : '';
  const due = session.due === undefined ? '' : el('time', { datetime: session.due });
  return el(
    'article',
    { class: `session ${at < 0 ? 'unknown' : session.phase}` },
    el('header', {}, title, link),
    el('ol', { class: 'stages', 'aria-label': `Phase: ${session.phase}` }, ...steps),
    el('p', {}, el('span', { text: session.next }), ' ', due),
  );
}

/** "in 12 s", "in 3 min 5 s", "in 2 days": the two largest units that are not nothing. */
export function countdown(iso) {
  let seconds = Math.round((Date.parse(iso) - Date.now()) / 1000);
  if (Number.isNaN(seconds)) return '';
  if (seconds <= 0) return 'any moment now';
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${unit === 'day' && count > 1 ? 's' : ''}`);
    if (parts.length === 2) break;
  }
  return `in ${parts.join(' ')}`;
}
