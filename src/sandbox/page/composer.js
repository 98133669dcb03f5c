import { el, summary } from './message.js';

/** Where a person writes: text, a file, an answer, or a correction of what they wrote before. */
export function createComposer({ send, saveEdit, start }) {
  let replyTo;
  let editing;

  const field = el('textarea', {
    rows: '1',
    placeholder: 'Message',
    'aria-label': 'Message',
    maxlength: '4096',
  });
  const file = el('input', { type: 'file', hidden: true, tabindex: '-1' });
  const attach = el('button', {
    type: 'button',
    class: 'plain attach',
    text: 'Attach',
    onclick: () => file.click(),
  });
  const submit = el('button', { class: 'send', text: 'Send' });
  const about = el('div', { class: 'about', hidden: true });
  const form = el(
    'form',
    { class: 'compose' },
    about,
    el('div', { class: 'line' }, attach, file, field, submit),
  );
  const startButton = el('button', { type: 'button', class: 'send start', text: 'Start', onclick: start });
  const blocked = el('p', {
    class: 'blocked',
    text: 'The bot is blocked. It gets an error when it writes here.',
  });
  const root = el('div', { class: 'composer' }, form, startButton, blocked);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submitNow();
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void submitNow();
    }
    if (event.key === 'Escape') clear();
  });
  field.addEventListener('input', grow);
  file.addEventListener('change', showAbout);

  async function submitNow() {
    const text = field.value.trim();
    const chosen = file.files[0];
    if (text === '' && !chosen) return;
    const ok = editing
      ? await saveEdit(editing.message_id, text)
      : await send({ text: text === '' ? undefined : text, file: chosen, replyTo: replyTo?.message_id });
    if (ok) clear();
    field.focus();
  }

  function clear() {
    replyTo = undefined;
    editing = undefined;
    field.value = '';
    file.value = '';
    showAbout();
    grow();
  }

  function grow() {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 140)}px`;
  }

  function showAbout() {
    const chosen = file.files[0];
    const text = editing
      ? 'Editing your message'
      : [replyTo && `Replying to “${summary(replyTo)}”`, chosen && `Attached: ${chosen.name}`]
          .filter(Boolean)
          .join(' · ');
    about.hidden = text === '';
    about.replaceChildren(
      el('span', { text }),
      el('button', { type: 'button', class: 'plain', text: 'Cancel', onclick: clear }),
    );
    submit.textContent = editing ? 'Save' : 'Send';
  }

  return {
    root,
    clear,
    setMode(mode) {
      form.hidden = mode !== 'open';
      startButton.hidden = mode !== 'start';
      blocked.hidden = mode !== 'blocked';
    },
    reply(message) {
      editing = undefined;
      replyTo = message;
      showAbout();
      field.focus();
    },
    edit(message) {
      replyTo = undefined;
      editing = message;
      field.value = message.text ?? message.caption ?? '';
      showAbout();
      grow();
      field.focus();
    },
    insert(text) {
      field.value = text;
      grow();
      field.focus();
    },
  };
}
