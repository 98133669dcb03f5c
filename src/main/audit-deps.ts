import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AuditLogDeps } from '../acts/audit-log.ts';
import { createAnchor } from '../audit/anchor.ts';
import { readVerifier } from '../audit/note.ts';
import { AppError } from '../domain/errors.ts';
import { createSigningKeys, type SigningKeyInfo, type SigningKeys } from '../audit/signing-keys.ts';
import { readOrMakeSecretFile, readSecretFile, replaceSecretFile } from '../vault/secret-file.ts';
import { createAnchorStore } from './anchor-store.ts';
import type { Services } from './services.ts';

/** The log's name and the keys that sign its heads, made at the first use. */
export async function openSigningKeys(
  secretsDir: string,
  name = `telegram-retention/${randomBytes(4).toString('hex')}`,
): Promise<{ readonly origin: string; readonly keys: SigningKeys }> {
  const files = { readOrMake: readOrMakeSecretFile, replace: replaceSecretFile };
  const deps = { path: keyFileIn(secretsDir), files, now: () => new Date() };
  const [first] = await createSigningKeys({ ...deps, name }).list();
  // The name stays what the first key was made for: receipts and anchors call the log by it.
  const origin = first ? readVerifier(first.verifier).name : name;
  return { origin, keys: createSigningKeys({ ...deps, name: origin }) };
}

function keyFileIn(secretsDir: string): string {
  return join(secretsDir, 'audit-signing-keys.json');
}

/**
 * The public keys of this installation's log, for those who only check. A key made here would be that of a
 * log which nobody keeps.
 *
 * @throws AppError `config_invalid` where there is no key file
 */
export async function readPublicKeys(secretsDir: string): Promise<readonly SigningKeyInfo[]> {
  const path = keyFileIn(secretsDir);
  const missing = new AppError(
    'config_invalid',
    `There is no key of an audit log at ${path}. Start the relay, which makes it, or name the public key in RETENTION_AUDIT_PUBLIC_KEY.`,
  );
  const readOrMake = async (file: string) => {
    const bytes = await readSecretFile(file);
    if (!bytes) throw missing;
    return bytes;
  };
  const files = { readOrMake, replace: () => Promise.reject(missing) };
  return createSigningKeys({ path, name: '', files, now: () => new Date() }).list();
}

/** What keeps and checks the audit log of this installation. */
export async function openAuditLog({
  config,
  db,
  stores,
}: Pick<Services, 'config' | 'db' | 'stores'>): Promise<AuditLogDeps> {
  const { anchorUrl, name } = config.audit;
  return {
    db,
    ...(await openSigningKeys(config.secretsDir, name)),
    ...(anchorUrl !== undefined && {
      anchor: createAnchor(createAnchorStore(() => stores.at(anchorUrl))),
    }),
  };
}
