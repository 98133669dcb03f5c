import { readFile } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { deletionEntry, erasureEntry, readAuditEntry, type AuditRow } from '../db/audit.ts';
import { AppError } from '../domain/errors.ts';
import { withAuditLog, type AuditCliDeps, type AuditLogServices } from './audit-deps.ts';
import { publicKeyOption, readPublicKeys } from './audit-verify.ts';
import { findSession } from './find-session.ts';
import { createOutput, jsonOption } from './output.ts';

interface Which {
  readonly session?: string;
  readonly erasure?: string;
}

/** `retention audit receipt` */
export function createReceiptCommand(deps: AuditCliDeps): Command {
  return new Command('receipt')
    .description('print the receipt of an entry: its proof, which anybody can check at any time')
    .addArgument(new Argument('[seq]', 'the number of the entry'))
    .option('--session <id>', 'the entry of the deletion of this session')
    .option('--erasure <number>', 'the newest entry of this erasure')
    .action(async (seq: string | undefined, which: Which) => {
      await withAuditLog(deps, async (log) => {
        const receipt = await log.receiptFor(await findEntry(log, seq, which));
        deps.stdout.write(`${JSON.stringify(receipt, null, 2)}\n`);
      });
    })
    .addHelpText(
      'after',
      `
Examples:
  $ retention audit receipt --session 1f0c2d3e > receipt.json
  $ retention audit receipt --erasure E-7KQM-2XWB > receipt.json
  $ retention audit prove --receipt receipt.json --public-key audit-key.txt`,
    );
}

async function findEntry(
  { db }: AuditLogServices,
  seq: string | undefined,
  { session, erasure }: Which,
): Promise<AuditRow> {
  if ([seq, session, erasure].filter((one) => one !== undefined).length !== 1)
    throw new AppError('input_invalid', 'Name one entry: by its number, by --session or by --erasure.');
  if (seq !== undefined) return entryOfNumber(db, seq);
  if (session !== undefined) {
    const found = await deletionEntry(db, await findSession(db, session));
    if (found) return found;
    throw new AppError('not_found', `Session ${session} is not deleted: there is no entry that says so.`);
  }
  const found = await erasureEntry(db, erasure ?? '');
  if (found) return found;
  throw new AppError('not_found', `There is no erasure ${erasure ?? ''} in the audit log.`);
}

/** @throws AppError `input_invalid` for what is no number, `not_found` */
export async function entryOfNumber(db: AuditLogServices['db'], text: string): Promise<AuditRow> {
  const seq = Number(text);
  if (!/^\d{1,15}$/.test(text))
    throw new AppError('input_invalid', `${JSON.stringify(text)} is not the number of an audit entry.`);
  const found = await readAuditEntry(db, seq);
  if (found) return found;
  throw new AppError('not_found', `There is no audit entry ${text}. See them with: retention audit list`);
}

/** `retention audit prove` */
export function createProveCommand(deps: AuditCliDeps): Command {
  return new Command('prove')
    .description('check a receipt; with --public-key it needs nothing of this installation')
    .requiredOption('--receipt <file>', 'the receipt, as it was given out')
    .addOption(publicKeyOption())
    .addOption(jsonOption())
    .action(async (options: { receipt: string; publicKey?: string[] }, command: Command) => {
      const given = await readJson(options.receipt);
      const own = options.publicKey ? [] : await withAuditLog(deps, (log) => log.keys());
      const keys = options.publicKey
        ? await readPublicKeys(options.publicKey)
        : own.map(({ verifier }) => verifier);
      const verdict = deps.tools.verifyReceipt(given, keys, deps.tools.handOversOf(own));
      createOutput(deps, command).data(verdict, () => (verdict.verdict === 'genuine' ? verdict.message : ''));
      if (verdict.verdict === 'genuine') return;
      throw new AppError(
        verdict.verdict === 'not_a_receipt' ? 'input_invalid' : 'audit_damaged',
        verdict.message,
      );
    });
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new AppError('not_found', `There is no file ${path} to read.`);
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
