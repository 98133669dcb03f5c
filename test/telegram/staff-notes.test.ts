import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportEntry } from '../../src/export/entry.ts';
import { handedOut } from '../../src/telegram/notes-export.ts';
import { NOTE, withoutMark } from '../../src/telegram/notes.ts';
import { createTexts } from '../../src/telegram/texts.ts';

describe('the mark of a note', () => {
  for (const text of ['/note calls back', '// calls back', '//calls back', '/NOTE@shop_bot calls back'])
    it(`is taken off ${JSON.stringify(text)}`, () => {
      assert.ok(NOTE.test(text));
      assert.deepEqual(withoutMark({ text }), { text: 'calls back' });
    });

  for (const text of ['/notes calls back', 'https://example.org', 'see // there', '/ note'])
    it(`is not seen in ${JSON.stringify(text)}`, () => assert.ok(!NOTE.test(text)));

  it('goes with its own entities, and the others move along', () => {
    const entities = [
      { type: 'bot_command', offset: 0, length: 5 },
      { type: 'bold', offset: 6, length: 5 },
    ];
    assert.deepEqual(withoutMark({ text: '/note calls back', entities }), {
      text: 'calls back',
      entities: [{ type: 'bold', offset: 0, length: 5 }],
    });
  });
});

describe('a note in what a customer gets of their data', () => {
  it('is there with its dates, and without its words and files', () => {
    const at = new Date('2026-01-02T03:04:05Z');
    const note: ExportEntry = {
      ...{ ref: 'r', kind: 'note', role: 'agent', replyTo: null },
      revisions: [{ at, content: { text: 'secret' } }],
      attachments: [{ kind: 'document', sizeBytes: 1, fileName: 'secret.pdf' }],
    };
    const given = handedOut(createTexts().speech(['en'], 'UTC'), note);
    assert.ok(!JSON.stringify(given).includes('secret'));
    assert.deepEqual(given.revisions[0]?.at, at);
    assert.match(given.revisions[0]?.content.text ?? '', /^An internal note/);
  });
});
