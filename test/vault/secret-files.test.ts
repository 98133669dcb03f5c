import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFileKeyEncryptionKeys } from '../../src/vault/file-kek.ts';
import { loadPseudonym } from '../../src/vault/pseudonym.ts';

const BYTES = Buffer.alloc(32, 7);
const AAD = Buffer.from('a key');

describe('secret files', () => {
  let directory: string;
  let made = 0;
  const newPath = () => join(directory, `${made++}`, 'secret');
  const keysAt = (path: string) => createFileKeyEncryptionKeys({ path, now: () => new Date() });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'secret-files-'));
  });
  after(() => rm(directory, { recursive: true }));

  it('are made on first use, for their owner alone', async () => {
    const [keyPath, pepperPath] = [newPath(), newPath()];
    await keysAt(keyPath).current();
    await loadPseudonym(pepperPath);
    for (const path of [keyPath, pepperPath]) {
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700);
      assert.deepEqual(await readdir(join(path, '..')), ['secret']);
    }
  });

  it('are refused, with the command that mends it, when others may open them', async () => {
    const path = newPath();
    await keysAt(path).current();
    for (const mode of [0o640, 0o604, 0o660, 0o601]) {
      await chmod(path, mode);
      const refusal = { code: 'config_invalid', message: new RegExp(`chmod 600 '${path}'`) };
      await assert.rejects(keysAt(path).current(), refusal);
      await assert.rejects(loadPseudonym(path), refusal);
    }
    await chmod(path, 0o600);
    await keysAt(path).current();
  });

  it('are made once when many processes start at the same time', async () => {
    const [keyPath, pepperPath] = [newPath(), newPath()];
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await keysAt(keyPath).current()).id),
    );
    assert.equal(new Set(ids).size, 1);
    const names = await Promise.all(
      Array.from({ length: 20 }, async () => (await loadPseudonym(pepperPath))('d', 'x')),
    );
    assert.equal(new Set(names).size, 1);
  });

  it('are refused without quoting them when they are not what they should be', async () => {
    const path = newPath();
    await keysAt(path).current();
    const secret = await readFile(path, 'utf8');
    for (const broken of ['', secret.slice(0, -20), secret.replace('"current"', '"present"'), '{}']) {
      await writeFile(path, broken);
      await assert.rejects(keysAt(path).current(), (error: Error & { code: string }) => {
        assert.equal(error.code, 'config_invalid');
        assert.equal(error.cause, undefined);
        assert.ok(broken === '' || !error.message.includes(secret.slice(80, 100)));
        return true;
      });
      await assert.rejects(loadPseudonym(path), { code: 'config_invalid' });
    }
  });

  it('are not made anew when they vanish under a running process', async () => {
    const path = newPath();
    const keys = keysAt(path);
    await keys.current();
    await rm(path);
    await assert.rejects(keys.current(), { code: 'config_invalid' });
  });
});

describe('key encryption keys in a file', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kek-'));
  });
  after(() => rm(directory, { recursive: true }));
  const keysAt = (name: string) =>
    createFileKeyEncryptionKeys({ path: join(directory, name), now: () => new Date() });

  it('unwrap what they wrapped, and only that', async () => {
    const key = await keysAt('a').current();
    const wrapped = await key.wrap(BYTES, AAD);
    assert.deepEqual(await key.unwrap(wrapped, AAD), BYTES);
    await assert.rejects(key.unwrap(wrapped, Buffer.from('another key')), { code: 'sealed_text_damaged' });
    await assert.rejects(key.unwrap(wrapped.subarray(0, 5), AAD), { code: 'sealed_text_damaged' });
    for (let at = 0; at < wrapped.length; at++) {
      const altered = Buffer.from(wrapped);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await assert.rejects(key.unwrap(altered, AAD), { code: 'sealed_text_damaged' });
    }
  });

  it('rotate: a running process wraps under the new key, and old ones still unwrap', async () => {
    const [running, operator] = [keysAt('b'), keysAt('b')];
    const before = await running.current();
    const wrapped = await before.wrap(BYTES, AAD);
    const id = await operator.rotate(new Date());
    assert.notEqual(id, before.id);
    assert.equal((await running.current()).id, id);
    assert.deepEqual(await (await running.byId(before.id)).unwrap(wrapped, AAD), BYTES);
    assert.equal((await stat(join(directory, 'b'))).mode & 0o777, 0o600);
  });

  it('lose no key when two rotate at once: one is told to wait', async () => {
    const outcomes = await Promise.allSettled([
      keysAt('c').rotate(new Date()),
      keysAt('c').rotate(new Date()),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') await keysAt('c').byId(outcome.value);
      else assert.equal((outcome.reason as { code: string }).code, 'config_invalid');
    }
    await keysAt('c').rotate(new Date());
  });

  it('say which key is missing', async () => {
    await assert.rejects(keysAt('d').byId('file-lost'), { code: 'key_unknown', message: /file-lost/ });
  });
});

describe('pseudonyms', () => {
  it('are stable, and differ by domain, by parts and by pepper', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pepper-'));
    try {
      const pseudonym = await loadPseudonym(join(directory, 'pepper'));
      const again = await loadPseudonym(join(directory, 'pepper'));
      const other = await loadPseudonym(join(directory, 'other'));
      assert.equal(pseudonym('audit', '42'), again('audit', '42'));
      assert.match(pseudonym('audit', '42'), /^[0-9a-f]{64}$/);
      const all = [
        pseudonym('audit', '42'),
        other('audit', '42'),
        pseudonym('import', '42'),
        pseudonym('audit', '4', '2'),
        pseudonym('audit', '42', ''),
        pseudonym('audit4', '2'),
      ];
      assert.equal(new Set(all).size, all.length);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
