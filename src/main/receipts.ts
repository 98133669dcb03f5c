import type { Hono } from 'hono';
import { verifyReceipt } from '../audit/receipt.ts';
import { handOversOf } from '../audit/signing-keys.ts';
import type { Config } from '../config.ts';
import { createReceiptPage, type ReceiptPageDeps } from '../console/receipt-page.ts';
import { readPublicKeys } from './audit-deps.ts';

/** The page of receipts. Told the public keys, it needs neither the key file nor a database. */
export function receiptPage(config: Pick<Config, 'audit' | 'secretsDir'>): Hono {
  return createReceiptPage(receiptDeps(config));
}

/** What confirms receipts: the keys that the configuration names, or those of this installation. */
export function receiptDeps({ audit, secretsDir }: Pick<Config, 'audit' | 'secretsDir'>): ReceiptPageDeps {
  const told = audit.publicKeys.length > 0;
  const ownKeys = () => readPublicKeys(secretsDir);
  return {
    publicKeys: async () => (told ? audit.publicKeys : (await ownKeys()).map(({ verifier }) => verifier)),
    handOvers: async () => (told ? [] : handOversOf(await ownKeys())),
    verify: verifyReceipt,
  };
}
