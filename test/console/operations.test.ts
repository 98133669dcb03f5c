import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noteStoreHealth } from '../../src/acts/alarms.ts';
import { startDevServer } from '../support/servers.ts';
import { leadsTo, openConsoleStage, type ConsoleStage, type StagePerson } from './stage.ts';

const HOSTILE = `"><script>alert(1)</script>`;

let at: ConsoleStage;
let temporal: Awaited<ReturnType<typeof startDevServer>>;
let root: StagePerson;
/** Administrates the project `shop` alone. */
let ada: StagePerson;

before(async () => {
  temporal = await startDevServer();
  at = await openConsoleStage({
    environment: {
      RETENTION_TEMPORAL_ADDRESS: temporal.address,
      RETENTION_TEMPORAL_NAMESPACE: temporal.namespace,
      RETENTION_TEMPORAL_UI: 'http://temporal.example:8233',
    },
  });
  root = await at.person({}, true);
  ada = await at.person({ shop: ['admin', 'agent'] });
});
after(async () => {
  await at?.close();
  await temporal?.stop();
});

async function text(response: Promise<Response>): Promise<string> {
  return (await response).text();
}

describe('operations', () => {
  it('are shown to those who run the installation, and to nobody else', async () => {
    assert.equal((await root.browser.get('/operations')).status, 200);
    assert.equal((await ada.browser.get('/operations')).status, 403);
  });

  it('show a store that is away, and the alarm that lasts', async () => {
    const { db } = at.database;
    const away = { store: 'gs://archive/support', projectIds: ['shop'], reached: false };
    await noteStoreHealth(db, { ...away, now: new Date(at.now().getTime() - 3_600_000) });
    await noteStoreHealth(db, { ...away, now: at.now() });
    const page = await text(root.browser.get('/operations'));
    assert.match(page, /gs:\/\/archive\/support/);
    assert.match(page, /An archive store is away/);
  });

  it('show what waits, and that it waits too long', async () => {
    const { db } = at.database;
    const endpoint = await at.database.acts.addWebhook({
      ...{ projectId: 'shop', url: 'https://desk.example/hook' },
      ...{ actor: { kind: 'operator', id: 'test' }, now: at.now() },
    });
    await at.database.acts.testWebhook({
      ...{ endpointId: endpoint.id, actor: { kind: 'operator', id: 'test' }, now: at.now() },
    });
    await db
      .updateTable('webhook_delivery')
      .set({ created_at: new Date(at.now().getTime() - 2 * 3_600_000) })
      .execute();
    const page = await text(root.browser.get('/operations'));
    assert.match(page, /Messages on their way to other systems[\s\S]*?>1<[\s\S]*?late/);
  });

  it('show how many updates wait for their turn', async () => {
    await at.database.db
      .insertInto('waiting_update')
      .values(
        [1, 2, 3].map((one) => ({
          ...{ bot_id: 1, update_id: one, batch_id: randomUUID(), sealed: Buffer.from('sealed') },
          put_by_at: at.now(),
        })),
      )
      .execute();
    const page = await text(root.browser.get('/operations'));
    assert.match(page, /Updates from Telegram that wait for their turn[\s\S]{0,200}?>3</);
  });

  it('say that nobody takes work from a queue', async () => {
    const page = await text(root.browser.get('/operations'));
    assert.match(page, /lifecycle \(workflows\)[\s\S]*?none/);
    assert.match(page, /href="http:\/\/temporal\.example:8233\/?"/);
  });

  it('say that Temporal is away, and what follows', async () => {
    const away = await openConsoleStage();
    const person = await away.person({}, true);
    assert.match(await text(person.browser.get('/operations')), /Temporal does not answer at 127\.0\.0\.1:9/);
    await away.close();
  });

  it('have the doctor look, and show what is wrong with what mends it', async () => {
    await chmod(at.database.secretsDir, 0o755);
    const answer = await root.browser.post('/operations/doctor', {}, { from: '/operations' });
    assert.equal(leadsTo(answer), '/operations#doctor');
    const page = await text(root.browser.get('/operations'));
    assert.match(page, /Other accounts can list or replace keys/);
    assert.match(page, /<code>chmod go=/);
  });
});

