import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createPublicLimit } from '../../src/console/public-limit.ts';
import { publicRoute } from '../../src/console/registry.ts';
import { openProof, type ProofStage } from './proof-stage.ts';
import { createBrowser, openConsoleStage, type ConsoleStage } from './stage.ts';

let at: ConsoleStage;
let proof: ProofStage;

const FILE = `id: shop
name: Test shop
notice: { version: "1", url: "https://shop.example/privacy" }
contact: { email: privacy@shop.example }
policy: { idle: P7D, reopen: PT12H, keep: P730D, review: { window: P7D }, spam: { deleteAfter: P7D } }
`;

before(async () => {
  at = await openConsoleStage();
  proof = await openProof(at);
  const projects = join(at.database.secretsDir, 'projects');
  await mkdir(projects);
  await writeFile(join(projects, 'shop.yaml'), FILE);
});
after(() => at.close());

async function read(path: string, headers: Record<string, string> = {}): Promise<string> {
  return (await at.browser().get(path, headers)).text();
}

describe('the public page of a project', () => {
  it('says how long what is kept, why, and whom to write to, without signing in', async () => {
    const page = await read('/privacy/shop');
    assert.match(page, /How long Test shop keeps what/);
    assert.match(page, /At least 3 years: audits/);
    assert.match(page, /730 days after a conversation was closed/);
    assert.match(page, /\/deletemydata/);
    assert.match(page, /privacy@shop\.example/);
    assert.match(page, /https:\/\/shop\.example\/privacy/);
  });

  it('speaks the language that is chosen, or that the browser asks for', async () => {
    assert.match(await read('/privacy/shop?language=ru'), /<main[^>]*lang="ru"/);
    assert.match(await read('/privacy/shop?language=zh'), /不/);
    const spanish = await read('/privacy/shop', { 'accept-language': 'pt-PT,es-MX;q=0.8,en;q=0.5' });
    assert.match(spanish, /Qué se guarda/);
    assert.match(await read('/privacy/shop?language=xx'), /What is kept/);
  });

  it('holds nothing of a person and nothing of the staff', async () => {
    const page = await read('/privacy/shop');
    const { id } = await at.database.db
      .selectFrom('staff')
      .select('id')
      .where('project_id', '=', 'shop')
      .limit(1)
      .executeTakeFirstOrThrow();
    assert.ok(!page.includes(id) && !/\b501\b/.test(page));
    assert.doesNotMatch(page, /<nav class="side"/);
  });

  it('is not there for what is no project', async () => {
    for (const id of ['nobody', 'SHOP', '..%2fshop', '%00'])
      assert.equal((await at.browser().get(`/privacy/${id}`)).status, 404, id);
  });

  it('is refused to who asks far too often', async () => {
    const limited = createPublicLimit(2);
    const address = await at.serve([
      publicRoute({
        method: 'GET',
        path: '/page',
        handler: limited((page) => page.html({ title: 'Here', body: '' })),
      }),
    ]);
    const browser = createBrowser(address);
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await browser.get('/page'));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429],
    );
    assert.match(answers[2]?.headers.get('retry-after') ?? '', /^\d+$/);
  });
});

describe('the page that checks receipts', () => {
  async function receipt(): Promise<{ text: string; id: string }> {
    await proof.write({ action: 'session.erased', requestId: 'E-7KQM-2XWB' });
    await proof.sign();
    const { db } = at.database;
    const entry = await db
      .selectFrom('audit_entry')
      .selectAll()
      .where('action', '=', 'session.erased')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const made = await at.deps.installation.audit.receiptFor(entry);
    return { text: JSON.stringify(made), id: entry.object_id };
  }

  it('confirms a genuine one to anybody, and tells nobody who did it', async () => {
    const { text } = await receipt();
    const page = await (await at.browser().post('/receipt', { text })).text();
    assert.match(page, /<h2>Genuine<\/h2>/);
    assert.match(page, /because the person asked for it/);
    assert.match(page, /E-7KQM-2XWB/);
    assert.doesNotMatch(page, /staff-7|supervisor/);
  });

  it('says of an altered one that it is not genuine', async () => {
    const { text, id } = await receipt();
    const forged = text.replace(`"id":"${id}"`, '"id":"forged"');
    const page = await (await at.browser().post('/receipt', { text: forged })).text();
    assert.match(page, /<h2>Not genuine<\/h2>/);
    assert.doesNotMatch(page, /forged/);
  });

  it('answers whatever else is sent with words', async () => {
    for (const text of ['', 'hello', '{}', '[]', 'null', '<script>alert(1)</script>']) {
      const page = await (await at.browser().post('/receipt', { text })).text();
      assert.match(page, /<h2>Not a receipt<\/h2>/, text);
      assert.doesNotMatch(page, /<script>alert/);
    }
  });

  it('takes nothing that is far larger than a receipt', async () => {
    const response = await at.browser().post('/receipt', { text: 'x'.repeat(300_000) });
    assert.equal(response.status, 413);
  });

  it('gives out the public keys', async () => {
    const [key] = await proof.log.keys.list();
    assert.equal(await read('/receipt/public-key'), `${key?.verifier}\n`);
  });
});
