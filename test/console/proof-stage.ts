import { sql } from 'kysely';
import { sequenceEntries, signHead, type AuditLogDeps } from '../../src/acts/audit-log.ts';
import { appendAuditEntry, type AuditEntry } from '../../src/audit/append.ts';
import { connect } from '../../src/db/connect.ts';
import type { Tables } from '../../src/db/tables.ts';
import { openAuditLog } from '../../src/main/audit-deps.ts';
import { configOf, type ConsoleStage } from './stage.ts';

/** What keeps the audit log of a console's stage, as the relay would. */
export interface ProofStage {
  readonly log: AuditLogDeps;
  /** Writes an entry of the project `shop`, but for what is changed. */
  write(change?: Partial<AuditEntry>): Promise<void>;
  /** Gives entries their place and signs the head. */
  sign(): Promise<void>;
  /** Runs a statement as the owner of the tables, with the guards switched off. */
  tamper(statement: string): Promise<void>;
}

export async function openProof(at: ConsoleStage): Promise<ProofStage> {
  const { db } = at.database;
  const stores = { of: noStore, at: noStore };
  const log = await openAuditLog({ config: configOf(at.database), db, stores });
  return {
    log,
    async write(change = {}) {
      await appendAuditEntry(db, {
        at: at.now(),
        actor: { kind: 'staff', id: 'staff-7', role: 'supervisor' },
        action: 'hold.placed',
        object: { kind: 'session', id: 'session-1' },
        projectId: 'shop',
        counts: { sessions: 1 },
        reason: 'CASE-4711',
        ...change,
      });
    },
    async sign() {
      while ((await sequenceEntries(log)) > 0);
      await signHead(log, at.now());
    },
    async tamper(statement) {
      const owner = connect<Tables>(at.database.ownerUrl, () => undefined, 1);
      await sql`alter table audit_entry disable trigger user`.execute(owner);
      await sql.raw(statement).execute(owner);
      await sql`alter table audit_entry enable trigger user`.execute(owner);
      await owner.destroy();
    },
  };
}

const noStore = () => Promise.reject(new Error('this stage has no anchor'));
