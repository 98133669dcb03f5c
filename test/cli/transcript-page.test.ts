import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transcript, TranscriptEntry } from '../../src/acts/transcript.ts';
import { transcriptPage } from '../../src/cli/transcript-page.ts';

const at = new Date('2026-01-02T03:04:05Z');

function entry(kind: string, text: string): TranscriptEntry {
  return {
    ...{ ref: text, subjectId: 's', kind, author: { role: 'agent', ref: null }, replyTo: null },
    revisions: [{ at, content: { text } }],
    attachments: [],
  };
}

describe('a transcript', () => {
  it('marks what staff wrote for each other, so that nobody takes it for an answer', async () => {
    const transcript = {
      life: { sessionId: 'x', timeZone: 'UTC', tags: [], openedAt: at },
      entries: [entry('text', 'answered'), entry('note', 'noted')],
      ...{ erasedPersons: 0, audit: { seq: 1, opId: 'o', actor: 'cli:test', reason: 'dispute' } },
    } as unknown as Transcript;
    const page = String(await transcriptPage(transcript, at));
    assert.match(page, /<li id="answered" class="agent">\s*<p class="head">\s*agent/);
    assert.match(page, /<li id="noted" class="note">\s*<p class="head">\s*note by agent/);
  });
});
