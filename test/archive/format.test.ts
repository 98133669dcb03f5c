import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readArchive, writeArchive } from '../../src/archive/format.ts';
import type { ArchivedMessage, NewArchiveHeader } from '../../src/archive/lines.ts';
import { archiveContext, archiveName, attachmentName, sessionPrefix } from '../../src/archive/names.ts';
import { openStream, sealStream } from '../../src/vault/sealed-stream.ts';
import { all } from './all.ts';

const CANARY = 'canary-7f3a';
const key = { id: randomUUID(), bytes: randomBytes(32) };
const keys = { keyById: () => Promise.resolve(key) };
const place = { project: 'support', session: randomUUID(), subject: randomUUID() };
const context = archiveContext(place);
const seal = sealStream(key, context);
const open = openStream(keys, context);

const header: NewArchiveHeader = {
  ...place,
  kind: 'private',
  openedAt: '2026-03-01T10:00:00.000Z',
  closedAt: '2026-03-02T10:00:00.000Z',
  closedBy: 'agent',
  tags: ['refund'],
};

function message(text = 'Hello', more: object = {}): ArchivedMessage {
  return {
    type: 'message',
    ref: randomUUID(),
    author: { role: 'customer', ref: place.subject },
    revisions: [{ revision: 1, at: '2026-03-01T10:00:00.000Z', content: { text } }],
    attachments: [],
    ...more,
  };
}

async function* stream<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

async function write(messages: Iterable<ArchivedMessage>) {
  const { body, done } = writeArchive({ header, messages: stream(messages), seal });
  const sealed = await buffer(body);
  return { sealed, facts: await done };
}

const read = (sealed: Buffer, expected = {}) => all(readArchive({ body: stream([sealed]), open, expected }));
/** What some other writer, or a faulty one, might have sealed. */
const sealedLines = (text: string) => buffer(seal(stream([gzipSync(text)])));
const damaged = (what: RegExp) => ({ code: 'archive_damaged', message: what });

