import type { Command } from 'commander';
import type { AuditCliDeps } from './audit-deps.ts';
import { createAuditKeysCommand, createCutCommand, createRotateKeyCommand } from './audit-keep.ts';
import { createProveCommand, createReceiptCommand } from './audit-receipt.ts';
import { createExportCommand, createShowCommand } from './audit-show.ts';
import { createVerifyCommand } from './audit-verify.ts';

/** The commands of `retention audit` beside `list`: what makes the log a proof. */
export function createAuditLogCommands(deps: AuditCliDeps): Command[] {
  return [
    createShowCommand(deps),
    createExportCommand(deps),
    createVerifyCommand(deps),
    createReceiptCommand(deps),
    createProveCommand(deps),
    createAuditKeysCommand(deps),
    createRotateKeyCommand(deps),
    createCutCommand(deps),
  ];
}
