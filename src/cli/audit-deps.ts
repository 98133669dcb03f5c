import type { Kysely } from 'kysely';
import type { LogCheck } from '../acts/audit-check.ts';
import type { CutPlan } from '../acts/audit-cut.ts';
import type { AuditEntry } from '../audit/append.ts';
import type { Receipt, ReceiptVerdict } from '../audit/receipt.ts';
import type { SigningKeyInfo } from '../audit/signing-keys.ts';
import type { VerifyOptions, VerifyReport } from '../audit/verify.ts';
import type { AuditRow } from '../db/audit.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor } from '../domain/events.ts';
import type { CliDeps } from './deps.ts';

interface Act {
  readonly actor: Actor;
  readonly now: Date;
}

type Checking = Pick<VerifyOptions, 'onProgress' | 'publicKeys'> & { readonly anchorUrl?: string };

/** The audit log of a running installation. */
export interface AuditLogServices {
  readonly db: Kysely<Tables>;
  readonly appendAuditEntry: (entry: AuditEntry) => Promise<unknown>;
  exportedRange(): Promise<{ readonly from: number; readonly to: number }>;
  exportLog(): AsyncIterable<string>;
  check(options: Partial<Checking>): Promise<LogCheck>;
  receiptFor(entry: AuditRow): Promise<Receipt>;
  keys(): Promise<readonly SigningKeyInfo[]>;
  rotateKey(act: Act): Promise<string>;
  /** What is configured, where nothing is said on the command line. */
  readonly keepMonths: number | undefined;
  planCut(months: number, now: Date): Promise<CutPlan | undefined>;
  cut(plan: CutPlan, act: Act): Promise<number>;
  /** The workflow's run in the Temporal UI; `null` where no UI is configured. */
  urlOfRun(source: { readonly workflowId: string; readonly runId: string }): string | null;
  close(): Promise<void>;
}

/** What checks a file with nothing of this installation but the program. */
export interface AuditTools {
  /** @throws AppError `not_found` when an anchor is named and holds nothing */
  verifyFile(path: string, options: Checking): Promise<VerifyReport>;
  /** The notes with which keys were retired. */
  handOversOf(keys: readonly SigningKeyInfo[]): string[];
  verifyReceipt(given: unknown, publicKeys: readonly string[], handOvers?: readonly string[]): ReceiptVerdict;
}

/** What the commands of the audit log work with. */
export interface AuditCliDeps extends Omit<CliDeps, 'open' | 'migrate'> {
  readonly open: () => Promise<AuditLogServices>;
  readonly tools: AuditTools;
}

/** Opens the log for one command, and closes it after it whatever happens. */
export async function withAuditLog<T>(
  deps: Pick<AuditCliDeps, 'open'>,
  work: (log: AuditLogServices) => Promise<T>,
): Promise<T> {
  const log = await deps.open();
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
