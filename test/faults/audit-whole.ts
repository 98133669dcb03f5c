import assert from 'node:assert/strict';
import { checkLog } from '../../src/acts/audit-check.ts';
import { sequenceEntries, signHead } from '../../src/acts/audit-log.ts';
import { openAuditLog } from '../../src/main/audit-deps.ts';
import type { Installation } from './installation.ts';

/** Holds that every entry has its place in the log, and that the log is whole. */
export async function assertAuditWhole({ services }: Installation): Promise<void> {
  const log = await openAuditLog(services);
  while ((await sequenceEntries(log)) > 0);
  await signHead(log, new Date());
  const { ok, findings, entries } = await checkLog(log);
  assert.ok(ok, JSON.stringify(findings));
  const all = await services.db.selectFrom('audit_entry').select('seq').execute();
  assert.equal(entries, all.length);
}
