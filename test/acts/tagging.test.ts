import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readLife } from '../../src/db/life.ts';
import type { MessageContent } from '../../src/domain/messages.ts';
import { policySchema } from '../../src/domain/policy.ts';
import {
  addProject,
  createTestDatabase,
  customerMessage,
  testProject,
  type TestDatabase,
} from '../support/database.ts';

const agent = { kind: 'staff', id: 'agent-1', role: 'agent' } as const;
const NOW = new Date('2026-03-01T12:00:00Z');

let statements = 0;
let at: TestDatabase;
before(async () => {
  at = await createTestDatabase(() => (statements += 1));
  const policy = policySchema.parse({
    ...testProject().policy,
    rules: [
      ...testProject().policy.rules,
      { id: 'refunds', when: { tag: 'refund' }, keepAtLeast: 'P1Y', because: 'chargebacks' },
      { id: 'agreed', when: { authorized: true }, keepAtLeast: 'P4Y', because: 'the customer wants it' },
      { id: 'tiny', when: { tag: 'tiny' }, keepAtLeast: 'P1D', because: 'no longer than the base' },
    ],
    tagging: [
      {
        id: 'refund-words',
        tag: 'refund',
        when: { keywords: ['refund*', 'Rückerstattung'] },
        because: 'asks for money back',
      },
      { id: 'contacts', tag: 'contact', when: { entities: ['contact'] }, because: 'sent a contact' },
      { id: 'papers', tag: 'papers', when: { attachment: 'document' }, because: 'sent a document' },
      {
        id: 'german',
        tag: 'german',
        when: { language: 'de', keywords: ['hallo'] },
        because: 'writes in German',
      },
    ],
  });
  await addProject(at.db, testProject({ policy }));
});
after(() => at.drop());

let lastUser = 100;

interface Change {
  readonly content?: MessageContent;
  readonly attachments?: { kind: string; sizeBytes: number; content: object }[];
  readonly language?: string;
  readonly telegramUserId?: number;
  readonly now?: Date;
}

/** A message of a customer, of a new one where none is named. */
async function says(text: string, change: Change = {}): Promise<string> {
  const { language, telegramUserId = ++lastUser, now = NOW, ...rest } = change;
  const message = customerMessage(text, { telegramUserId, now });
  const from = { ...message.from, ...(language && { language }) };
  return (await at.acts.receiveMessage({ ...message, from, ...rest })).sessionId ?? '';
}

function tagsOf(sessionId: string) {
  return at.aside
    .selectFrom('session_tag')
    .select(['tag', 'origin', 'rule', 'added_by'])
    .where('session_id', '=', sessionId)
    .orderBy('tag')
    .execute();
}

function audited(sessionId: string) {
  return at.aside
    .selectFrom('audit_entry')
    .select(['actor_kind', 'actor_id', 'reason'])
    .where('object_id', '=', sessionId)
    .where('action', '=', 'tag.added')
    .orderBy('seq')
    .execute();
}

const AUTOMATIC = { tag: 'refund', origin: 'automatic', rule: 'refund-words', added_by: 'tagging' };
const file = (kind: string) => [{ kind, sizeBytes: 5, content: { fileId: 'f' } }];

const change = (sessionId: string, tag: string, how: 'add' | 'remove') =>
  at.acts.changeTag({ sessionId, tag, change: how, actor: agent, now: NOW });

let lastUpdate = 700_000;

async function answer(sessionId: string, text: string) {
  const { id: staffId } = await at.aside.selectFrom('staff').select('id').executeTakeFirstOrThrow();
  await at.acts.answerCustomer({
    sessionId,
    staffId,
    botId: 77,
    updateId: ++lastUpdate,
    kind: 'text',
    content: { text },
    attachments: [],
    telegramMessageId: lastUpdate,
    sentAt: NOW,
    now: NOW,
  });
}

