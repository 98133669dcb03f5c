import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Api } from 'grammy';
import { pino } from 'pino';
import { createArchiveActivities } from '../../activities/archive.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { openTranscript, type TranscriptEntry } from '../../src/acts/transcript.ts';
import { createArchiveReader } from '../../src/main/archive-reader.ts';
import { createFileFetcher } from '../../src/telegram/files.ts';
import { until } from '../support/until.ts';
import { phonesOf, settled, type Phones, type Seen } from './play.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let phones: Phones;
let anna: number;

before(async () => {
  at = await createDeskStage({ language: 'en' });
  phones = phonesOf(at);
  ({ anna } = at.people);
});
after(() => at.stop());

const place = { latitude: 52.52, longitude: 13.405 };
const user = { id: 5_555_000_001, is_bot: false, first_name: 'Zeph' };

/** Files of every kind, by the kind they arrive as. */
const FILES = {
  photo: { name: 'dent.png', type: 'image/png' },
  document: { name: 'receipt.pdf', type: 'application/pdf' },
  video: { name: 'clip.mp4', type: 'video/mp4' },
  audio: { name: 'song.mp3', type: 'audio/mpeg' },
  voice: { name: 'voice.ogg', type: 'audio/ogg' },
  animation: { name: 'laugh.gif', type: 'image/gif' },
  video_note: { name: 'round.mp4', type: 'video/mp4' },
  sticker: { name: 'cat.webp', type: 'image/webp' },
} as const;

/** What is neither text nor file, as Telegram sends it, and what shows in the topic. */
const CONTENTS: Record<string, { content: object; shows: (message: Seen) => unknown }> = {
  location: { content: { location: place }, shows: ({ location, venue }) => location && !venue },
  venue: {
    content: { venue: { location: place, title: 'Our shop', address: 'Main street 1' }, location: place },
    shows: ({ venue }) => venue?.title === 'Our shop',
  },
  contact: {
    content: { contact: { phone_number: '+49151', first_name: 'Zeph', user_id: user.id } },
    shows: ({ contact }) => contact?.phone_number === '+49151',
  },
  poll: {
    content: {
      poll: {
        ...{ id: '1', question: 'Which?', total_voter_count: 0, is_closed: false, is_anonymous: true },
        ...{ type: 'regular', allows_multiple_answers: false },
        options: [{ persistent_id: '0', text: 'red', voter_count: 0 }],
      },
    },
    shows: ({ poll }) => poll?.question === 'Which?',
  },
  dice: { content: { dice: { emoji: '🎲', value: 4 } }, shows: ({ dice }) => dice?.value === 4 },
  story: {
    content: { story: { id: 3, chat: { id: user.id, type: 'private', first_name: 'Zeph' } } },
    shows: ({ text }) => /\(story\)/.test(text ?? ''),
  },
  checklist: {
    content: { checklist: { title: 'To do', tasks: [{ id: 1, text: 'call back' }] } },
    shows: ({ text }) => /\(checklist\)/.test(text ?? ''),
  },
  paid_media: {
    content: { paid_media: { star_count: 5, paid_media: [{ type: 'preview', duration: 3 }] } },
    shows: ({ text }) => /\(paid media\)/.test(text ?? ''),
  },
  holographic_greeting: {
    content: { holographic_greeting: { depth: 3 } },
    shows: ({ text }) => /\(holographic greeting\)/.test(text ?? ''),
  },
};