describe('archive object', () => {
  it('reads back as it was written: header, messages in order, footer', async () => {
    const messages = [message('one'), message('two', { replyTo: 'the first' }), message('three')];
    const { sealed, facts } = await write(messages);
    const [first, ...rest] = await read(sealed, facts);
    const footer = rest.pop();
    assert.deepEqual(first, { type: 'header', schema: 'telegram-retention/archive', version: 1, ...header });
    assert.deepEqual(rest, messages);
    assert.deepEqual(footer, { type: 'footer', counts: { messages: 3, revisions: 3, attachments: 0 } });
  });

  it('keeps any text and every field it does not know', async () => {
    const unknown = fc.dictionary(fc.constantFrom('later', 'x-extra', 'views'), fc.jsonValue());
    const revision = fc.tuple(fc.string({ unit: 'binary' }), unknown).map(([text, more]) => ({
      at: '2026-03-01T10:00:00Z',
      content: { ...more, text: text.toWellFormed() },
    }));
    const anyMessage = fc
      .tuple(fc.array(revision, { minLength: 1, maxLength: 3 }), unknown)
      .map(([revisions, more]) =>
        message('', { ...more, revisions: revisions.map((one, at) => ({ ...one, revision: at + 1, more })) }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage), async (messages) => {
        const { sealed, facts } = await write(messages);
        const lines = await read(sealed, facts);
        // What JSON cannot tell apart, such as 0 and -0, is not asked of it.
        assert.deepEqual(lines.slice(1, -1), JSON.parse(JSON.stringify(messages)));
      }),
      { numRuns: 50 },
    );
    const lineBreaks = message('a\u2028b\u2029c\r\nd\u0085e\ne');
    assert.deepEqual((await read((await write([lineBreaks])).sealed))[1], lineBreaks);
  });

  it('says what it came to: counts, hashes of both forms, size', async () => {
    const attachments = [
      {
        id: randomUUID(),
        kind: 'photo',
        size: 5,
        object: attachmentName({ ...place, attachment: randomUUID() }, 1),
      },
      { id: randomUUID(), kind: 'video', reason: 'too-large' },
    ];
    const edited = message('x', {
      attachments,
      revisions: [1, 2, 3].map((revision) => ({ revision, at: '2026-03-01T10:00:00Z', content: {} })),
    });
    const { sealed, facts } = await write([edited, message()]);
    const jsonl = gunzipSync(await buffer(open(stream([sealed]))));
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual(facts, {
      counts: { messages: 2, revisions: 4, attachments: 2 },
      sha256: sha256(sealed),
      contentSha256: sha256(jsonl),
      size: sealed.length,
    });
    assert.equal(jsonl.toString().split('\n').length, 5);
  });

  it('holds nothing in clear', async () => {
    const { sealed } = await write([message(CANARY)]);
    assert.equal(sealed.indexOf(CANARY), -1);
    assert.equal(sealed.indexOf(place.subject), -1);
  });

  it('is refused when it was cut before it was sealed', async () => {
    const { sealed } = await write([message(), message()]);
    const jsonl = gunzipSync(await buffer(open(stream([sealed])))).toString();
    const lines = jsonl.split('\n');
    const footer = lines[3] ?? '';
    const variants: [string, RegExp][] = [
      [lines.slice(0, 3).join('\n') + '\n', /footer is missing/],
      [jsonl.slice(0, -1), /last line is cut/],
      [jsonl.slice(0, -20), /last line is cut/],
      [[lines[0], lines[1], footer, ''].join('\n'), /holds 1 messages, the footer says 2/],
      [jsonl + lines[1] + '\n', /goes on after its footer/],
      [[...lines.slice(1), ''].join('\n'), /first line/],
      [jsonl.replace('"type":"message"', '"type":"massage"'), /neither message nor footer/],
      [jsonl.replace('{', ''), /not JSON/],
      ['', /footer is missing/],
      [jsonl.replace('telegram-retention/archive', 'another/schema'), /first line/],
    ];
    for (const [text, what] of variants) await assert.rejects(read(await sealedLines(text)), damaged(what));
    const unpacked = await buffer(seal(stream([Buffer.from(jsonl)])));
    await assert.rejects(read(unpacked), damaged(/does not unpack/));
    const half = await buffer(seal(stream([gzipSync(jsonl).subarray(0, -12)])));
    await assert.rejects(read(half), damaged(/does not unpack/));
  });

  it('is refused when it is not the one that was recorded', async () => {
    const { sealed, facts } = await write([message()]);
    await read(sealed, facts);
    const other = 'ab'.repeat(32);
    await assert.rejects(read(sealed, { ...facts, sha256: other }), damaged(/sealed bytes/));
    await assert.rejects(read(sealed, { ...facts, contentSha256: other }), damaged(/contents/));
    await assert.rejects(
      read(sealed, { counts: { ...facts.counts, revisions: 9 } }),
      damaged(/manifest says 9/),
    );
  });

  it('of a newer version is refused with what to do, not called damaged', async () => {
    const { sealed } = await write([]);
    const jsonl = gunzipSync(await buffer(open(stream([sealed])))).toString();
    const newer = await sealedLines(jsonl.replace('"version":1', '"version":2'));
    await assert.rejects(read(newer), { code: 'input_invalid', message: /version 2.*newer/ });
  });

  it('is never written with what could not be read again, and no error quotes a message', async () => {
    const bad = [
      message(CANARY, { revisions: [] }),
      message(CANARY, { author: { role: CANARY } }),
      message(CANARY, {
        revisions: [2, 1].map((revision) => ({ revision, at: header.openedAt, content: { text: CANARY } })),
      }),
      message(CANARY, { revisions: [{ revision: 1, at: CANARY, content: { text: CANARY } }] }),
      message(CANARY, { attachments: [{ id: randomUUID(), kind: CANARY, object: 'a', reason: CANARY }] }),
      message(CANARY, { attachments: [{ id: randomUUID(), kind: CANARY }] }),
    ];
    const errors: unknown[] = [];
    for (const one of bad) {
      const failure: unknown = await write([one]).catch((error: unknown) => error);
      assert.equal((failure as { code: string }).code, 'input_invalid');
      errors.push(failure);
    }
    const torn = await sealedLines(`{"type":"header","schema":"${CANARY}"}\n{"${CANARY}`);
    errors.push(await read(torn).catch((error: unknown) => error));
    const notJson = await sealedLines(`${CANARY}\n`);
    errors.push(await read(notJson).catch((error: unknown) => error));
    for (const error of errors as Error[]) {
      assert.ok(error instanceof Error);
      assert.ok(!`${error.message} ${error.stack} ${String(error.cause)}`.includes(CANARY));
    }
  });

  it('passes on the error that broke its messages off, to its reader and to who waits for the facts', async () => {
    async function* messages(): AsyncGenerator<ArchivedMessage> {
      yield await Promise.resolve(message());
      throw new RangeError('the rows went away');
    }
    const { body, done } = writeArchive({ header, messages: messages(), seal });
    await assert.rejects(buffer(body), { message: 'the rows went away' });
    await assert.rejects(done, { message: 'the rows went away' });
  });

  it('never gives facts of a body that was not read to its end', async () => {
    const { body, done } = writeArchive({ header, messages: stream([message()]), seal });
    for await (const _ of body) break;
    await assert.rejects(done, { code: 'store_unavailable' });
  });

  it('takes messages only as fast as its body is read, and gives them as fast as they are asked for', async () => {
    let taken = 0;
    async function* messages(): AsyncGenerator<ArchivedMessage> {
      for (; taken < 10_000; taken++) yield await Promise.resolve(message(randomBytes(2000).toString('hex')));
    }
    const { body } = writeArchive({ header, messages: messages(), seal });
    let given = 0;
    let furthest = 0;
    for await (const line of readArchive({ body, open })) {
      if (line.type === 'message') given++;
      furthest = Math.max(furthest, taken - given);
    }
    assert.equal(given, 10_000);
    // 40 MB pass through; the buffers of gzip and of the frames on both sides hold a few.
    assert.ok(furthest < 1000, `${furthest} messages were on the way at once`);
  });
});

