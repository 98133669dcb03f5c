import type { Hono } from 'hono';
import { verifyReceipt } from '../audit/receipt.ts';
import { handOversOf } from '../audit/signing-keys.ts';
import type { Config } from '../config.ts';
import { createReceiptPage } from '../console/receipt-page.ts';
import { readPublicKeys } from './audit-deps.ts';

/** The page of receipts. Told the public keys, it needs neither the key file nor a database. */
export function receiptPage({ audit, secretsDir }: Pick<Config, 'audit' | 'secretsDir'>): Hono {
  const told = audit.publicKeys.length > 0;
  const ownKeys = () => readPublicKeys(secretsDir);
  return createReceiptPage({
    publicKeys: async () => (told ? audit.publicKeys : (await ownKeys()).map(({ verifier }) => verifier)),
    handOvers: async () => (told ? [] : handOversOf(await ownKeys())),
    verify: verifyReceipt,
  });
}
