import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { ArchiveStore, StoredObject } from '../../src/archive/store.ts';
import { all } from './all.ts';

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ArchiveStore;
  /** The same place, as another process opens it. */
  readonly again: () => Promise<ArchiveStore>;
}

const NEW = { ifGeneration: '0', metadata: {} };

/** What every archive store promises, whatever it is made of. */
export function conformsToTheStorePort(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let tested: StoreUnderTest;
    let store: ArchiveStore;
    let folder: string;
    const newName = (file = 'object.sealed') => `${folder}/${randomUUID()}/${file}`;

    before(async () => {
      folder = randomUUID();
      tested = await start();
      store = tested.store;
    });
    after(() => tested[Symbol.asyncDispose]());

    it('gives back byte for byte what it was given, small or large, whole or in pieces', async () => {
      for (const size of [0, 1, 10_000, 20 * 1024 * 1024 + 3]) {
        const body = randomBytes(size);
        for (const given of [body, inPieces(body)]) {
          const object = newName();
          const stored = await store.put(object, given, NEW);
          assert.equal(stored.size, size);
          assert.ok((await contents(store, object)).equals(body));
          assert.ok((await contents(store, object, stored.generation)).equals(body));
        }
      }
    });

    it('gives back bodies that look packed or like its own files as they are', async () => {
      for (const body of [
        Buffer.from('1f8b08000000000000030300000000000000000000', 'hex'),
        Buffer.from('{"generation":"1"}\nx'),
      ]) {
        const object = newName();
        await store.put(object, body, NEW);
        assert.deepEqual(await contents(store, object), body);
      }
    });

    it('says of an object what it said when it was put, to another process too', async () => {
      const object = newName();
      const metadata = { 'schema-version': '1', sha256: 'ab'.repeat(32), messages: '17' };
      const stored = await store.put(object, Buffer.from('contents'), { ifGeneration: '0', metadata });
      assert.deepEqual(stored, {
        name: object,
        generation: stored.generation,
        size: 8,
        metadata,
        state: 'live',
      });
      assert.deepEqual(await store.stat(object), stored);
      const other = await tested.again();
      assert.deepEqual(await other.stat(object), stored);
      assert.deepEqual(await all(other.list(object)), [stored]);
    });

    it('has nothing where nothing was put', async () => {
      const object = newName();
      assert.equal(await store.stat(object), undefined);
      assert.equal(await store.delete(object, '1'), 'absent');
      assert.deepEqual(await all(store.list(object)), []);
      await assert.rejects(contents(store, object), { code: 'object_missing' });
    });

    it('does not put over an object that must not exist', async () => {
      const object = newName();
      await store.put(object, Buffer.from('first'), NEW);
      await assert.rejects(store.put(object, Buffer.from('second'), NEW), { code: 'object_exists' });
      await assert.rejects(store.put(object, inPieces(randomBytes(6_000_000)), NEW), {
        code: 'object_exists',
      });
      assert.equal((await contents(store, object)).toString(), 'first');
    });

    it('lets exactly one of many concurrent puts of a new name win, and keeps its bytes whole', async () => {
      const object = newName();
      const bodies = Array.from({ length: 8 }, () => randomBytes(100_000));
      await exactlyOneWins(bodies, (body) => store.put(object, body, NEW), 'object_exists', object);
    });

    it('lets exactly one of many concurrent replacements of a generation win', async () => {
      const object = newName();
      const { generation } = await store.put(object, Buffer.from('first'), NEW);
      const bodies = Array.from({ length: 8 }, () => randomBytes(1000));
      const replace = (body: Buffer) => store.put(object, body, { ifGeneration: generation, metadata: {} });
      await exactlyOneWins(bodies, replace, 'object_changed', object);
    });

    it('replaces the generation it was told and no other', async () => {
      const object = newName();
      await assert.rejects(store.put(object, Buffer.from('x'), { ifGeneration: '1', metadata: {} }), {
        code: 'object_changed',
      });
      const first = await store.put(object, Buffer.from('first'), NEW);
      const second = await store.put(object, Buffer.from('second'), {
        ifGeneration: first.generation,
        metadata: { round: '2' },
      });
      assert.notEqual(second.generation, first.generation);
      assert.ok(BigInt(second.generation) > BigInt(first.generation));
      assert.deepEqual(await store.stat(object), second);
      await assert.rejects(
        store.put(object, Buffer.from('third'), { ifGeneration: first.generation, metadata: {} }),
        {
          code: 'object_changed',
        },
      );
      await assert.rejects(contents(store, object, first.generation), { code: 'object_missing' });
      assert.equal((await contents(store, object)).toString(), 'second');
    });

    it('deletes the generation it was told and no other, and says so only once', async () => {
      const object = newName();
      const first = await store.put(object, Buffer.from('first'), NEW);
      const second = await store.put(object, Buffer.from('second'), {
        ifGeneration: first.generation,
        metadata: {},
      });
      await assert.rejects(store.delete(object, first.generation), { code: 'object_changed' });
      assert.equal((await contents(store, object)).toString(), 'second');
      assert.equal(await store.delete(object, second.generation), 'deleted');
      assert.equal(await store.delete(object, second.generation), 'absent');
      assert.equal(await store.stat(object), undefined);
      await assert.rejects(contents(store, object), { code: 'object_missing' });
      assert.deepEqual(await all(store.list(object)), []);
    });

    it('never gives a generation to a name again', async () => {
      const object = newName();
      const first = await store.put(object, Buffer.from('x'), NEW);
      await store.delete(object, first.generation);
      const second = await store.put(object, Buffer.from('x'), NEW);
      assert.notEqual(second.generation, first.generation);
      await assert.rejects(store.delete(object, first.generation), { code: 'object_changed' });
    });

    it('lists what begins with a prefix, wherever the prefix ends, and nothing else', async () => {
      const base = `${folder}/listing`;
      const names = ['a/1/x.sealed', 'a/1/y.sealed', 'a/12/x.sealed', 'ab/1/x.sealed'].map(
        (tail) => `${base}/${tail}`,
      );
      for (const object of names) await store.put(object, Buffer.from(object), NEW);
      const listed = async (prefix: string) =>
        (await all(store.list(`${base}/${prefix}`)))
          .map((object) => object.name.slice(base.length + 1))
          .sort();
      assert.deepEqual(await listed(''), ['a/1/x.sealed', 'a/1/y.sealed', 'a/12/x.sealed', 'ab/1/x.sealed']);
      assert.deepEqual(await listed('a/'), ['a/1/x.sealed', 'a/1/y.sealed', 'a/12/x.sealed']);
      assert.deepEqual(await listed('a/1'), ['a/1/x.sealed', 'a/1/y.sealed', 'a/12/x.sealed']);
      assert.deepEqual(await listed('a/1/'), ['a/1/x.sealed', 'a/1/y.sealed']);
      assert.deepEqual(await listed('a/1/x'), ['a/1/x.sealed']);
      assert.deepEqual(await listed('b'), []);
    });

    it('leaves nothing behind when the body breaks off, and passes its error on', async () => {
      for (const size of [1000, 9_000_000]) {
        const object = newName();
        const broken = (async function* () {
          yield* inPieces(randomBytes(size));
          throw new RangeError('the rows went away');
        })();
        await assert.rejects(store.put(object, broken, NEW), {
          name: 'RangeError',
          message: 'the rows went away',
        });
        assert.equal(await store.stat(object), undefined);
        assert.deepEqual(await all(store.list(object)), []);
        await store.put(object, Buffer.from('a second try'), NEW);
      }
    });

    it('lets a reader stop early', async () => {
      const object = newName();
      await store.put(object, randomBytes(8_000_000), NEW);
      let read = 0;
      for await (const chunk of store.get(object)) {
        read += chunk.length;
        if (read > 0) break;
      }
      assert.ok(read > 0);
    });

    it('refuses names that could leave their place', async () => {
      const bad = [
        '',
        '/',
        '/etc/passwd',
        '..',
        '../x',
        'a/../x',
        'a/./b',
        'a//b',
        'a/',
        '.hidden',
        'a/.b',
        'a\\b',
        'a\0b',
        'ä',
        'a b',
        'a'.repeat(1025),
      ];
      for (const object of bad) {
        await assert.rejects(store.put(object, Buffer.from('x'), NEW), { code: 'input_invalid' }, object);
        await assert.rejects(store.stat(object), { code: 'input_invalid' }, object);
        await assert.rejects(contents(store, object), { code: 'input_invalid' }, object);
        await assert.rejects(store.delete(object, '1'), { code: 'input_invalid' }, object);
      }
      for (const prefix of ['..', '../', '/', '/etc', 'a/../', '.']) {
        await assert.rejects(all(store.list(prefix)), { code: 'input_invalid' }, prefix);
      }
    });

    async function exactlyOneWins(
      bodies: readonly Buffer[],
      put: (body: Buffer) => Promise<StoredObject>,
      loserCode: string,
      object: string,
    ): Promise<void> {
      const outcomes = await Promise.allSettled(bodies.map(put));
      const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
      assert.equal(losers.length, bodies.length - 1);
      for (const loser of losers) assert.equal((loser.reason as { code: string }).code, loserCode);
      const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
      assert.ok((await contents(store, object)).equals(bodies[winner] ?? Buffer.alloc(0)));
    }
  });
}

async function contents(store: ArchiveStore, name: string, generation?: string): Promise<Buffer> {
  return await buffer(store.get(name, generation));
}

async function* inPieces(body: Buffer, size = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield await Promise.resolve(body.subarray(at, at + size));
}