describe('automatic tags', () => {
  it('come with the very first message, marked as automatic, with an entry and a word to staff', async () => {
    const id = await says('I want a REFUND, please');
    assert.deepEqual(await tagsOf(id), [AUTOMATIC]);
    assert.deepEqual(await audited(id), [
      { actor_kind: 'system', actor_id: 'tagging', reason: 'refund by rule refund-words' },
    ]);
    const told = await at.aside
      .selectFrom('delivery')
      .select('payload')
      .where('session_id', '=', id)
      .where('kind', '=', 'status')
      .orderBy('id')
      .execute();
    assert.deepEqual(
      told.map(({ payload }) => payload),
      [{ what: 'opened' }, { what: 'tagged' }],
    );
  });

  it('come with later messages, answers and edits, each tag once', async () => {
    const telegramUserId = ++lastUser;
    const id = await says('hello', { telegramUserId });
    assert.deepEqual(await tagsOf(id), []);
    await answer(id, 'Your refund is on its way');
    assert.deepEqual(await tagsOf(id), [AUTOMATIC]);
    await says('thanks for the refund', { telegramUserId });
    assert.equal((await audited(id)).length, 1);

    const edited = await says('helo', { telegramUserId: ++lastUser });
    const { id: messageId, subjectId } = await messageOf(edited);
    await at.acts.editCustomerMessage({
      projectId: 'shop',
      botId: 77,
      updateId: ++lastUpdate,
      subjectId,
      telegramMessageId: messageId,
      content: { text: 'Rückerstattung!' },
      editedAt: NOW,
      now: NOW,
    });
    assert.deepEqual(await tagsOf(edited), [AUTOMATIC]);
  });

  it('come from contacts and files as well as from words', async () => {
    const id = await says('', {
      content: { extra: { contact: { phone_number: '+1' } } },
      attachments: file('document'),
    });
    assert.deepEqual(
      (await tagsOf(id)).map(({ tag }) => tag),
      ['contact', 'papers'],
    );
    const events = await at.aside.selectFrom('outbox').select('event').where('session_id', '=', id).execute();
    assert.deepEqual(
      events.map(({ event }) => event),
      ['opened', 'tagged'],
    );
  });

  it('look at the language of the customer, in the first message too', async () => {
    assert.deepEqual(
      (await tagsOf(await says('Hallo!', { language: 'de' }))).map(({ tag }) => tag),
      ['german'],
    );
    assert.deepEqual(await tagsOf(await says('Hallo!', { language: 'en' })), []);
  });

  it('cost no statement where no rule applies', async () => {
    const telegramUserId = ++lastUser;
    const count = async (work: () => Promise<unknown>) => {
      statements = 0;
      await work();
      return statements;
    };
    const first = await count(() => says('one', { telegramUserId }));
    const later = await count(() => says('two', { telegramUserId }));
    const tagged = ++lastUser;
    // The tag, its entry, its event and the word to staff.
    assert.equal(await count(() => says('refund', { telegramUserId: tagged })), first + 4);
    assert.equal(await count(() => says('refund again', { telegramUserId: tagged })), later);
  });

  it('are not put back once a person has taken them off', async () => {
    const telegramUserId = ++lastUser;
    const id = await says('refund', { telegramUserId });
    await change(id, 'refund', 'remove');
    await says('refund, I said', { telegramUserId });
    assert.deepEqual(await tagsOf(id), []);
  });

  it('become a person’s own when a person adds them, even after taking them off', async () => {
    const telegramUserId = ++lastUser;
    const id = await says('refund', { telegramUserId });
    const own = [{ ...AUTOMATIC, origin: 'manual', rule: null, added_by: 'agent-1' }];
    assert.equal((await change(id, 'refund', 'add')).changed, true);
    assert.deepEqual(await tagsOf(id), own);
    await change(id, 'refund', 'remove');
    await change(id, 'refund', 'add');
    await says('refund', { telegramUserId });
    assert.deepEqual(await tagsOf(id), own);
    assert.equal((await change(id, 'refund', 'add')).changed, false);
  });

  it('are one tag and one entry when twenty messages ask for it at once', async () => {
    const telegramUserId = ++lastUser;
    const id = await says('hello', { telegramUserId });
    await Promise.all(Array.from({ length: 20 }, () => says('refund', { telegramUserId })));
    assert.deepEqual(await tagsOf(id), [AUTOMATIC]);
    assert.equal((await audited(id)).length, 1);
  });
});

