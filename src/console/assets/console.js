/* global document, location, addEventListener, setInterval, setTimeout, clearTimeout */
/* global sessionStorage, AbortController, URLSearchParams, FormData, fetch, getComputedStyle */
// Small conveniences. Every page works without them.

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** As `distance` of views/pieces.ts says it on the server. */
function distance(ms) {
  const [unit, size] = UNITS.find(([, length]) => Math.abs(ms) >= 2 * length) ?? UNITS[2];
  return Math.abs(ms) < 60_000 ? 'now' : words.format(Math.trunc(ms / size), unit);
}

function countDown() {
  for (const time of document.querySelectorAll('time[data-countdown]')) {
    const text = distance(new Date(time.dateTime).getTime() - Date.now());
    if (time.textContent !== text) time.textContent = text;
  }
}

countDown();
setInterval(countDown, 30_000);

// A form that is sent twice by a double click would do its act twice, or be told that somebody was faster.
addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === 'post') form.dataset.sent = 'yes';
});
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

addEventListener('keydown', (event) => {
  const open = document.querySelector('details.switcher[open]');
  if (event.key !== 'Escape' || !open) return;
  open.removeAttribute('open');
  open.querySelector('summary').focus();
});

// What was wrong with a form is where the reading goes on.
const problems = document.querySelector('.notice[role="alert"] a');
if (problems) problems.focus();

// Lists that are worked through: j and k move, x ticks, Enter opens.
const rows = [...document.querySelectorAll('[data-list] tbody tr, [data-list] > li')];
if (rows.length > 0) for (const hint of document.querySelectorAll('[data-keys]')) hint.hidden = false;
let at = -1;
function moveTo(next) {
  at = Math.max(0, Math.min(next, rows.length - 1));
  rows[at].querySelector('a')?.focus();
}
// Whoever goes on with a mouse or the tabulator is where they went, not where the keys were.
addEventListener('focusin', ({ target }) => {
  const there = rows.findIndex((row) => row.contains(target));
  if (there >= 0) at = there;
});
addEventListener('keydown', (event) => {
  const typing = event.target.matches('input:not([type=checkbox]), textarea, select');
  if (typing || rows.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'j') moveTo(at + 1);
  else if (event.key === 'k') moveTo(at - 1);
  else if (event.key === 'x' && at >= 0) rows[at].querySelector('input[type=checkbox]')?.click();
  // On a tick, Enter would send the form.
  else if (event.key === 'Enter' && at >= 0 && event.target.matches('[data-list] input[type=checkbox]')) {
    event.preventDefault();
    rows[at].querySelector('a')?.click();
  }
});

// On a phone the menu is a line that scrolls: what is open is seen in it.
const line = document.querySelector('.side');
const here = line?.querySelector('[aria-current]');
if (here && line.scrollWidth > line.clientWidth) line.scrollLeft = here.offsetLeft - line.offsetLeft - 16;

// A slash goes to the search, as in many a program.
addEventListener('keydown', (event) => {
  const field = document.querySelector('main input[type=search]');
  if (event.key !== '/' || !field || event.target.matches('input, textarea, select')) return;
  event.preventDefault();
  field.focus();
});

// What a form saves as a file leaves the page as it is, and may be saved once more.
addEventListener('submit', ({ target: form }) => {
  if (form.querySelector('[data-download]')) setTimeout(() => delete form.dataset.sent, 2000);
});

// Work that is under way is looked at again, unless somebody is reading elsewhere.
const seconds = Number(document.querySelector('[data-refresh]')?.dataset.refresh ?? 0);
if (seconds > 0) setInterval(() => document.hidden || location.reload(), seconds * 1000);

// A policy is checked while it is written, and what was written outlives a proof of who one is.
const checked = document.querySelector('[data-check]');
if (checked) {
  const form = checked.querySelector('form');
  const text = form.elements.namedItem('text');
  const findings = document.getElementById('findings');
  const key = `${location.pathname.split('/').slice(0, 4).join('/')} ${form.elements.namedItem('base').value}`;
  const kept = sessionStorage.getItem(key);
  let asked;
  let soon;

  const check = async () => {
    asked?.abort();
    asked = new AbortController();
    const request = { method: 'POST', body: new URLSearchParams(new FormData(form)), signal: asked.signal };
    const headers = { accept: 'application/json' };
    const answer = await fetch(checked.dataset.check, { ...request, headers }).catch(() => undefined);
    if (answer?.headers.get('content-type')?.startsWith('application/json')) show(await answer.json());
  };
  const show = ({ good, findings: found }) => {
    const said = document.createElement('p');
    said.textContent = good ? 'It can be applied.' : 'It cannot be applied yet.';
    const list = document.createElement('ul');
    list.append(...found.map(lineOf));
    findings.replaceChildren(said, list);
  };
  const lineOf = ({ severity, line, column, text: words }) => {
    const item = document.createElement('li');
    item.className = severity;
    const place = document.createElement('button');
    place.type = 'button';
    place.className = 'quiet';
    place.textContent = `${line}:${column}`;
    place.addEventListener('click', () => goTo(line, column));
    item.append(place, ` ${severity === 'error' ? '' : `${severity}: `}${words}`);
    return item;
  };
  const goTo = (line, column) => {
    const before = text.value.split('\n').slice(0, line - 1);
    const at = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    text.focus();
    text.setSelectionRange(at, at);
    text.scrollTop = (line - 3) * parseFloat(getComputedStyle(text).lineHeight);
  };

  if (kept !== null && kept !== text.value && location.pathname.endsWith('/edit')) {
    text.value = kept;
    findings.textContent = 'What you wrote before is here again.';
    check();
  }
  text.addEventListener('input', () => {
    sessionStorage.setItem(key, text.value);
    clearTimeout(soon);
    soon = setTimeout(check, 400);
  });
}