describe('the settings of a project', () => {
  it('are what was taken over, with a word on files that cannot be read', async () => {
    const page = await text(ada.browser.get('/p/shop/settings'));
    assert.match(page, /The project files cannot be read as they are/);
    assert.match(page, /Test shop/);
    assert.match(page, /RETENTION_BOT_TOKEN_SHOP/);
  });

  it('say what the file says otherwise, and which texts a team has not written', async () => {
    const projects = join(at.database.secretsDir, 'projects');
    await mkdir(join(projects, 'texts'), { recursive: true });
    await writeFile(join(projects, 'texts', 'fr.ftl'), 'button-newer = Plus récents\n');
    await writeFile(
      join(projects, 'shop.yaml'),
      `id: shop
name: Another name
notice: { version: "1" }
policy: { idle: P7D, reopen: PT12H, keep: P730D, review: { window: P7D }, spam: { deleteAfter: P7D } }
`,
    );
    const page = await text(ada.browser.get('/p/shop/settings'));
    assert.match(page, /The file says something else for name, telegram\.staffChat/);
    assert.match(page, /<code>fr<\/code>[\s\S]*?own file[\s\S]*?ask-title/);
  });

  it('lead to a look at the bot, which says that there is none', async () => {
    const answer = await ada.browser.post('/p/shop/doctor', {});
    assert.match(await answer.text(), /This project has no bot here/);
  });
});

describe('tokens', () => {
  async function owner(): Promise<string> {
    const page = await text(ada.browser.get('/p/shop/tokens/new'));
    return /<option value="([0-9a-f-]{36})" selected/.exec(page)?.[1] ?? '';
  }

  it('are shown once when they are made, and work', async () => {
    const fields = { name: HOSTILE, owner: await owner(), roles: 'agent', days: '30' };
    const made = await (await ada.browser.post('/p/shop/tokens/new', fields)).text();
    assert.match(made, /rtk_[0-9a-z]{8}_[A-Za-z0-9_-]{43}/);
    const list = await text(ada.browser.get('/p/shop/tokens'));
    assert.doesNotMatch(`${made}${list}`, /<script>alert/);
    assert.doesNotMatch(list, /rtk_[0-9a-z]{8}_/);
    assert.match(list, /in force/);
  });

  it('may do no more than whoever makes them', async () => {
    const fields = { name: 'helpdesk', owner: await owner(), roles: 'compliance', days: '30' };
    const answer = await ada.browser.post('/p/shop/tokens/new', fields);
    assert.equal(answer.status, 422);
    const page = await answer.text();
    assert.match(page, /You are not compliance in shop/);
    assert.match(page, /value="helpdesk"/);
  });

  it('are revoked, here and not from another project', async () => {
    const { db } = at.database;
    const { id } = await db.selectFrom('api_token').select('id').limit(1).executeTakeFirstOrThrow();
    assert.equal((await root.browser.get(`/p/other/tokens/${id}/revoke`)).status, 404);
    await ada.browser.post(`/p/shop/tokens/${id}/revoke`, {});
    assert.match(await text(ada.browser.get('/p/shop/tokens')), /revoked/);
    const again = await ada.browser.post(`/p/shop/tokens/${id}/revoke`, {});
    assert.equal(again.status, 409);
  });
});

describe('webhooks', () => {
  it('want an address of the web, and keep what was written', async () => {
    const fields = { url: 'ftp://desk.example', events: 'review.due' };
    const answer = await ada.browser.post('/p/shop/webhooks/new', fields);
    assert.equal(answer.status, 422);
    assert.match(await answer.text(), /value="ftp:\/\/desk\.example"/);
  });

  it('are added with a secret that is shown once, tried out, and removed', async () => {
    const fields = { url: 'https://crm.example/erased', events: ['erasure.done', 'review.due'] };
    const added = await (await ada.browser.post('/p/shop/webhooks/new', fields)).text();
    assert.match(added, /whsec_/);
    const address = /href="(\/p\/shop\/webhooks\/[0-9a-f-]{36})"/.exec(added)?.[1] ?? '';
    await ada.browser.post(`${address}/test`, {}, { from: address });
    const page = await text(ada.browser.get(address));
    assert.match(page, /webhook\.test/);
    assert.doesNotMatch(page, /whsec_/);
    assert.equal((await root.browser.get(address.replace('shop', 'other'))).status, 404);
    await ada.browser.post(`${address}/remove`, {});
    assert.equal((await ada.browser.get(address)).status, 404);
  });
});
