import { createReadStream } from 'node:fs';
import { checkLog } from '../acts/audit-check.ts';
import { cut, planCut } from '../acts/audit-cut.ts';
import { exportedRange, exportLog, receiptFor } from '../acts/audit-export.ts';
import { rotateSigningKey } from '../acts/audit-keys.ts';
import type { AuditLogDeps } from '../acts/audit-log.ts';
import { openStore } from '../archive/open-store.ts';
import { createAnchor, type Anchor } from '../audit/anchor.ts';
import { appendAuditEntry } from '../audit/append.ts';
import { linesOf } from '../audit/lines.ts';
import { verifyReceipt } from '../audit/receipt.ts';
import { handOversOf } from '../audit/signing-keys.ts';
import { verifyExport } from '../audit/verify.ts';
import type { AuditLogServices, AuditTools } from '../cli/audit-deps.ts';
import { readEnvironment, type Config } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import { createAnchorStore } from './anchor-store.ts';
import { openAuditLog } from './audit-deps.ts';
import type { Services } from './services.ts';

/** The audit log as the command line handles it. */
export async function createAuditServices(
  services: Pick<Services, 'config' | 'db' | 'stores' | 'close'>,
): Promise<AuditLogServices> {
  const { config, db } = services;
  const log: AuditLogDeps = await openAuditLog(services);
  const publicKeys = async () => await log.keys.list();
  return {
    db,
    appendAuditEntry: (entry) => appendAuditEntry(db, entry),
    exportedRange: () => exportedRange(db),
    exportLog: () => exportLog(db, log.origin),
    async check({ anchorUrl, ...options }) {
      const anchor = anchorUrl === undefined ? log.anchor : await filledAnchor(anchorUrl);
      return checkLog({ ...log, anchor }, options);
    },
    receiptFor: async (entry) => receiptFor(db, entry, (await publicKeys()).at(-1)?.verifier ?? ''),
    keys: publicKeys,
    rotateKey: (act) => rotateSigningKey(log, act),
    keepMonths: config.audit.keepMonths,
    planCut: (months, now) => planCut(log, { months, now }),
    cut: (plan, act) => cut(log, plan, act),
    urlOfRun: (source) => urlOfRun(config.temporal, source),
    close: () => services.close(),
  };
}

function urlOfRun(
  { ui, namespace }: Config['temporal'],
  { workflowId, runId }: { workflowId: string; runId: string },
): string | null {
  if (!ui) return null;
  const path = `/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;
  return new URL(path, ui).href;
}

/** What checks files; it opens no database and reads no configuration. */
export const auditTools: AuditTools = {
  async verifyFile(path, { anchorUrl, publicKeys = [], onProgress }) {
    const anchored = anchorUrl === undefined ? undefined : await (await filledAnchor(anchorUrl)).notes();
    return verifyExport(linesOf(bytesOf(path)), {
      publicKeys,
      ...(anchored && { anchored }),
      ...(onProgress && { onProgress }),
    });
  },
  handOversOf,
  verifyReceipt,
};

async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new AppError('not_found', `The file ${path} cannot be read (${code}).`, { cause: error });
  }
}

/** An anchor that holds nothing would confirm nothing, and look as if it had. */
async function filledAnchor(url: string): Promise<Anchor> {
  const endpoint = readEnvironment().variables['RETENTION_GCS_ENDPOINT'];
  const anchor = createAnchor(
    createAnchorStore(() => openStore(url, endpoint ? { gcs: { apiEndpoint: endpoint } } : {})),
  );
  if ((await anchor.notes()).length > 0) return anchor;
  throw new AppError(
    'not_found',
    `There is no signed head of an audit log at ${url}. Check the address, or leave --anchor out.`,
  );
}
