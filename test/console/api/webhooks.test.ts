import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { Writable } from 'node:stream';
import { Webhook } from 'standardwebhooks';
import { appendAuditEntry } from '../../../src/audit/append.ts';
import { listWebhookDeliveries } from '../../../src/db/webhooks.ts';
import { nextWebhookAttempt } from '../../../src/domain/webhooks.ts';
import { createLog } from '../../../src/log.ts';
import { callWebhook, isPublicAddress } from '../../../src/main/webhook-call.ts';
import { openWebhookSecrets, sendBatch, type SecretOf } from '../../../src/main/webhooks.ts';
import { OPERATOR } from '../../cli/stage.ts';
import { createApiStage, type ApiStage } from './stage.ts';

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

let stage: ApiStage;
let secretOf: SecretOf;
let receiver: Server;
let url: string;
let status = 204;
let logged = '';
const received: Received[] = [];

before(async () => {
  stage = await createApiStage();
  secretOf = await openWebhookSecrets(stage.database.secretsDir);
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(status, { location: 'http://127.0.0.1/' }).end();
    });
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
after(async () => {
  receiver.closeAllConnections();
  await new Promise((done) => receiver.close(done));
  await stage.close();
});
beforeEach(async () => {
  received.length = 0;
  status = 204;
  logged = '';
  await sql`update webhook_endpoint set removed_at = now() where removed_at is null`.execute(
    stage.database.db,
  );
  await sql`delete from webhook_delivery`.execute(stage.database.db);
});

const log = createLog(
  'error',
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  }),
);

function send(clock = () => new Date()) {
  return sendBatch({ db: stage.database.db, log, secretOf, allowPrivate: true, clock });
}

async function endpoint(): Promise<string> {
  const act = { projectId: 'shop', url, actor: OPERATOR, now: stage.now };
  return (await stage.database.acts.addWebhook(act)).id;
}

/** What has waited is due: the database's own clock decides, and no test waits for it. */
async function makeDue(): Promise<void> {
  await sql`update webhook_delivery set next_attempt_at = now() where done_at is null`.execute(
    stage.database.db,
  );
}

describe('a webhook', () => {
  it('tells of an archive in the transaction of its audit entry, signed, with opaque ids alone', async () => {
    const id = await endpoint();
    const sessionId = await stage.archiveSession('My name is Anna');
    assert.equal(await send(), true);
    assert.equal(received.length, 1);
    const { headers = {}, body = '' } = received[0] ?? {};
    const verified = new Webhook(secretOf(id)).verify(body, headers) as Record<string, unknown>;
    assert.deepEqual(verified, {
      type: 'session.archived',
      timestamp: verified['timestamp'],
      data: { projectId: 'shop', sessionId },
    });
    assert.throws(() => new Webhook(secretOf('another')).verify(body, headers));
    assert.equal(await send(), false, 'what was taken is not sent again');
  });

  it('tells of reviews, deletions and erasures; what rolls back was never told', async () => {
    await endpoint();
    const { db } = stage.database;
    const entry = (action: string, kind: string, requestId?: string) => ({
      ...{ at: stage.now, actor: OPERATOR, action, projectId: 'shop' },
      object: { kind, id: '1f0c2d3e-0000-4000-8000-000000000001' },
      ...(requestId !== undefined && { requestId }),
    });
    await appendAuditEntry(db, entry('review.opened', 'session'));
    await appendAuditEntry(db, entry('session.erased', 'session', 'E-7K3M-Q2XA'));
    await appendAuditEntry(db, entry('erasure.completed', 'erasure', 'E-7K3M-Q2XA'));
    await appendAuditEntry(db, entry('hold.placed', 'session'));
    await db
      .transaction()
      .execute(async (tx) => {
        await appendAuditEntry(tx, entry('session.deleted', 'session'));
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    while (await send());
    const told = received.map(({ body }) => JSON.parse(body) as { type: string; data: object });
    assert.deepEqual(told.map(({ type }) => type).sort(), ['erasure.done', 'review.due', 'session.deleted']);
    const done = told.find(({ type }) => type === 'erasure.done');
    assert.deepEqual(done?.data, { projectId: 'shop', erasure: 'E-7K3M-Q2XA' });
  });

  it('is sent again under the same id until it is taken; redirects are not followed', async () => {
    const id = await endpoint();
    await stage.archiveSession();
    status = 302;
    await send();
    status = 500;
    await makeDue();
    await send();
    status = 200;
    await makeDue();
    await send();
    assert.equal(received.length, 3);
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1);
    const [delivery] = await listWebhookDeliveries(stage.database.db, { endpointId: id, limit: 1 });
    assert.deepEqual([delivery?.attempts, delivery?.outcome], [3, 'delivered']);
  });

  it('is given up after three days, which disables its endpoint with an alarm until a test is taken', async () => {
    const id = await endpoint();
    await stage.archiveSession();
    status = 503;
    const now = Date.now();
    await send(() => new Date(now));
    await makeDue();
    await send(() => new Date(now + 73 * 3_600_000));
    assert.match(logged, /"alarm":"webhook_disabled"/);
    await stage.archiveSession();
    assert.equal(await send(), false, 'nothing is queued for an endpoint that is disabled');
    status = 200;
    await stage.database.acts.testWebhook({ endpointId: id, actor: OPERATOR, now: stage.now });
    await send();
    assert.match(received.at(-1)?.body ?? '', /"webhook.test"/);
    await stage.archiveSession();
    assert.equal(await send(), true);
  });

  it('goes to nobody once its endpoint is removed', async () => {
    const id = await endpoint();
    await stage.archiveSession();
    await stage.database.acts.removeWebhook({ endpointId: id, actor: OPERATOR, now: stage.now });
    assert.equal(await send(), false);
    assert.deepEqual(received, []);
  });
});

describe('the guard of webhooks', () => {
  it('knows which addresses are on the internet', () => {
    for (const inside of [
      ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
      ...[
        '224.0.0.1',
        '255.255.255.255',
        '::1',
        '::',
        'fe80::1',
        'fc00::1',
        '::ffff:127.0.0.1',
        '64:ff9b::a00:1',
      ],
      ...['2002:7f00:1::', '2001:db8::1', 'nonsense'],
    ])
      assert.equal(isPublicAddress(inside), false, inside);
    for (const outside of ['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111'])
      assert.equal(isPublicAddress(outside), true, outside);
  });

  it('calls nothing inside, by address or by name, unless that is allowed', async () => {
    const message = { body: '{}', headers: {} };
    const port = (receiver.address() as AddressInfo).port;
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1'])
      assert.deepEqual(await callWebhook(`https://${host}:${port}/`, message, { allowPrivate: false }), {
        failure: 'private address',
      });
    assert.deepEqual(await callWebhook(url, message, { allowPrivate: false }), { failure: 'not https' });
    assert.deepEqual(received, []);
    assert.deepEqual(await callWebhook(url, message, { allowPrivate: true }), { status: 204 });
  });
});

describe('nextWebhookAttempt', () => {
  it('waits longer each time, and no more than three days in all', () => {
    const createdAt = new Date('2026-03-01T00:00:00Z');
    let now = createdAt;
    let attempts = 0;
    for (;;) {
      const next = nextWebhookAttempt({ attempts: ++attempts, createdAt }, now);
      if (!next) break;
      assert.ok(next > now);
      now = next;
    }
    const hours = (now.getTime() - createdAt.getTime()) / 3_600_000;
    assert.ok(hours > 60 && hours <= 72, `${hours} hours`);
    assert.ok(attempts >= 12 && attempts <= 25, `${attempts} attempts`);
  });
});
