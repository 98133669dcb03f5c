import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import type { CodecKeys } from '../temporal/codec.ts';
import { createFileKeyEncryptionKeys, type FileKeyEncryptionKeys } from '../vault/file-kek.ts';
import { loadPseudonym, type Pseudonym } from '../vault/pseudonym.ts';
import { readOrMakeSecretFile } from '../vault/secret-file.ts';

/** The keys of an installation, each in a file of its own that only its owner may read. */
export interface Secrets {
  readonly kek: FileKeyEncryptionKeys;
  readonly pseudonym: Pseudonym;
  readonly codecKeys: CodecKeys;
}

const codecFile = z.object({
  current: z.string(),
  keys: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** Opens the key files in a directory; those that are missing are made. */
export async function openSecrets(directory: string): Promise<Secrets> {
  return {
    kek: createFileKeyEncryptionKeys({
      path: join(directory, 'key-encryption-keys.json'),
      now: () => new Date(),
    }),
    pseudonym: await loadPseudonym(join(directory, 'pepper')),
    codecKeys: await openCodecKeys(join(directory, 'codec-keys.json')),
  };
}

async function openCodecKeys(path: string): Promise<CodecKeys> {
  const id = `codec-${randomBytes(4).toString('hex')}`;
  const first = { current: id, keys: { [id]: randomBytes(32).toString('hex') } };
  const text = await readOrMakeSecretFile(path, () => JSON.stringify(first, null, 2));
  const parsed = codecFile.safeParse(JSON.parse(text.toString()));
  if (!parsed.success)
    throw new AppError('config_invalid', `${path} is not a file of codec keys. Restore it from its backup.`);
  const { current, keys } = parsed.data;
  return {
    current,
    keys: Object.fromEntries(Object.entries(keys).map(([name, hex]) => [name, Buffer.from(hex, 'hex')])),
  };
}

/** A password that is made once and kept in a file. */
export async function keptPassword(path: string): Promise<string> {
  return (await readOrMakeSecretFile(path, () => randomBytes(24).toString('base64url'))).toString().trim();
}
