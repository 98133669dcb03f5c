/* global document, fetch, FormData, ResizeObserver, setTimeout, clearTimeout */
import { createComposer } from './composer.js';
import { el, fullName, messageItem } from './message.js';

export { el };

const TOAST_MS = 4000;
const SHOWN_MESSAGES = 200;

/** One column: a person (or one of several), their chat, and a place to write. */
export function createConversation(root, { role, alsoRole, label, group = false, addPerson }) {
  let project;
  let chat;
  let personId;
  /** 0 is General; undefined until there is a topic to show. */
  let topicId;
  let drawn = '';
  let toastTimer;
  const seen = new Map();

  const person = el('select', {
    'aria-label': 'Play as',
    onchange: () => choosePerson(Number(person.value)),
  });
  const subtitle = el('span', { class: 'subtitle' });
  const menu = el('div', { class: 'menu' });
  const topics = el('nav', { class: 'topics', 'aria-label': 'Topics', hidden: !group });
  const list = el('ol', { class: 'messages', tabindex: '0', 'aria-label': 'Messages' });
  const toast = el('div', { class: 'toast', role: 'status', 'aria-live': 'polite', hidden: true });
  const hints = el('div', { class: 'hints' });
  const composer = createComposer({ send, saveEdit, start: () => act('start', {}) });

  root.append(
    el(
      'header',
      { class: 'card-head' },
      el('div', {}, el('h2', { text: label }), subtitle),
      el('div', { class: 'who' }, person, menu),
    ),
    el('div', { class: 'talk' }, topics, el('div', { class: 'thread' }, list, toast, hints, composer.root)),
  );

  // What was said last stays in view when the window changes its size.
  new ResizeObserver(() => (list.scrollTop = list.scrollHeight)).observe(list);

  function chatId() {
    return group ? project.staffChatId : personId;
  }

  function setProject(next) {
    if (project?.id !== next.id) {
      topicId = undefined;
      personId = undefined;
      toast.hidden = true;
      composer.clear();
    }
    project = next;
    const people = project.people.filter((p) => p.role === role || p.role === alsoRole);
    if (!people.some((p) => p.user.id === personId)) personId = people[0]?.user.id;
    const options = people.map((p) => {
      const option = el('option', {
        value: String(p.user.id),
        text: alsoRole ? `${fullName(p.user)}, ${p.role}` : fullName(p.user),
      });
      option.selected = p.user.id === personId;
      return option;
    });
    if (person.textContent !== options.map((o) => o.textContent).join('')) person.replaceChildren(...options);
    person.value = String(personId);
    subtitle.textContent = group ? '' : `with ${project.bot.name}`;
  }

  function choosePerson(id) {
    personId = id;
    drawn = '';
    toast.hidden = true;
    composer.clear();
    void refresh();
  }

  async function refresh() {
    if (personId === undefined) return;
    const chats = await (await fetch(`/play/${personId}/chats`)).json();
    chat = chats.find((c) => c.id === chatId());
    if (!chat) return;
    if (group) showTopics();
    const query = `?limit=${SHOWN_MESSAGES}${group ? `&threadId=${topicId ?? 0}` : ''}`;
    const messages = await (await fetch(`/play/${personId}/chats/${chat.id}/messages${query}`)).json();
    const key = JSON.stringify([personId, topicId, messages]);
    if (key !== drawn) draw(messages);
    drawn = key;
    showMenu();
    showHints(messages);
    composer.setMode(group || chat.started ? (chat.blocked && !group ? 'blocked' : 'open') : 'start');
  }

  function draw(messages) {
    const focus = list.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const actions = { press, react, reply: composer.reply, edit: composer.edit };
    const items = messages.map((m) => messageItem(m, { viewerId: personId, group, actions }));
    if (items.length === 0) items.push(el('li', { class: 'empty', text: emptyText() }));
    list.replaceChildren(...items);
    list.scrollTop = list.scrollHeight;
    if (focus !== undefined)
      [...list.querySelectorAll('[data-focus]')].find((n) => n.dataset.focus === focus)?.focus();
  }

  function emptyText() {
    if (!group) return chat.started ? 'No messages yet.' : 'Press Start to open the chat with the bot.';
    return chat.topics.length === 0
      ? 'A topic opens here for each customer who writes.'
      : 'Choose a topic to read it.';
  }

  function showTopics() {
    if (topicId !== 0 && !chat.topics.some((t) => t.id === topicId)) topicId = chat.topics.at(-1)?.id;
    const focused = topics.contains(document.activeElement)
      ? document.activeElement.dataset.topic
      : undefined;
    const current = chat.topics.find((t) => t.id === topicId);
    if (current) seen.set(current.id, current.lastMessageId);
    const general = { id: 0, name: 'General', closed: false, lastMessageId: 0 };
    topics.replaceChildren(...[...chat.topics].reverse().concat(general).map(topicButton));
    subtitle.textContent = current ? `${current.name}${current.closed ? ' · closed' : ''}` : 'General';
    if (focused !== undefined) topics.querySelector(`[data-topic="${focused}"]`)?.focus();
  }

  function topicButton(topic) {
    const fresh = topic.lastMessageId > (seen.get(topic.id) ?? 0) && topic.id !== (topicId ?? 0);
    const dot = el('i', { class: 'dot' });
    if (topic.color !== undefined) dot.style.background = `#${topic.color.toString(16).padStart(6, '0')}`;
    return el(
      'button',
      {
        type: 'button',
        class: topic.closed ? 'topic closed' : 'topic',
        'data-topic': String(topic.id),
        'aria-current': topic.id === (topicId ?? 0) ? 'true' : undefined,
        onclick: () => openTopic(topic.id),
      },
      dot,
      el('span', { text: topic.name }),
      ...(topic.closed ? [el('small', { text: 'closed' })] : []),
      ...(fresh ? [el('b', { class: 'fresh', title: 'New messages' })] : []),
    );
  }

  function openTopic(id) {
    if (!chat?.topics.some((t) => t.id === id) && id !== 0) return;
    topicId = id;
    composer.clear();
    void refresh();
  }

  function showMenu() {
    const items = [];
    if (addPerson) items.push(['New customer', askForPerson]);
    if (role === 'customer' && chat.started) {
      items.push(
        chat.blocked ? ['Unblock bot', () => act('unblock', {})] : ['Block bot', () => act('block', {})],
      );
    }
    if (menu.textContent === items.map(([text]) => text).join('')) return;
    menu.replaceChildren(
      ...items.map(([text, onclick]) => el('button', { type: 'button', class: 'plain', text, onclick })),
    );
  }

  function askForPerson() {
    const field = el('input', {
      name: 'name',
      'aria-label': 'Name of the new customer',
      placeholder: 'Name',
      required: true,
      maxlength: '40',
    });
    const form = el('form', { class: 'ask' }, field, el('button', { text: 'Add' }));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void addPerson(field.value).then(({ id }) => {
        drawn = '';
        personId = id;
      });
    });
    menu.replaceChildren(form);
    field.focus();
  }

  function showHints(messages) {
    const keys = group ? [] : (messages.findLast((m) => m.from?.is_bot)?.keyboard ?? []).flat();
    const commands = (group ? project.bot.commands.group : project.bot.commands.private).map((c) => ({
      text: `/${c.command}`,
      title: c.description,
    }));
    const visible =
      group || (chat.started && !chat.blocked)
        ? [...keys.map((text) => ({ text, title: text, whole: true })), ...commands]
        : [];
    hints.hidden = visible.length === 0;
    if (hints.textContent === visible.map((h) => h.text).join('')) return;
    hints.replaceChildren(
      ...visible.map(({ text, title, whole }) =>
        el('button', {
          type: 'button',
          class: 'hint',
          text,
          title,
          onclick: () => (whole ? send({ text }) : composer.insert(`${text} `)),
        }),
      ),
    );
  }

  async function act(what, body) {
    const form = body instanceof FormData;
    const response = await fetch(`/play/${personId}/${what}`, {
      method: 'POST',
      ...(form ? { body } : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) showToast(answer.error ?? 'That did not work.');
    return response.ok;
  }

  function send({ text, file, replyTo }) {
    const fields = {
      chatId: chatId(),
      text,
      threadId: group && topicId !== 0 ? topicId : undefined,
      replyTo,
    };
    if (!file) return act('send', fields);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields))
      if (value !== undefined) form.set(name, String(value));
    form.set('file', file);
    return act('send', form);
  }

  function saveEdit(messageId, text) {
    return act('edit', { chatId: chatId(), messageId, text });
  }

  function press(messageId, data) {
    return act('press', { chatId: chatId(), messageId, data });
  }

  function react(messageId, emoji) {
    return act('react', { chatId: chatId(), messageId, emoji });
  }

  function showToast(text) {
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => (toast.hidden = true), TOAST_MS);
  }

  return {
    setProject,
    refresh,
    openTopic,
    topicName: (id) => chat?.topics.find((t) => t.id === id)?.name,
    toast: ({ userId, text }) => {
      if (userId === personId && text !== '') showToast(text);
    },
  };
}