describe('names of archive objects', () => {
  it('hold opaque ids and nothing else', () => {
    assert.equal(archiveName(place, 2), `support/${place.session}/${place.subject}.2.jsonl.gz.sealed`);
    assert.equal(
      attachmentName({ ...place, attachment: place.subject }, 2),
      `support/${place.session}/${place.subject}.2.sealed`,
    );
    assert.equal(sessionPrefix(place), `support/${place.session}/`);
  });

  it('are refused for what is no opaque id, without repeating it', () => {
    for (const subject of ['123456789', '', '../x', place.subject.toUpperCase()]) {
      assert.throws(
        () => archiveName({ ...place, subject }, 1),
        (error: Error & { code: string }) =>
          error.code === 'input_invalid' && (subject === '' || !error.message.includes(subject)),
      );
    }
    assert.throws(() => archiveName({ ...place, project: 'a/b' }, 1), { code: 'input_invalid' });
  });
});

describe('docs/archive-format.md', () => {
  it('shows a worked example that opens', async () => {
    const page = await readFile(new URL('../../docs/archive-format.md', import.meta.url), 'utf8');
    const given = (name: string) =>
      new RegExp(`^${name}: +(\\S+)$`, 'm').exec(page)?.[1] ?? assert.fail(name);
    const example = {
      key: { id: given('key id'), bytes: Buffer.from(given('data key'), 'hex') },
      context: given('context'),
      sealed: Buffer.from((/```base64\n([^`]+)```/.exec(page)?.[1] ?? '').replaceAll('\n', ''), 'base64'),
      jsonl: /```jsonl\n([^`]+)```/.exec(page)?.[1] ?? '',
    };
    const transform = openStream({ keyById: () => Promise.resolve(example.key) }, example.context);
    const expected = { sha256: given('sha256'), contentSha256: given('content sha256') };
    const lines = await all(readArchive({ body: stream([example.sealed]), open: transform, expected }));
    assert.deepEqual(
      lines,
      example.jsonl
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    );
    assert.equal(createHash('sha256').update(example.jsonl).digest('hex'), given('content sha256'));
  });
});
