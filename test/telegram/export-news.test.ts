import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { forgetQueriesOn } from '../../src/acts/queries-on-person.ts';
import { putDelivery } from '../../src/db/deliveries.ts';
import { updateExport } from '../../src/db/exports.ts';
import type { Actor } from '../../src/domain/events.ts';
import type { ExportNews } from '../../src/domain/exports.ts';
import { customerMessage } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createSupervisorsStage, type SupervisorsStage } from './supervisors-stage.ts';

describe('whoever asked for an export', () => {
  let at: SupervisorsStage;
  before(async () => {
    at = await createSupervisorsStage();
  });
  after(() => at.stop());

  async function requested(): Promise<string> {
    const actor = { kind: 'staff', id: await at.staffId(at.second) } as const;
    return at.acts.requestExport({
      ...{ projectId: 'shop', query: 'Canary', format: 'csv', reason: 'TICKET-1', now: new Date() },
      reader: { actor, roles: ['supervisor'] },
    });
  }

  const tell = (exportId: string, news: ExportNews) =>
    putDelivery(at.db, {
      ...{ projectId: 'shop', target: 'supervisors', now: new Date() },
      content: { kind: 'export', exportId, news },
    });

  async function isToldAlone(text: RegExp) {
    await until(`the requester to see ${text}`, () => at.count(at.second, text) === 1);
    for (const other of [at.compliance, at.operator]) assert.equal(at.count(other, text), 0);
    assert.doesNotMatch(at.chat(at.second).join(), /Canary/);
  }

  it('is told in private that it can be fetched, and nothing of what is in it', async () => {
    const id = await requested();
    await updateExport(at.db, id, { state: 'done', done_sessions: 3 });
    await tell(id, 'done');
    await isToldAlone(
      new RegExp(`Test shop: export ${id.slice(0, 8)} can be fetched until .* Sessions in it: 3`),
    );
  });

  it('is told that it was destroyed, or could not be written', async () => {
    for (const [news, text] of [
      ['destroyed', 'was destroyed, because something in it was deleted'],
      ['failed', 'could not be written'],
    ] as const) {
      const id = await requested();
      await updateExport(at.db, id, { state: 'removed' });
      await tell(id, news);
      await isToldAlone(new RegExp(`export ${id.slice(0, 8)} ${text}`));
    }
  });

  it('is not told that it can be fetched when it no longer can', async () => {
    const id = await requested();
    await updateExport(at.db, id, { state: 'removing' });
    await tell(id, 'done');
    const outcome = await until('the delivery has ended', async () => {
      const rows = at.db.selectFrom('delivery').select('outcome').where('kind', '=', 'export');
      return (await rows.orderBy('id', 'desc').executeTakeFirstOrThrow()).outcome ?? undefined;
    });
    assert.equal(outcome, 'gone');
  });
});

describe('whoever made a schedule of exports', () => {
  let at: SupervisorsStage;
  before(async () => {
    at = await createSupervisorsStage();
  });
  after(() => at.stop());

  it('is told in private when an erasure ends it, and never of whom; nobody is who has no chat', async () => {
    const telegramUserId = 9_307_511;
    await at.acts.receiveMessage(customerMessage('hello', { telegramUserId }));
    const { id: subjectId } = await at.db
      .selectFrom('subject')
      .select('id')
      .where('telegram_user_id', '=', telegramUserId)
      .executeTakeFirstOrThrow();
    const now = new Date();
    const schedule = (actor: Actor, query: string) =>
      at.acts.addExportSchedule({
        ...{ projectId: 'shop', query, format: 'csv', reason: 'T-1', cron: 'daily', now },
        reader: { actor, roles: ['supervisor'] },
      });
    const author = { kind: 'staff', id: await at.staffId(at.second) } as const;
    const ended = await schedule(author, `user:${telegramUserId}`);
    const stays = await schedule(author, 'parcel');
    await schedule({ kind: 'operator', id: 'cli:test' }, `user:${telegramUserId}`);
    const erasure = { number: 'E-1', project_id: 'shop', subject_id: subjectId };
    const forget = () => forgetQueriesOn(at, erasure, { actor: { kind: 'workflow', id: 'erasure' }, now });
    await forget();
    await forget();
    const text = await at.sees(at.second, /the schedule of exports .* has ended/);
    assert.ok(text.includes(`Test shop: the schedule of exports ${ended.slice(0, 8)} has ended`), text);
    assert.ok(!text.includes(String(telegramUserId)) && !text.includes(subjectId.slice(0, 8)), text);
    assert.ok(!at.chat(at.second).join().includes(stays.slice(0, 8)));
    const queued = at.db.selectFrom('delivery').select('id').where('kind', '=', 'export-schedule');
    assert.equal((await queued.execute()).length, 1, 'once, and not to a command line');
    for (const other of [at.compliance, at.operator]) assert.equal(at.count(other, /schedule of exports/), 0);
  });
});