describe('the kinds of attachments', () => {
  it('are kept on the session as they come, each once, through reopening too', async () => {
    const telegramUserId = ++lastUser;
    const id = await says('one', { telegramUserId, attachments: file('photo') });
    assert.deepEqual(await kinds(id), ['photo']);
    await says('two', { telegramUserId, attachments: file('photo') });
    await says('three', { telegramUserId, attachments: file('voice') });
    assert.deepEqual(await kinds(id), ['photo', 'voice']);
    await at.acts.closeSession({ sessionId: id, reason: 'agent', actor: agent, now: NOW });
    await says('four', { telegramUserId, attachments: file('video') });
    assert.deepEqual(await kinds(id), ['photo', 'video', 'voice']);
  });
});

describe('a relabel', () => {
  it('shows the date it would lead to and changes nothing', async () => {
    const id = await closed();
    const preview = await at.acts.previewTag({ sessionId: id, tag: 'Transaction', change: 'add', now: NOW });
    assert.deepEqual([preview.before?.decidedBy, preview.after?.decidedBy], ['base', 'transactions']);
    assert.ok((preview.after?.keepUntil ?? 0) > (preview.before?.keepUntil ?? 0));
    assert.deepEqual(await tagsOf(id), []);
    const removed = await at.acts.previewTag({ sessionId: id, tag: 'refund', change: 'remove', now: NOW });
    assert.deepEqual(removed.after, removed.before);
  });

  it('of an open session has no date to show, but for spam', async () => {
    const id = await says('hello');
    const preview = (tag: string) =>
      at.acts.previewTag({ sessionId: id, tag, change: 'add', now: NOW }).then(({ after }) => after);
    assert.equal(await preview('transaction'), null);
    assert.deepEqual(await preview('spam'), {
      keepUntil: new Date('2026-03-08T12:00:00Z'),
      decidedBy: 'spam',
    });
  });

  it('offers the tags that keep the session longer, the shortest first', async () => {
    const id = await closed();
    const offered = async () =>
      (await at.acts.relabelChoices({ sessionId: id, now: NOW })).map(({ tag }) => tag);
    assert.deepEqual(await offered(), ['transaction', 'authorized', 'healthcare']);
    await change(id, 'transaction', 'add');
    assert.deepEqual(await offered(), ['authorized', 'healthcare']);
  });

  it('leads to the very date that was shown', async () => {
    const id = await closed();
    await at.db
      .updateTable('session')
      .set({ phase: 'archived', archive_began_at: NOW, archived_at: NOW, keep_until: NOW })
      .where('id', '=', id)
      .execute();
    for (const { tag, keepUntil } of await at.acts.relabelChoices({ sessionId: id, now: NOW })) {
      await change(id, tag, 'add');
      assert.deepEqual((await readLife(at.db, id, NOW)).keepUntil, keepUntil);
      await change(id, tag, 'remove');
    }
  });
});

async function closed(): Promise<string> {
  const id = await says('hello');
  await at.acts.closeSession({ sessionId: id, reason: 'agent', actor: agent, now: NOW });
  return id;
}

async function messageOf(sessionId: string) {
  const row = await at.aside
    .selectFrom('message')
    .select(['telegram_message_id', 'subject_id'])
    .where('session_id', '=', sessionId)
    .executeTakeFirstOrThrow();
  return { id: row.telegram_message_id ?? 0, subjectId: row.subject_id };
}

async function kinds(sessionId: string): Promise<string[]> {
  const row = await at.aside
    .selectFrom('session')
    .select('attachment_kinds')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow();
  return row.attachment_kinds.toSorted();
}
