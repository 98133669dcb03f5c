import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { open, stat, unlink } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import type { KeyEncryptionKey, KeyEncryptionKeys } from './key-encryption-key.ts';
import { readOrMakeSecretFile, replaceSecretFile } from './secret-file.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyFile = z
  .object({
    version: z.literal(1),
    current: z.string(),
    keys: z.record(z.string(), z.object({ createdAt: z.iso.datetime(), key: z.base64().length(44) })),
  })
  .refine((file) => file.current in file.keys);
type KeyFile = z.infer<typeof keyFile>;

export interface FileKeyEncryptionKeys extends KeyEncryptionKeys {
  /**
   * Adds a key and makes it the current one; the old ones stay to unwrap with. Running processes see it at
   * their next use. Afterwards `rewrapAll` moves the data keys over.
   *
   * @returns the id of the new key
   */
  rotate(now: Date): Promise<string>;
}

/**
 * Key encryption keys in one file that only its owner may read, made on first use. For one machine: whoever
 * holds this file and the vault's database can read everything, so back the two up apart.
 */
export function createFileKeyEncryptionKeys(deps: { path: string; now: () => Date }): FileKeyEncryptionKeys {
  const { path } = deps;
  let loaded: { version: string; file: KeyFile } | undefined;

  async function load(): Promise<KeyFile> {
    // Rotation replaces the file, so a new inode is the sign to read again.
    const version = await fileVersion(path);
    if (loaded !== undefined && loaded.version === version) return loaded.file;
    if (loaded !== undefined && version === undefined) {
      // A new file in its place would hold none of the keys that data is wrapped under.
      throw new AppError(
        'config_invalid',
        `${path} is gone. Restore it from its backup before anything else is written.`,
      );
    }
    const bytes = await readOrMakeSecretFile(path, () =>
      JSON.stringify(withNewKey(undefined, deps.now()).file),
    );
    const file = parseKeyFile(path, bytes);
    loaded = { version: version ?? (await fileVersion(path)) ?? '', file };
    return file;
  }

  return {
    provider: 'file',
    async current() {
      const file = await load();
      return keyFrom(file, file.current);
    },
    async byId(id) {
      const file = await load();
      if (!(id in file.keys)) {
        throw new AppError(
          'key_unknown',
          `Key encryption key ${id} is not in ${path}. Put back the copy of the file that holds it.`,
        );
      }
      return keyFrom(file, id);
    },
    rotate: (now) =>
      alone(`${path}.lock`, async () => {
        const { id, file } = withNewKey(await load(), now);
        await replaceSecretFile(path, JSON.stringify(file));
        return id;
      }),
  };
}

function withNewKey(file: KeyFile | undefined, now: Date): { id: string; file: KeyFile } {
  const id = `file-${randomUUID()}`;
  const added = { createdAt: now.toISOString(), key: randomBytes(32).toString('base64') };
  return { id, file: { version: 1, current: id, keys: { ...file?.keys, [id]: added } } };
}

function keyFrom(file: KeyFile, id: string): KeyEncryptionKey {
  const key = Buffer.from(file.keys[id]?.key ?? '', 'base64');
  return {
    id,
    wrap(bytes, aad) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
      return Promise.resolve(
        Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]),
      );
    },
    // async, so that what the cipher throws becomes a rejection
    // eslint-disable-next-line @typescript-eslint/require-await
    async unwrap(bytes, aad) {
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(
          aad,
        );
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (cause) {
        throw new AppError(
          'sealed_text_damaged',
          `A data key does not unwrap under key encryption key ${id}: its row in the vault was altered. Restore the vault's database.`,
          { cause },
        );
      }
    },
  };
}

function parseKeyFile(path: string, bytes: Buffer): KeyFile {
  try {
    return keyFile.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    // Without the cause: a parser quotes what it stumbled over, which here is a key.
    throw new AppError(
      'config_invalid',
      `${path} is not a key file of this program. Restore it from its backup; a new one cannot open old data.`,
    );
  }
}

async function fileVersion(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.ino}:${found.mtimeMs}`;
}

/** Two rotations at once would each write a file without the other's key, and what it wrapped would be lost. */
async function alone<T>(lockPath: string, task: () => Promise<T>): Promise<T> {
  const lock = await open(lockPath, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new AppError(
      'config_invalid',
      `Another rotation is running. If none is, one was cut off: remove ${lockPath} and try again.`,
    );
  });
  try {
    return await task();
  } finally {
    await lock.close();
    await unlink(lockPath);
  }
}
