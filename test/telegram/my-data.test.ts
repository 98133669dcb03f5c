import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCustomerDataActs } from '../../src/acts/customer-data.ts';
import { createFileFetcher } from '../../src/telegram/files.ts';
import { createPartWriter } from '../../src/telegram/export-parts.ts';
import { importExport } from '../../src/acts/import/import-export.ts';
import { revisionContext } from '../../src/db/messages.ts';
import { addProject, testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { erasureStage, type ErasureStage } from './erasure-stage.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let on: ErasureStage;

before(async () => {
  at = await createDeskStage({
    contact: { text: 'Test shop Ltd', email: 'privacy@shop.example' },
    notice: { version: '1', url: 'https://shop.example/privacy' },
  });
  on = erasureStage(at);
});
after(() => at.stop());

/** The files somebody was sent, by name. */
async function filesOf(userId: number): Promise<Map<string, string>> {
  const fetchFile = createFileFetcher(() => ({ api: on.api, token: at.token, root: at.sandbox.apiRoot }));
  const files = new Map<string, string>();
  for (const { document } of at.sandbox.world.play.messages(userId, userId)) {
    if (!document) continue;
    const file = await fetchFile('shop', document.file_id);
    assert.ok('bytes' in file);
    files.set(document.file_name ?? '', file.bytes.toString());
  }
  return files;
}

describe('/mydata', () => {
  it('shows who a customer is here, what is held, until when and under which rule', async () => {
    const person = on.person();
    at.sandbox.world.play.start(person);
    await at.sees(person, /keeps this conversation/);
    await on.presses(person, on.button(person, /I agree/));
    await on.writes(person, 'hello');
    on.says(person, '/mydata');
    const shown = await at.sees(person, /What Test shop keeps about you/);
    assert.match(shown, /Name: Nadia Pérez/);
    assert.match(shown, /Username: @person_/);
    assert.match(shown, /Privacy notice 1: you agreed on/);
    assert.match(shown, /Where you live: not known/);
    assert.match(shown, /Open\.\nKept until about .*the usual period/s);
    assert.match(shown, /messages: 1/);
  });

  it('counts what was said, and no note that staff wrote for each other', async () => {
    const person = on.person();
    await on.writes(person, 'a question');
    await at.topicSays(/^a question$/);
    at.sayInTopic('/note calls back');
    await at.topicSays(/Kept as a note/);
    on.says(person, '/mydata');
    assert.match(await at.sees(person, /What Test shop keeps about you/), /messages: 1\b/);
  });

  it('goes page by page when it is long', async () => {
    const person = on.person();
    for (let time = 0; time < 6; time++) {
      await on.writes(person, `message ${time}`);
      await on.archive(person);
    }
    on.says(person, '/mydata');
    const first = await at.sees(person, /Page 1 of 2/);
    assert.match(first, /Sealed in the archive\.\nKept until /);
    await on.presses(person, on.button(person, /Older/));
    await at.sees(person, /Page 2 of 2/);
    await on.presses(person, on.button(person, /Newer/));
    await at.sees(person, /Page 1 of 2/);
  });
});

describe('what Telegram expects of a bot', () => {
  it('/privacy says how long what is kept, in the customer’s language', async () => {
    const person = on.person('es');
    on.says(person, '/privacy');
    const shown = await at.sees(person, /Cuánto tiempo guarda Test shop/);
    assert.match(shown, /730 días/);
    assert.match(shown, /Como mínimo 20 años: medical records/);
    assert.match(shown, /https:\/\/shop\.example\/privacy/);
  });

  it('/developer_info says who runs it', async () => {
    const person = on.person();
    on.says(person, '/developer_info');
    const shown = await at.sees(person, /Test shop is run by/);
    assert.match(shown, /Test shop Ltd\nprivacy@shop\.example/);
  });

  it('offers its commands in every language it speaks', async () => {
    const scope = { type: 'all_private_chats' } as const;
    const languages = [undefined, 'ru', 'zh', 'es'] as const;
    const lists = await Promise.all(
      languages.map((language) =>
        on.api.getMyCommands({ scope, ...(language && { language_code: language }) }),
      ),
    );
    const names = lists.map((list) => list.map(({ command }) => command).sort());
    for (const list of names) assert.deepEqual(list, names[0]);
    for (const command of ['deletemydata', 'status', 'mydata', 'export', 'privacy', 'unsubscribe'])
      assert.ok(names[0]?.includes(command), command);
    const words = lists.map((list) => list.find(({ command }) => command === 'deletemydata')?.description);
    assert.equal(new Set(words).size, languages.length);
  });
});

describe('/unsubscribe', () => {
  it('stops all contact, tells staff, offers erasure, and ends when the customer writes again', async () => {
    const person = on.person();
    await on.writes(person, 'I need help');
    await at.topicSays(/^I need help$/);
    on.says(person, '/unsubscribe');
    await at.sees(person, /You will get no more messages/);
    at.sayInTopic('are you still there?');
    const sessionId = await on.sessionOf(person);
    await until('the answer to be held back', async () => {
      const row = await at.db
        .selectFrom('delivery')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('outcome', '=', 'unsubscribed')
        .executeTakeFirst();
      return row;
    });
    assert.equal(on.count(person, /still there/), 0);
    await on.writes(person, 'yes I am');
    at.sayInTopic('welcome back');
    await at.sees(person, /^welcome back$/);
    const actions = await at.db
      .selectFrom('audit_entry')
      .select('action')
      .where('object_id', '=', await on.subjectOf(person))
      .where('action', 'like', 'subject.%subscribed')
      .orderBy('seq')
      .execute();
    assert.deepEqual(actions, [{ action: 'subject.unsubscribed' }, { action: 'subject.resubscribed' }]);
    await on.presses(person, on.button(person, /Delete my data as well/));
    await at.sees(person, /Delete everything Test shop keeps/);
  });
});

describe('/export', () => {
  it('hands out live and archived text to read and for programs, and records it', async () => {
    const person = on.person();
    await on.writes(person, 'archived <script>alert(1)</script> & more');
    await on.archive(person);
    const sent = on.says(person, 'see https://example.org now');
    await until('it to be kept', async () => (await on.messagesOf(person)) === 1);
    at.sandbox.world.play.edit(person, { messageId: sent.message_id, text: 'see https://example.com now' });
    await until('the edit to be kept', async () => {
      const rows = await at.db
        .selectFrom('revision')
        .innerJoin('message', 'message.id', 'revision.message_id')
        .select('revision')
        .where('message.telegram_message_id', '=', sent.message_id)
        .where('message.subject_id', '=', await on.subjectOf(person))
        .execute();
      return rows.length === 2;
    });
    on.says(person, '/export');
    await at.sees(person, /That was all\. Files: 2\./);
    const files = await filesOf(person);
    const html = files.get('my-data.html') ?? '';
    assert.match(html, /archived &lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; more/);
    assert.ok(!html.includes('<script'));
    assert.match(html, /see https:\/\/example\.com now.*before:.*see https:\/\/example\.org now/s);
    const json = JSON.parse(files.get('result.json') ?? '') as { id: number; messages: { text: unknown }[] };
    assert.equal(json.id, person);
    assert.equal(json.messages[0]?.text, 'archived <script>alert(1)</script> & more');
    const recorded = await at.db
      .selectFrom('audit_entry')
      .select('counts')
      .where('object_id', '=', await on.subjectOf(person))
      .where('action', '=', 'data.exported')
      .execute();
    assert.deepEqual(recorded, [{ counts: { sessions: 2, messages: 2 } }]);
  });

  it('makes a result.json that the importer reads back as it was', async () => {
    const person = on.person();
    await on.writes(person, 'first');
    await at.topicSays(/^first$/);
    at.sayInTopic('answer');
    await at.sees(person, /^answer$/);
    await on.writes(person, 'mail me at a@b.example');
    on.says(person, '/export');
    await at.sees(person, /That was all/);
    const json = (await filesOf(person)).get('result.json') ?? '';
    await addProject(at.db, testProject({ id: 'copy' }));
    const refused: unknown[] = [];
    await importExport({ ...at, pseudonym: at.pseudonym }, bytes(json), {
      projectId: 'copy',
      dryRun: false,
      now: new Date(Date.now() + 60_000),
      actor: { kind: 'operator', id: 'test' },
      onRefused: (refusal) => refused.push(refusal),
      onProgress: () => undefined,
    });
    assert.deepEqual(refused, []);
    assert.deepEqual(await textsIn('copy'), await textsIn('shop', person));
  });

  it('is refused after three times in a day, and to whom nothing is kept of', async () => {
    const person = on.person();
    on.says(person, '/export');
    await at.sees(person, /Nothing is kept about you/);
    await on.writes(person, 'hello');
    const acts = createCustomerDataActs(at);
    for (let time = 0; time < 3; time++)
      await acts.recordExport({
        projectId: 'shop',
        subjectId: await on.subjectOf(person),
        counts: {},
        now: new Date(),
      });
    on.says(person, '/export');
    await at.sees(person, /three times within a day/);
  });

  it('cuts files into parts that are each whole', async () => {
    const parts: string[] = [];
    const writer = createPartWriter({
      limit: 60,
      head: '[',
      separator: ',',
      tail: ']',
      send: (part) => {
        parts.push(part.toString());
        return Promise.resolve();
      },
    });
    const numbers = Array.from({ length: 50 }, (_, index) => index * 1000);
    for (const number of numbers) await writer.add(String(number));
    await writer.end();
    assert.ok(parts.length > 3);
    for (const part of parts) assert.ok(Buffer.byteLength(part) <= 60, part);
    assert.deepEqual(
      parts.flatMap((part) => JSON.parse(part) as number[]),
      numbers,
    );
  });
});

async function* bytes(text: string): AsyncIterable<Buffer> {
  yield await Promise.resolve(Buffer.from(text));
}

/** Who wrote what and when to the second, of one project. */
async function textsIn(projectId: string, telegramUserId?: number) {
  const rows = await at.db
    .selectFrom('message as m')
    .innerJoin('revision as r', 'r.message_id', 'm.id')
    .innerJoin('subject as s', 's.id', 'm.subject_id')
    .select(['m.id', 'm.kind', 'm.author_role', 'm.sent_at', 'r.revision', 'r.sealed', 's.telegram_user_id'])
    .where('s.project_id', '=', projectId)
    .$if(telegramUserId !== undefined, (query) => query.where('s.telegram_user_id', '=', telegramUserId ?? 0))
    .orderBy('m.seq')
    .execute();
  return Promise.all(
    rows.map(async ({ id, revision, sealed, ...row }) => {
      const content = JSON.parse(String(await at.vault.open(sealed, revisionContext(id, revision)))) as {
        text?: string;
        entities?: unknown;
      };
      return { ...row, text: content.text, entities: content.entities };
    }),
  );
}
