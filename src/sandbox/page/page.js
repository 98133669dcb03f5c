/* global document, EventSource, fetch, setInterval, setTimeout, clearTimeout, localStorage, window */
import { createConversation, el } from './chat.js';
import { createStrip } from './strip.js';

const POLL_PANEL_MS = 2000;

const state = { world: { projects: [] }, projectId: localStorage.getItem('project') };
const strip = createStrip(document.getElementById('strip'), {
  openTopic: (topicId) => staff.openTopic(topicId),
});

const customer = createConversation(document.getElementById('customer'), {
  role: 'customer',
  label: 'Customer’s phone',
  addPerson: (firstName) => post('/play/people', { projectId: project()?.id, firstName }),
});
const staff = createConversation(document.getElementById('staff'), {
  role: 'agent',
  alsoRole: 'supervisor',
  label: 'Staff group',
  group: true,
});
const supervisor = createConversation(document.getElementById('supervisor'), {
  role: 'supervisor',
  label: 'Supervisor’s phone',
});
const conversations = [customer, staff, supervisor];

function project() {
  const { projects } = state.world;
  return projects.find((p) => p.id === state.projectId) ?? projects[0];
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function loadWorld() {
  state.world = await (await fetch('/play/world')).json();
  const current = project();
  showProjects(current);
  if (!current) {
    hint('No project is set up yet. Start the service, and its bot will appear here.');
    return;
  }
  const name = current.people.find((p) => p.role === 'customer')?.user.first_name ?? 'a customer';
  const agent = current.people.find((p) => p.role === 'agent')?.user.first_name ?? 'an agent';
  hint(
    `Press Start and write as ${name} on the customer’s phone. Then answer as ${agent} in the new topic, send /close there, and watch what becomes of the session.`,
  );
  for (const conversation of conversations) conversation.setProject(current);
  await Promise.all(conversations.map((conversation) => conversation.refresh()));
}

function hint(text) {
  document.getElementById('hint').textContent = text;
}

function showProjects(current) {
  const nav = document.getElementById('projects');
  const { projects } = state.world;
  nav.hidden = projects.length < 2;
  nav.replaceChildren(
    ...projects.map((p) =>
      el('button', {
        type: 'button',
        text: p.title,
        'aria-pressed': String(p.id === current?.id),
        onclick: () => choose(p.id),
      }),
    ),
  );
}

function choose(projectId) {
  state.projectId = projectId;
  localStorage.setItem('project', projectId);
  void loadWorld().then(loadPanel);
}

async function loadPanel() {
  try {
    const panel = await (await fetch('/play/panel')).json();
    showLinks(panel.links ?? []);
    strip.show(
      (panel.sessions ?? []).filter((s) => s.project === project()?.id),
      staff.topicName,
    );
  } catch {
    strip.show([], staff.topicName);
  }
}

function showLinks(links) {
  const safe = links.filter((link) => /^https?:/.test(link.url));
  document
    .getElementById('links')
    .replaceChildren(
      ...safe.map((l) => el('a', { href: l.url, target: '_blank', rel: 'noopener', text: l.label })),
    );
}

let reload;
function reloadSoon() {
  clearTimeout(reload);
  reload = setTimeout(() => void loadWorld(), 40);
}

function listen() {
  const events = new EventSource('/play/events');
  events.onopen = reloadSoon;
  events.onmessage = ({ data }) => {
    const change = JSON.parse(data);
    if (change.toast) for (const c of conversations) c.toast(change.toast);
    else reloadSoon();
  };
  events.onerror = () => hint('The sandbox does not answer. This page goes on by itself when it is back.');
}

listen();
void loadWorld().then(loadPanel);
setInterval(() => document.hidden || void loadPanel(), POLL_PANEL_MS);
setInterval(() => strip.tick(), 1000);
window.addEventListener('focus', () => void loadPanel());
