import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { signHandOver } from '../../src/audit/checkpoint.ts';
import { createKeyChain } from '../../src/audit/key-chain.ts';
import { EMPTY_ROOT } from '../../src/audit/merkle.ts';
import { createSigningKeys } from '../../src/audit/signing-keys.ts';
import { readOrMakeSecretFile, replaceSecretFile } from '../../src/vault/secret-file.ts';
import { ORIGIN } from './log-fixture.ts';

describe('the keys that sign checkpoints', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signing-keys-'));
  });
  after(() => rm(directory, { recursive: true }));

  const head = { origin: ORIGIN, size: 0, root: EMPTY_ROOT };
  const pathOf = (name: string) => join(directory, name, 'audit-keys.json');
  const keysAt = (name: string) =>
    createSigningKeys({
      path: pathOf(name),
      name: ORIGIN,
      files: { readOrMake: readOrMakeSecretFile, replace: replaceSecretFile },
      now: () => new Date(),
    });
  const textsOf = async (keys: ReturnType<typeof keysAt>) =>
    (await keys.signers()).map(({ verifier }) => verifier.text);

  it('are made on first use, once, for their owner alone', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => textsOf(keysAt('a'))));
    assert.equal(new Set(all.flat()).size, 1);
    assert.ok(all[0]?.[0]?.startsWith(`${ORIGIN}+`));
    assert.equal((await stat(pathOf('a'))).mode & 0o777, 0o600);
  });

  it('hand over to a new one, seen by a running process, and both are kept in the list', async () => {
    const running = keysAt('b');
    const [old = ''] = await textsOf(running);
    const notes: string[] = [];
    const next = await keysAt('b').rotate((from, to) => {
      const note = signHandOver(head, from, to);
      notes.push(note);
      return Promise.resolve(note);
    });
    assert.deepEqual(await textsOf(running), [next]);
    const [first, second] = await running.list();
    assert.deepEqual([first?.verifier, second?.verifier], [old, next]);
    assert.ok(first?.retiredAt !== undefined && second?.retiredAt === undefined);
    assert.equal(first.handOver, notes[0]);
    assert.deepEqual(
      createKeyChain([old], notes).keys.map(({ text }) => text),
      [old, next],
    );
    assert.equal((await stat(pathOf('b'))).mode & 0o777, 0o600);
  });

  it('sign together while a hand-over is cut off, and the next one goes on with the same key', async () => {
    const keys = keysAt('c');
    const [old = ''] = await textsOf(keys);
    let named = '';
    const cutOff = keys.rotate((_from, to) => {
      named = to.verifier.text;
      return Promise.reject(new Error('cut off'));
    });
    await assert.rejects(cutOff, /cut off/);
    assert.deepEqual(await textsOf(keys), [old, named]);
    assert.equal(await keys.rotate(() => Promise.resolve('note')), named);
    assert.deepEqual(await textsOf(keys), [named]);
  });

  it('hand over to one key alone when two rotate at once', async () => {
    const names = new Set<string>();
    const rotate = () =>
      keysAt('d').rotate((_from, to) => {
        names.add(to.verifier.text);
        return Promise.resolve('note');
      });
    await textsOf(keysAt('d'));
    const outcomes = await Promise.allSettled([rotate(), rotate()]);
    const done = outcomes.filter(({ status }) => status === 'fulfilled');
    assert.equal(names.size, done.length);
    assert.equal((await keysAt('d').list()).length, 1 + done.length);
  });

  it('are refused without quoting them when the file is not what it should be, or has gone', async () => {
    const keys = keysAt('e');
    await keys.signers();
    const text = await readFile(pathOf('e'), 'utf8');
    for (const broken of [
      '',
      text.slice(0, -20),
      text.replace('PRIVATE', 'PUBLIC'),
      '{"version":1,"keys":[]}',
    ]) {
      await writeFile(pathOf('e'), broken);
      await assert.rejects(keys.signers(), (error: Error & { code: string }) => {
        assert.equal(error.code, 'config_invalid');
        assert.equal(error.cause, undefined);
        return !error.message.includes('PRIVATE');
      });
    }
    await rm(pathOf('e'));
    await assert.rejects(keys.signers(), { code: 'config_invalid', message: /is gone/ });
  });
});
