import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { openStore } from '../../src/archive/open-store.ts';
import { startFakeGcs } from '../support/servers.ts';
import { all } from './all.ts';
import { conformsToTheStorePort } from './store-conformance.ts';

const NEW = { ifGeneration: '0', metadata: {} };

async function startEmulator() {
  const server = await startFakeGcs();
  const storage = new Storage({ apiEndpoint: server.endpoint, projectId: 'test' });
  return {
    open: (url: string) => openStore(url, { gcs: { apiEndpoint: server.endpoint } }),
    async newBucket() {
      const name = `bucket-${randomUUID()}`;
      await storage.createBucket(name);
      return name;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

for (const prefix of ['', '/some/prefix']) {
  conformsToTheStorePort(`Google Cloud Storage under gs://bucket${prefix}`, async () => {
    const emulator = await startEmulator();
    const url = `gs://${await emulator.newBucket()}${prefix}`;
    return { ...emulator, store: await emulator.open(url), again: () => emulator.open(url) };
  });
}

describe('Google Cloud Storage', () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator[Symbol.asyncDispose]());

  it('keeps a store to its prefix', async () => {
    const bucket = await emulator.newBucket();
    const [one, other] = [
      await emulator.open(`gs://${bucket}/one`),
      await emulator.open(`gs://${bucket}/one-more/`),
    ];
    await one.put('a', Buffer.from('one'), NEW);
    await other.put('a', Buffer.from('other'), NEW);
    assert.deepEqual(
      (await all(one.list(''))).map((object) => object.size),
      [3],
    );
    assert.equal(other.url, `gs://${bucket}/one-more`);
  });

  it('does not take a bucket that is not there for one from which all was deleted', async () => {
    const store = await emulator.open('gs://no-such-bucket/prefix');
    await assert.rejects(store.put('a', Buffer.from('x'), NEW), {
      code: 'config_invalid',
      message: /no-such-bucket/,
    });
    await assert.rejects(all(store.list('')), { code: 'config_invalid' });
    await assert.rejects(store.stat('a'), { code: 'config_invalid' });
    await assert.rejects(store.delete('a', '1'), { code: 'config_invalid' });
    await assert.rejects(all(store.get('a')), { code: 'config_invalid' });
  });
});

/** Answers that the emulator cannot give: each is what Google sends, by its documentation. */
describe('an answer of Google Cloud Storage', () => {
  async function answering<T>(
    listener: RequestListener,
    task: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>,
  ) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await task(
        await openStore('gs://bucket/prefix', {
          gcs: { apiEndpoint: `http://127.0.0.1:${port}`, projectId: 'test' },
        }),
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const refusal = (code: number, reason: string, message: string) =>
    JSON.stringify({ error: { code, message, errors: [{ reason, message }] } });
  const live = { name: 'prefix/a', generation: '17', size: '1' };
  const json = { 'content-type': 'application/json' };
  const onDelete =
    (status: number, body: string): RequestListener =>
    (request, response) => {
      if (request.method === 'DELETE') response.writeHead(status, json).end(body);
      else response.writeHead(200, json).end(JSON.stringify(live));
    };

  it('that names a hold or a retention policy becomes object_locked', async () => {
    const locks = [
      [
        'retentionPolicyNotMet',
        "Object 'bucket/prefix/a' is subject to bucket's retention policy and cannot be deleted until 2031-01-01",
      ],
      [
        'forbidden',
        "Object 'bucket/prefix/a' is under active Event-Based hold and cannot be deleted, overwritten or archived until hold is removed.",
      ],
    ] as const;
    for (const [reason, message] of locks) {
      await answering(onDelete(403, refusal(403, reason, message)), async (store) => {
        await assert.rejects(store.delete('a', '17'), {
          code: 'object_locked',
          message: /gs:\/\/bucket\/prefix\/a/,
        });
      });
    }
  });

  it('that refuses access becomes not_allowed, with the role to grant', async () => {
    const body = refusal(403, 'forbidden', 'service@project does not have storage.objects.delete access');
    await answering(onDelete(403, body), async (store) => {
      await assert.rejects(store.delete('a', '17'), { code: 'not_allowed', message: /storage\.objectUser/ });
    });
  });

  it('that another generation is live by now becomes object_changed', async () => {
    await answering(onDelete(412, refusal(412, 'conditionNotMet', 'Precondition failed')), async (store) => {
      await assert.rejects(store.delete('a', '17'), { code: 'object_changed' });
    });
  });

  it('that a repeated deletion finds nothing counts as the deletion it repeats', async () => {
    await answering(
      onDelete(404, refusal(404, 'notFound', 'No such object: bucket/prefix/a')),
      async (store) => {
        assert.equal(await store.delete('a', '17'), 'deleted');
      },
    );
  });

  it('binds a deletion to the generation by address and, where it is live, by precondition', async () => {
    for (const [metadata, precondition] of [
      [live, '17'],
      [{ ...live, timeDeleted: '2026-01-01T00:00:00Z' }, null],
    ] as const) {
      const seen: URLSearchParams[] = [];
      const record: RequestListener = (request, response) => {
        if (request.method === 'DELETE') {
          seen.push(new URL(request.url ?? '', 'http://gcs').searchParams);
          response.writeHead(204).end();
        } else response.writeHead(200, json).end(JSON.stringify(metadata));
      };
      await answering(record, async (store) => assert.equal(await store.delete('a', '17'), 'deleted'));
      assert.deepEqual(
        seen.map((query) => [query.get('generation'), query.get('ifGenerationMatch')]),
        [['17', precondition]],
      );
    }
  });

  it('that the bucket is missing never passes for an object that is absent', async () => {
    const body = refusal(404, 'notFound', 'The specified bucket does not exist.');
    await answering(
      (_, response) => void response.writeHead(404, json).end(body),
      async (store) => {
        await assert.rejects(store.stat('a'), { code: 'config_invalid' });
        await assert.rejects(store.delete('a', '17'), { code: 'config_invalid' });
      },
    );
  });

  it('goes on over all the pages of a list', async () => {
    const list: RequestListener = (request, response) => {
      const query = new URL(request.url ?? '', 'http://gcs').searchParams;
      const page = Number(query.get('pageToken') ?? '1');
      const items = query.has('versions') ? [{ ...live, name: `prefix/${page}` }] : [];
      const next = query.has('versions') && page < 3 ? { nextPageToken: `${page + 1}` } : {};
      response.writeHead(200, json).end(JSON.stringify({ items, ...next }));
    };
    await answering(list, async (store) => {
      const names = (await all(store.list(''))).map((object) => object.name);
      assert.deepEqual(names, ['1', '2', '3']);
    });
  });

  it('lists noncurrent and soft-deleted generations as still there', async () => {
    const pages = [
      { versions: 'true', items: [live, { ...live, generation: '16', timeDeleted: '2026-01-01T00:00:00Z' }] },
      { softDeleted: 'true', items: [{ ...live, generation: '15', softDeleteTime: '2026-01-01T00:00:00Z' }] },
    ];
    const list: RequestListener = (request, response) => {
      const query = new URL(request.url ?? '', 'http://gcs').searchParams;
      const page = pages.find(
        (one) => query.get('versions') === one.versions || query.get('softDeleted') === one.softDeleted,
      );
      response.writeHead(200, json).end(JSON.stringify({ items: page?.items }));
    };
    await answering(list, async (store) => {
      const found = (await all(store.list('a'))).map(({ name, generation, state }) => [
        name,
        generation,
        state,
      ]);
      assert.deepEqual(found, [
        ['a', '17', 'live'],
        ['a', '16', 'noncurrent'],
        ['a', '15', 'soft-deleted'],
      ]);
    });
  });

  it('that never comes becomes store_unavailable', async () => {
    await answering(
      (request) => void request.socket.destroy(),
      async (store) => {
        await assert.rejects(store.stat('a'), {
          code: 'store_unavailable',
          message: /gs:\/\/bucket\/prefix\/a/,
        });
      },
    );
  });
});
