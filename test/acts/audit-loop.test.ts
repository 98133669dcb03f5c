import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { appendAuditEntry } from '../../src/audit/append.ts';
import { connect } from '../../src/db/connect.ts';
import { startAuditLog } from '../../src/main/audit-log.ts';
import { createAuditCliStage, type AuditCliStage } from '../cli/audit-stage.ts';
import { addProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { entryNumber } from './audit-stage.ts';

describe('the service, left to itself', () => {
  let stage: AuditCliStage;
  let logged: string[];
  let running: { stop(): Promise<void> }[];

  beforeEach(async () => {
    stage = await createAuditCliStage();
    await addProject(stage.database.db);
    logged = [];
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await stage.close();
  });

  async function start(checkpointMs: number): Promise<{ stop(): Promise<void> }> {
    const log = pino({ level: 'info' }, { write: (line) => logged.push(line) });
    const { config } = stage.services;
    const started = await startAuditLog({
      ...stage.services,
      log,
      config: { ...config, audit: { ...config.audit, checkpointMs } },
    });
    running.push(started);
    return started;
  }

  const append = async (from: number, count: number) => {
    for (let n = from; n < from + count; n++) await appendAuditEntry(stage.database.db, entryNumber(n));
  };
  const actions = async () =>
    (await stage.database.db.selectFrom('audit_entry').select('action').orderBy('seq').execute()).map(
      ({ action }) => action,
    );
  const heads = () =>
    stage.database.db.selectFrom('audit_checkpoint').select(['size', 'anchored_at']).orderBy('id').execute();

  it('signs and anchors heads while the log grows, in whichever of its processes', async () => {
    await start(100);
    await start(100);
    await append(1, 5);
    await until('the first head to be anchored', async () => (await heads())[0]?.anchored_at);
    await append(6, 5);
    await until('all of it to be anchored', async () => {
      const all = await heads();
      return (await stage.log.anchor?.notes())?.length === all.length && (all.at(-1)?.size ?? 0) >= 10;
    });
    const { code, stderr } = await stage.run('audit', 'verify');
    assert.equal(code, 0, stderr);
  });

  it('signs and anchors what there is when it is stopped', async () => {
    const one = await start(3_600_000);
    await append(1, 5);
    await one.stop();
    const [{ n } = { n: 0 }] = (
      await sql<{ n: number }>`select count(*) as n from audit_entry`.execute(stage.database.db)
    ).rows;
    const last = (await heads()).at(-1);
    assert.equal(last?.size, n);
    assert.ok(last?.anchored_at);
  });

  it('checks the log by itself when it starts, and not again within the day', async () => {
    await append(1, 5);
    await stage.keep();
    await start(3_600_000);
    await until('a check', async () => (await actions()).includes('audit.verified'));
    await Promise.all(running.map((one) => one.stop()));
    const second = await start(3_600_000);
    await second.stop();
    assert.equal((await actions()).filter((action) => action === 'audit.verified').length, 1);
  });

  it('calls for people when the check finds damage, in the log and among the supervisors', async () => {
    await append(1, 5);
    await stage.keep();
    const owner = connect(stage.database.ownerUrl, () => undefined, 1);
    await sql`alter table audit_entry disable trigger user`.execute(owner);
    await sql`update audit_entry set counts = '{}' where op_id = 'op-3'`.execute(owner);
    await sql`alter table audit_entry enable trigger user`.execute(owner);
    await owner.destroy();
    await start(3_600_000);
    await until('an alarm', async () => (await actions()).includes('audit.damaged'));
    const called = await stage.database.db
      .selectFrom('delivery')
      .select(['target', 'payload'])
      .where('target', '=', 'supervisors')
      .execute();
    assert.deepEqual(
      called.map(({ payload }) => payload['key']),
      ['audit-damaged'],
    );
    assert.ok(logged.some((line) => line.includes('"alarm":"audit_damaged"')));
  });

  it('warns where no anchor is set up', async () => {
    const { config } = stage.services;
    const log = pino({ level: 'info' }, { write: (line) => logged.push(line) });
    const started = await startAuditLog({
      ...stage.services,
      log,
      config: { ...config, audit: { ...config.audit, anchorUrl: undefined } },
    });
    await started.stop();
    assert.ok(logged.some((line) => line.includes('has no anchor')));
  });
});
