import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createExportReader, type ExportItem } from '../../src/acts/import/read-export.ts';
import { account, chat, message } from './import-fixture.ts';

function readAll(text: string, cuts: readonly number[] = []): { items: ExportItem[]; complete: boolean } {
  const reader = createExportReader();
  const ends = [...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
  let from = 0;
  const items = ends.flatMap((end) => {
    const found = reader.read(text.slice(from, end));
    from = end;
    return found;
  });
  return { items, complete: reader.isComplete() };
}

const DATE = '2024-03-01T10:00:00Z';
const whole = account(
  [chat([message(1, DATE), message(2, DATE, { text: 'a "quoted" \\ } ] 🙂' })])],
  [chat([message(1, DATE)], { id: 9 })],
);

describe('reading an export', () => {
  it('finds the account, each chat with its own fields, and each message as it came', () => {
    const { items, complete } = readAll(JSON.stringify(whole, null, 1));
    assert.equal(complete, true);
    assert.deepEqual(
      items.map((item) => item.part),
      ['account', 'chats', 'chat', 'message', 'message', 'chat-end', 'chats', 'chat', 'message', 'chat-end'],
    );
    assert.deepEqual(items[2], {
      part: 'chat',
      alone: false,
      header: { name: 'Ann Example', type: 'personal_chat', id: 4242 },
    });
    assert.deepEqual(items[4], {
      part: 'message',
      value: message(2, DATE, { text: 'a "quoted" \\ } ] 🙂' }),
    });
  });

  it('reads the export of one chat', () => {
    const { items } = readAll(JSON.stringify(chat([message(1, DATE)])));
    assert.deepEqual(
      items.map((item) => item.part),
      ['chat', 'message', 'chat-end'],
    );
  });

  it('passes over all else an account export holds', () => {
    const { items } = readAll(
      JSON.stringify({ contacts: { list: [{ id: 1, messages: [1] }] }, sessions: { list: [] }, ...whole }),
    );
    assert.equal(items.filter((item) => item.part === 'message').length, 3);
  });

  it('finds the same however the text is cut into pieces', () => {
    const text = JSON.stringify(whole, null, 1);
    const expected = readAll(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
        assert.deepEqual(readAll(text, cuts), expected);
      }),
    );
  });

  it('knows at every place that the rest is missing', () => {
    const text = JSON.stringify(chat([message(1, DATE), message(2, DATE)]));
    for (let end = 0; end < text.length; end++) assert.equal(readAll(text.slice(0, end)).complete, false);
  });

  it('refuses what is no JSON without quoting it', () => {
    assert.throws(
      () => readAll('{"messages": [Ann]}'),
      (error: Error) => !error.message.includes('Ann'),
    );
  });
});