describe('what a customer sends reaches the topic', () => {
  it('text with its entities', async () => {
    const text = 'see https://example.org and /help';
    await phones.send(anna, { text });
    const { entities } = await phones.inTopic('the text', (message) => message.text === text);
    assert.deepEqual(
      entities?.map(({ type }) => type),
      ['url', 'bot_command'],
    );
  });

  for (const [kind, file] of Object.entries(FILES))
    it(`a file of kind ${kind}`, async () => {
      const bytes = Buffer.from(`the bytes of a ${kind}`);
      await phones.sendFile(anna, { ...file, bytes, as: kind });
      await phones.inTopic(`the ${kind}`, (message) => message[kind as 'photo']);
    });

  for (const [kind, { content, shows }] of Object.entries(CONTENTS))
    it(`a ${kind}, or word of it`, async () => {
      await phones.send(anna, { content });
      await phones.inTopic(`the ${kind}`, shows);
    });

  it('an album, whole and in order', async () => {
    await phones.album(anna, ['one.png', 'two.png', 'three.png'], 'three views');
    const first = await phones.inTopic('the album', ({ caption }) => caption === 'three views');
    assert.ok(first.media_group_id);
    await settled(at);
    const parts = (await phones.topic()).filter(
      ({ media_group_id: group }) => group === first.media_group_id,
    );
    assert.equal(parts.length, 3);
    const rows = await at.db
      .selectFrom('message')
      .select('staff_message_id')
      .where('album', 'is not', null)
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      rows.map((row) => row.staff_message_id),
      parts.map(({ message_id: id }) => id),
    );
  });

  it('a live location, as it moves and when it ends', async () => {
    const live = (latitude: number) => ({ location: { ...place, latitude, live_period: 900 } });
    const { message_id: messageId } = await phones.send(anna, { content: live(50) });
    const copy = await phones.inTopic(
      'it',
      ({ location }) => location?.live_period && location.latitude === 50,
    );
    await phones.post(`${anna}/edit`, { messageId, content: live(51) });
    const isCopy = (message: Seen) => message.message_id === copy.message_id;
    await phones.inTopic('the move', (message) => isCopy(message) && message.location?.latitude === 51);
    await phones.post(`${anna}/edit`, { messageId, content: { location: { ...place, latitude: 51 } } });
    await phones.inTopic('the end', (message) => isCopy(message) && !message.location?.live_period);
  });

  it('a picture that is replaced, of which both are kept', async () => {
    const bytes = Buffer.from('first view');
    const sent = await phones.sendFile(anna, { ...FILES.photo, bytes, text: 'a view' });
    const other = await phones.sendFile(anna, { ...FILES.photo, bytes: Buffer.from('second view') });
    const copy = await phones.inTopic('the view', ({ caption }) => caption === 'a view');
    const content = { photo: other.photo, caption: 'a better view' };
    await phones.post(`${anna}/edit`, { messageId: sent.message_id, text: 'a better view', content });
    const shown = await phones.inTopic('the new one', ({ caption }) => caption?.startsWith('a better view'));
    assert.equal(shown.message_id, copy.message_id);
    assert.equal(shown.photo?.[0]?.file_id, other.photo?.[0]?.file_id);
    const files = await at.db
      .selectFrom('attachment')
      .innerJoin('message', 'message.id', 'attachment.message_id')
      .select('attachment.id')
      .where('message.telegram_message_id', '=', sent.message_id)
      .execute();
    assert.equal(files.length, 2);
  });

  it('a forward, a reply and a quote, on the right message', async () => {
    const origin = { type: 'user', date: 1, sender_user: user };
    await phones.send(anna, { text: 'forwarded words', content: { forward_origin: origin } });
    const first = await phones.send(anna, { text: 'it cost 12 euros' });
    await phones.send(anna, { text: 'I meant this', replyTo: first.message_id, quote: '12 euros' });
    const reply = await phones.inTopic('the reply', ({ text }) => text === 'I meant this');
    assert.equal(reply.reply_to_message?.text, 'it cost 12 euros');
    await phones.inTopic('the forward', ({ text }) => text === 'forwarded words');
  });

  it('a reaction, on the copy of the message', async () => {
    const answer = { chatId: at.staffChat, threadId: phones.topicId(), text: 'Solved?' };
    const asked = await phones.send(at.people.agent, answer);
    const got = await phones.inChat(anna, anna, 'the answer', ({ text }) => text === 'Solved?');
    await phones.post(`${anna}/react`, { messageId: got.message_id, emoji: '👍' });
    await phones.inTopic(
      'the reaction',
      ({ message_id: id, reactions }) => id === asked.message_id && reactions.length,
    );
    await phones.post(`${anna}/react`, { messageId: got.message_id });
    await phones.inTopic(
      'none',
      ({ message_id: id, reactions }) => id === asked.message_id && !reactions.length,
    );
  });

  it('a file that is too large to be kept, of which both are told', async () => {
    const bytes = Buffer.alloc(20 * 1024 * 1024 + 1, 'x');
    await phones.sendFile(anna, { ...FILES.document, bytes, text: 'the whole film' });
    await phones.inTopic('the note', ({ text }) => /will not be in the archive/.test(text ?? ''));
    await phones.inChat(anna, anna, 'the note', ({ text }) => /cannot be kept/.test(text ?? ''));
  });
});

