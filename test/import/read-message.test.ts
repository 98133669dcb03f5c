import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePeer } from '../../src/acts/import/peers.ts';
import { readMessage, type ExportedMessage } from '../../src/acts/import/read-message.ts';
import { message, NOW } from './import-fixture.ts';

const DATE = '2024-03-01T10:00:00Z';

function read(change: Record<string, unknown>): ExportedMessage {
  const found = readMessage(message(1, DATE, change), { timeZone: 'Europe/Berlin', now: NOW });
  assert.ok(!('refused' in found), 'refused');
  return found;
}

function refusal(value: unknown): string | null {
  const found = readMessage(value, { timeZone: 'Europe/Berlin', now: NOW });
  return 'refused' in found ? found.refused : null;
}

describe('a message of an export', () => {
  it('keeps its text with entities in the terms of the Bot API', () => {
    const { content } = read({
      text: [
        'see ',
        { type: 'text_link', text: 'here', href: 'https://example.org' },
        '🙂 ',
        { type: 'bold', text: 'now' },
      ],
      text_entities: undefined,
    });
    assert.deepEqual(content, {
      text: 'see here🙂 now',
      entities: [
        { type: 'text_link', url: 'https://example.org', offset: 4, length: 4 },
        { type: 'bold', offset: 11, length: 3 },
      ],
    });
  });

  it('renames the entities that the export names differently', () => {
    const { content } = read({
      text_entities: [
        { type: 'link', text: 'example.org' },
        { type: 'custom_emoji', text: '🙂', document_id: '55' },
        { type: 'mention_name', text: 'Bo', user_id: 9 },
      ],
    });
    assert.deepEqual(content.entities, [
      { type: 'url', offset: 0, length: 11 },
      { type: 'custom_emoji', custom_emoji_id: '55', offset: 11, length: 2 },
      { type: 'text_mention', user_id: 9, offset: 13, length: 2 },
    ]);
  });

  it('describes its file, and keeps where the export put it', () => {
    const found = read({
      file: 'files/a.pdf',
      file_name: 'a.pdf',
      file_size: 12,
      mime_type: 'application/pdf',
      text: '',
      text_entities: [],
    });
    assert.equal(found.kind, 'document');
    assert.deepEqual(found.attachments, [
      { kind: 'document', sizeBytes: 12, content: { fileName: 'a.pdf', mimeType: 'application/pdf' } },
    ]);
    assert.deepEqual(found.content, { extra: { file: 'files/a.pdf' } });
  });

  it('is of the kind that the Bot API would call it', () => {
    const kinds = [
      { photo: 'photos/1.jpg' },
      { file: 'a', media_type: 'voice_message' },
      { file: 'a', media_type: 'video_message' },
      { file: 'a', media_type: 'sticker', sticker_emoji: '🙂' },
      { contact_information: { first_name: 'Bo' } },
      { location_information: { latitude: 1, longitude: 2 }, place_name: 'Café' },
      { location_information: { latitude: 1, longitude: 2 } },
      { poll: { question: '?' } },
      {},
    ].map((fields) => read(fields).kind);
    assert.deepEqual(kinds, [
      'photo',
      'voice',
      'video_note',
      'sticker',
      'contact',
      'venue',
      'location',
      'poll',
      'text',
    ]);
  });

  it('of an unknown type is kept under that name with all its fields', () => {
    const found = read({ type: 'hologram', beam: { colour: 'red' } });
    assert.equal(found.kind, 'hologram');
    assert.deepEqual(found.content.extra, { type: 'hologram', beam: { colour: 'red' } });
    assert.equal(read({ type: 'Ann wrote this' }).kind, 'unknown');
    assert.equal(read({ type: undefined }).kind, 'unknown');
  });

  it('that is a service entry keeps its action', () => {
    const found = read({
      type: 'service',
      from: undefined,
      from_id: undefined,
      actor: 'Bo',
      actor_id: 'user5',
      action: 'migrate_from_group',
      title: 'Old',
      text: '',
      text_entities: [],
    });
    assert.equal(found.kind, 'service');
    assert.equal(found.sender, 5);
    assert.deepEqual(found.content.extra, { type: 'service', action: 'migrate_from_group', title: 'Old' });
  });

  it('reads a date without a zone in the zone of the project', () => {
    const found = read({ date: '2024-03-01T10:00:00', date_unixtime: undefined });
    assert.equal(found.sentAt.toISOString(), '2024-03-01T09:00:00.000Z');
  });

  it('knows when it was edited, and that 1970 means never', () => {
    assert.equal(read({ edited_unixtime: '1709290000' }).editedAt?.toISOString(), '2024-03-01T10:46:40.000Z');
    assert.equal(read({ edited: '1970-01-01T01:00:00' }).editedAt, null);
  });

  it('answers another message, unless that is in another chat', () => {
    assert.equal(read({ reply_to_message_id: 7 }).replyTo, 7);
    const elsewhere = read({ reply_to_message_id: 7, reply_to_peer_id: 'channel9' });
    assert.equal(elsewhere.replyTo, null);
    assert.deepEqual(elsewhere.content.extra, { reply_to_message_id: 7, reply_to_peer_id: 'channel9' });
  });

  it('is refused alone when it cannot be placed', () => {
    const dated = (change: Record<string, unknown>) => refusal({ ...message(1, DATE), ...change });
    assert.deepEqual(
      [
        refusal('text'),
        refusal([1]),
        refusal(null),
        dated({ id: undefined }),
        dated({ id: 'one' }),
        dated({ id: 1.5 }),
        dated({ date: undefined, date_unixtime: undefined }),
        dated({ date_unixtime: 'soon' }),
        dated({ date: 'yesterday', date_unixtime: undefined }),
        dated({ date: '2024-02-31T10:00:00', date_unixtime: undefined }),
        dated({ date: '0001-01-01T00:00:00', date_unixtime: undefined }),
        dated({ date_unixtime: '0' }),
        dated({ date: '2199-01-01T00:00:00', date_unixtime: undefined }),
        refusal({ id: 1, type: 'unsupported' }),
      ],
      [
        ...['not_a_message', 'not_a_message', 'not_a_message', 'id_missing', 'id_missing', 'id_missing'],
        ...[
          'date_missing',
          'date_invalid',
          'date_invalid',
          'date_invalid',
          'date_impossible',
          'date_impossible',
        ],
        ...['date_in_future', 'unsupported'],
      ],
    );
  });
});

describe('a sender', () => {
  it('is one number in the way of the Bot API', () => {
    assert.equal(parsePeer('user123'), 123);
    assert.equal(parsePeer('chat123'), -123);
    assert.equal(parsePeer('channel123'), -1_000_000_000_123);
    assert.equal(parsePeer('someone'), null);
    assert.equal(parsePeer(undefined), null);
  });

  it('of an old export is a bare number that says its kind above 32 bits', () => {
    assert.equal(parsePeer(123), 123);
    assert.equal(parsePeer(4294967296 + 123), -123);
    assert.equal(parsePeer(2 * 4294967296 + 123), -1_000_000_000_123);
  });
});
