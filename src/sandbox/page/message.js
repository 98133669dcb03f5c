/* global document */

/** An element with attributes, `on…` listeners, `text`, and children; strings become text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

const TAGS = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  spoiler: 'span',
  bot_command: 'span',
  mention: 'span',
  hashtag: 'span',
};

/** Text with Telegram's entities, which count in UTF-16 units as JavaScript does. */
export function formatted(text, entities = []) {
  const parts = [];
  let at = 0;
  for (const entity of [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)) {
    if (entity.offset < at) continue;
    parts.push(text.slice(at, entity.offset));
    const end = entity.offset + entity.length;
    const inner = entities
      .filter((e) => e !== entity && e.offset >= entity.offset && e.offset + e.length <= end)
      .filter(
        (e) =>
          e.length < entity.length ||
          e.offset > entity.offset ||
          entities.indexOf(e) > entities.indexOf(entity),
      )
      .map((e) => ({ ...e, offset: e.offset - entity.offset }));
    parts.push(marked(entity, text.slice(entity.offset, end), inner));
    at = end;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== '');
}

function marked(entity, text, inner) {
  const href = entity.type === 'text_link' ? entity.url : text;
  if ((entity.type === 'url' || entity.type === 'text_link') && /^https?:/.test(href)) {
    return el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...formatted(text, inner));
  }
  return el(TAGS[entity.type] ?? 'span', { class: `e-${entity.type}` }, ...formatted(text, inner));
}

/** The words of a service notice; undefined for an ordinary message. */
export function notice(message) {
  const who = message.from?.first_name ?? 'Someone';
  if (message.forum_topic_created) return `${who} opened the topic “${message.forum_topic_created.name}”`;
  if (message.forum_topic_edited)
    return `${who} renamed the topic to “${message.forum_topic_edited.name ?? ''}”`;
  if (message.forum_topic_closed) return `${who} closed the topic`;
  if (message.forum_topic_reopened) return `${who} reopened the topic`;
  if (message.pinned_message) return `${who} pinned “${summary(message.pinned_message)}”`;
  return undefined;
}

export function summary(message) {
  const text = message.text ?? message.caption ?? message.document?.file_name ?? 'a file';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** One message as a list item. `actions` are what the looking person can do with it. */
export function messageItem(message, { viewerId, group, actions }) {
  const said = notice(message);
  if (said !== undefined) return el('li', { class: 'notice', text: said });
  const mine = message.from?.id === viewerId;
  const reply = message.reply_to_message;
  const body = el(
    'div',
    { class: 'bubble' },
    ...(group && !mine ? [el('strong', { class: 'sender', text: fullName(message.from) })] : []),
    ...(message.forward_origin
      ? [
          el('em', {
            class: 'forwarded',
            text: `Forwarded from ${fullName(message.forward_origin.sender_user)}`,
          }),
        ]
      : []),
    ...(reply && !reply.forum_topic_created
      ? [el('blockquote', { class: 'answered', text: summary(reply) })]
      : []),
    ...media(message, viewerId),
    ...textOf(message),
    el('footer', {}, ...(message.edit_date ? ['edited '] : []), el('span', { text: timeOf(message.date) })),
  );
  return el(
    'li',
    { class: mine ? 'mine' : 'theirs' },
    body,
    keyboard(message, actions),
    reactions(message, viewerId, actions),
    tools(message, mine, actions),
  );
}

function textOf(message) {
  const text = message.text ?? message.caption;
  if (text === undefined) return [];
  return [el('p', {}, ...formatted(text, message.entities ?? message.caption_entities))];
}

function media(message, viewerId) {
  const file =
    message.photo?.at(-1) ??
    message.document ??
    message.video ??
    message.audio ??
    message.voice ??
    message.sticker;
  if (!file) return [];
  const href = `/play/${viewerId}/files/${encodeURIComponent(file.file_id)}`;
  if (message.photo || message.sticker) return [el('img', { src: href, alt: 'Picture', loading: 'lazy' })];
  const name = file.file_name ?? 'Voice message';
  return [
    el(
      'a',
      { class: 'file', href, download: name },
      el('span', { text: name }),
      el('small', { text: sizeOf(file.file_size) }),
    ),
  ];
}

function keyboard(message, { press }) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (rows.length === 0) return '';
  const button = (b) =>
    b.url !== undefined && /^https?:/.test(b.url)
      ? el('a', { class: 'key', href: b.url, target: '_blank', rel: 'noopener noreferrer', text: b.text })
      : el('button', {
          type: 'button',
          class: 'key',
          text: b.text,
          disabled: b.callback_data === undefined,
          'data-focus': `${message.message_id}/${b.callback_data}`,
          onclick: () => press(message.message_id, b.callback_data),
        });
  return el('div', { class: 'keyboard' }, ...rows.map((row) => el('div', {}, ...row.map(button))));
}

function reactions(message, viewerId, { react }) {
  if (message.reactions.length === 0) return '';
  return el(
    'div',
    { class: 'reactions' },
    ...message.reactions.flatMap((r) =>
      r.emoji.map((emoji) =>
        r.userId === viewerId
          ? el('button', {
              type: 'button',
              text: emoji,
              title: 'Take back',
              onclick: () => react(message.message_id),
            })
          : el('span', { text: emoji }),
      ),
    ),
  );
}

function tools(message, mine, { edit, reply, react }) {
  const tool = (text, onclick) =>
    el('button', {
      type: 'button',
      class: 'plain',
      text,
      'data-focus': `${message.message_id}/${text}`,
      onclick,
    });
  return el(
    'div',
    { class: 'tools' },
    tool('Reply', () => reply(message)),
    ...(mine && (message.text ?? message.caption) !== undefined ? [tool('Edit', () => edit(message))] : []),
    ...(mine ? [] : [tool('Like', () => react(message.message_id, '👍'))]),
  );
}

export function fullName(user) {
  return [user?.first_name, user?.last_name].filter(Boolean).join(' ') || 'Unknown';
}

function timeOf(unixSeconds) {
  return new Date(unixSeconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

function sizeOf(bytes = 0) {
  return bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