describe('what staff send reaches the customer', () => {
  const toCustomer = () => ({ chatId: at.staffChat, threadId: phones.topicId() });
  for (const [kind, file] of Object.entries(FILES))
    it(`a file of kind ${kind}`, async () => {
      const bytes = Buffer.from(`an answer as ${kind}`);
      const sent = await phones.sendFile(at.people.agent, { ...file, ...toCustomer(), bytes, as: kind });
      const id = fileIdOf(sent, kind);
      await phones.inChat(
        anna,
        anna,
        kind,
        (message) => message.from?.is_bot && fileIdOf(message, kind) === id,
      );
    });

  it('places, and a reply to the message it answers', async () => {
    const copy = await phones.inTopic('a question', ({ text }) => text === 'it cost 12 euros');
    const content = { location: { ...place, latitude: 48 } };
    await phones.send(at.people.agent, { ...toCustomer(), content, replyTo: copy.message_id });
    const got = await phones.inChat(anna, anna, 'it', ({ location }) => location?.latitude === 48);
    assert.equal(got.reply_to_message?.text, 'it cost 12 euros');
  });

  it('a poll, whose answer comes back', async () => {
    const poll = {
      ...{ id: '2', question: 'Happy?', total_voter_count: 0, is_closed: false, is_anonymous: true },
      ...{ type: 'regular', allows_multiple_answers: false },
      options: ['yes', 'no'].map((text, id) => ({ persistent_id: `${id}`, text, voter_count: 0 })),
    };
    await phones.send(at.people.agent, { ...toCustomer(), content: { poll } });
    const got = await phones.inChat(anna, anna, 'the poll', (message) => message.poll?.question === 'Happy?');
    await phones.post(`${anna}/vote`, { messageId: got.message_id, options: [1] });
    await phones.inTopic('the answer', ({ text }) => text === 'Answer to the poll: option 2');
  });

  it('a reaction, on their own message', async () => {
    const copy = await phones.inTopic('a question', ({ text }) => text === 'it cost 12 euros');
    const where = { chatId: at.staffChat, messageId: copy.message_id };
    await phones.post(`${at.people.agent}/react`, { ...where, emoji: '❤' });
    const bot = ({ userId }: { userId: number }) => userId === at.botId;
    await phones.inChat(
      anna,
      anna,
      'it',
      ({ text, reactions }) => /12 euros/.test(text ?? '') && reactions.some(bot),
    );
  });
});

function fileIdOf(message: object, kind: string): unknown {
  const file = (message as Record<string, { file_id?: string } | { file_id?: string }[] | undefined>)[kind];
  return Array.isArray(file) ? file.at(-1)?.file_id : file?.file_id;
}

describe('every kind of message', () => {
  it('is archived and given back as it was, with the bytes of its files', async () => {
    await settled(at);
    const { id: sessionId } = await at.db.selectFrom('session').select('id').executeTakeFirstOrThrow();
    const before = await transcript(sessionId);
    const actor = { kind: 'staff', id: 'agent-1', role: 'agent' } as const;
    await at.acts.closeSession({ sessionId, reason: 'agent', actor, now: new Date() });
    await archive(sessionId);
    const after = await transcript(sessionId);
    const kinds = new Set(after.map(({ kind }) => kind));
    const expected = [...Object.keys(FILES), ...Object.keys(CONTENTS), 'text', 'reaction', 'poll_answer'];
    assert.deepEqual(
      expected.filter((kind) => !kinds.has(kind)),
      [],
    );
    assert.deepEqual(byRef(after), byRef(before));
    const missing = after.flatMap(({ attachments }) => attachments).filter((file) => file.missing !== null);
    assert.deepEqual(
      missing.map((file) => file.missing),
      ['too_large'],
    );
  });
});

/** Entries in one order, without what only an archive knows of a file. */
function byRef(entries: readonly TranscriptEntry[]) {
  return entries
    .map(({ attachments, revisions, ...entry }) => ({
      ...entry,
      revisions: revisions.map(({ at: when, content }) => ({
        at: when.toISOString(),
        content: named(content),
      })),
      files: attachments.map(({ kind, size, fileName }) => ({ kind, size, fileName })),
    }))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** A reference to another person is given back with their name. */
function named(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) => {
    const fields = one as { ref?: string; name?: string } | null;
    return fields?.ref && fields.name ? { ref: fields.ref } : one;
  });
}

async function transcript(sessionId: string) {
  const stores = { of: () => Promise.resolve(at.store), at: () => Promise.resolve(at.store) };
  const reader = { actor: { kind: 'operator', id: 'test' }, roles: [] } as const;
  const act = { sessionId, reader, reason: 'test', now: new Date() };
  const { entries } = await openTranscript(at, {
    ...act,
    openArchive: createArchiveReader({ ...at, stores }),
  });
  return [...entries];
}

async function archive(sessionId: string): Promise<void> {
  const stores = { of: () => Promise.resolve(at.store), at: () => Promise.resolve(at.store) };
  const api = new Api(at.token, { apiRoot: at.sandbox.apiRoot });
  const deps = {
    ...{ ...at, stores, log: pino({ level: 'silent' }), reached: () => undefined },
    fetchAttachment: createFileFetcher(() => ({ api, token: at.token, root: at.sandbox.apiRoot })),
  } as unknown as ActivityDeps;
  const step = { sessionId, now: Date.now() + 86_400_000 };
  await new MockActivityEnvironment().run(() => createArchiveActivities(deps).archiveSession(step));
  await until('the session to be archived', async () => {
    const row = await at.db
      .selectFrom('session')
      .select('phase')
      .where('id', '=', sessionId)
      .executeTakeFirst();
    return row?.phase === 'archived';
  });
}
