import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { startFakeGcs } from '../../support/servers.ts';
import { assertArchived, auditCounts, liveRows, objectsOf } from '../archived.ts';
import { close, converse, CONVERSATION, everythingSent, type Conversation } from '../conversation.ts';
import { erase, erasureDone, erasureRow } from '../erasing.ts';
import type { Installation } from '../installation.ts';
import { assertInvariants } from '../invariants.ts';
import { approve, workflowEnds, workflowReaches } from '../life.ts';
import { sceneOf } from '../scene.ts';
import { startStage, type Stage } from '../stage.ts';
import { startStoreProxy, type StoreProxy } from '../store-proxy.ts';
import type { StoreFault } from '../store-faults.ts';
import { until } from '../until.ts';

/** Objects of sessions, and nothing else that lies in the bucket. */
const SESSIONS = 'shop/';
const WEEK_S = 7 * 86_400;

describe('a bucket that fails', { concurrency: 4 }, () => {
  let stage: Stage;
  let emulator: Awaited<ReturnType<typeof startFakeGcs>>;
  before(async () => {
    [stage, emulator] = await Promise.all([startStage(), startFakeGcs()]);
  });
  after(async () => {
    await stage.stop();
    await emulator.stop();
  });

  interface Row {
    readonly installation: Installation;
    readonly proxy: StoreProxy;
    readonly customer: number;
    readonly conversation: Conversation;
  }

  /** An installation with one conversation, on a bucket of its own behind a proxy of its own. */
  async function onBucket(work: (row: Row) => Promise<void>, policy = {}): Promise<void> {
    const name = `bucket-${randomUUID()}`;
    await new Storage({ apiEndpoint: emulator.endpoint, projectId: 'test' }).createBucket(name);
    const proxy = await startStoreProxy(emulator.endpoint);
    const bucket = { name, endpoint: proxy.endpoint };
    const { installation, remove } = await stage.install(policy, { bucket });
    try {
      await installation.startDeskHere();
      installation.start('worker');
      const customer = installation.addCustomer();
      const conversation = await converse(installation, customer);
      await work({ installation, proxy, customer, conversation });
      proxy.faults.clear();
      await assertInvariants(sceneOf(installation));
    } finally {
      await remove();
      await proxy.stop();
    }
  }

  /** Archives the conversation while the bucket does these things. */
  async function archivedDespite(row: Row, faults: readonly Omit<StoreFault, 'object'>[]): Promise<void> {
    const { installation, proxy, conversation } = row;
    for (const fault of faults) proxy.faults.add({ ...fault, object: SESSIONS });
    close(installation, conversation.topicId);
    await workflowReaches(installation, conversation.sessionId, 'archived');
    await assertArchived(installation, conversation);
  }

  it('fault 5: 503, 429 and cut connections are waited out, slower each time, with nothing lost', () =>
    onBucket(async (row) => {
      const { installation, proxy, conversation } = row;
      proxy.faults.add({ on: 'upload', object: SESSIONS, times: 3, outcome: { refuse: 503 } });
      proxy.faults.add({ on: 'upload', object: SESSIONS, times: 3, outcome: { refuse: 429, retryAfter: 1 } });
      await archivedDespite(row, [{ on: 'read', times: 2, outcome: 'reset' }]);
      const uploads = proxy.requests.filter(({ operation }) => operation === 'upload');
      assert.ok(uploads.length >= 8, 'each refusal was met');
      assert.ok(uploads.length <= 20, `${uploads.length} uploads are a tight loop`);
      const spent = (uploads[6]?.at ?? 0) - (uploads[0]?.at ?? 0);
      assert.ok(spent > 3_000, `six refusals were met within ${spent} ms`);
      assert.equal((await auditCounts(installation, conversation.sessionId, 'session.archived')).length, 1);
    }));

  it('fault 6: an upload whose answer was lost leaves one object, with the right bytes', () =>
    onBucket((row) => archivedDespite(row, [{ on: 'upload', times: 2, outcome: 'lose-answer' }])));

  for (const outcome of ['cut', 'flip'] as const)
    it(`fault 7: bytes that are harmed on the way (${outcome}) never pass for an archive, and the live rows stay`, () =>
      onBucket(async (row) => {
        const { installation, proxy, conversation } = row;
        proxy.faults.add({ on: 'read', object: SESSIONS, times: Infinity, outcome });
        close(installation, conversation.topicId);
        await until(
          'it was read back',
          () => proxy.requests.filter(({ operation }) => operation === 'read').length >= 2,
        );
        assert.equal((await liveRows(installation)).messages, CONVERSATION.messages);
        proxy.faults.clear();
        await archivedDespite(row, [{ on: 'upload', times: 1, outcome }]);
      }));

  it('fault 40: where the bucket keeps what is deleted, receipt and audit say from when on it is final', () =>
    onBucket(async ({ installation, proxy, customer, conversation }) => {
      proxy.bucket.set({ softDeleteSeconds: WEEK_S });
      close(installation, conversation.topicId);
      await workflowReaches(installation, conversation.sessionId, 'archived');
      const { erasureId } = await erase(installation, customer);
      await erasureDone(installation, erasureId);
      const { verified_at: verifiedAt, counts } = await erasureRow(installation, erasureId);
      assert.equal(counts['final-after-seconds'], WEEK_S);
      assert.equal(counts['soft-deleted-objects'], 2);
      const final = new Date((verifiedAt?.getTime() ?? 0) + WEEK_S * 1000);
      const { reason } = await installation.services.db
        .selectFrom('audit_entry')
        .select('reason')
        .where('action', '=', 'erasure.completed')
        .executeTakeFirstOrThrow();
      assert.equal(reason, `final from ${final.toISOString()}`);
      await everythingSent(installation);
      const texts = installation.sandbox.world.play.messages(customer, customer).map(({ text }) => text);
      assert.ok(texts.some((text) => text?.includes('Final from:')));
    }));

  it('fault 42: what a hold of the bucket keeps is not called gone, and goes once it is released', () =>
    onBucket(async ({ installation, proxy, customer, conversation }) => {
      const { sessionId } = conversation;
      close(installation, conversation.topicId);
      await workflowReaches(installation, sessionId, 'archived');
      const [object] = await objectsOf(installation, sessionId);
      proxy.bucket.hold(object?.name ?? '');
      const { erasureId } = await erase(installation, customer);
      await until(
        'the deletion was refused',
        () => proxy.requests.filter(({ operation }) => operation === 'delete').length >= 3,
      );
      const row = await erasureRow(installation, erasureId);
      assert.ok(row.keys_destroyed_at, 'nothing can be read meanwhile');
      assert.deepEqual([row.state, row.removed_at], ['confirmed', null]);
      assert.ok((await objectsOf(installation, sessionId)).length > 0);
      proxy.bucket.release(object?.name ?? '');
      await erasureDone(installation, erasureId);
      assert.deepEqual(await objectsOf(installation, sessionId), []);
    }));

  it('fault 2, in a bucket: a deletion whose answer was lost is done once, with the first counts', () =>
    onBucket(
      async ({ installation, proxy, conversation }) => {
        const { sessionId } = conversation;
        close(installation, conversation.topicId);
        await workflowReaches(installation, sessionId, 'review');
        proxy.faults.add({ on: 'delete', object: SESSIONS, times: 2, outcome: 'lose-answer' });
        await approve(installation, sessionId);
        await workflowEnds(installation, sessionId);
        const [counts] = await auditCounts(installation, sessionId, 'session.deleted');
        assert.equal(counts?.['objects'], CONVERSATION.objects);
        assert.deepEqual(await objectsOf(installation, sessionId), []);
      },
      { keep: 'PT1S' },
    ));

  it('fault 59: two workers and two relays do the work of one', () =>
    onBucket(async (row) => {
      const { installation, conversation } = row;
      for (const part of ['worker', 'relay', 'relay'] as const) installation.start(part);
      await archivedDespite(row, []);
      assert.equal((await auditCounts(installation, conversation.sessionId, 'session.archived')).length, 1);
    }));
});
