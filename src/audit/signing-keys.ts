import { open, stat, unlink } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { newSignerText, readSigner, type NoteSigner } from './note.ts';

const keyFile = z.strictObject({
  version: z.literal(1),
  /** Oldest first. The one in use is retired by none; during a rotation there are two such. */
  keys: z
    .array(
      z.strictObject({
        key: z.string(),
        createdAt: z.iso.datetime(),
        retiredAt: z.iso.datetime().exactOptional(),
        /** The checkpoint with which it handed over. */
        handOver: z.string().exactOptional(),
      }),
    )
    .min(1),
});
type KeyFile = z.infer<typeof keyFile>;

/** How this installation keeps files that only their owner may read. */
export interface SecretFiles {
  /** Reads the file, and makes it first where there is none. */
  readOrMake(path: string, make: () => string): Promise<Buffer>;
  /** Puts new contents in its place; a crash leaves the old or the new ones. */
  replace(path: string, contents: string): Promise<void>;
}

export interface SigningKeyInfo {
  /** The public key, in the form `NAME+ID+KEY`. */
  readonly verifier: string;
  readonly createdAt: string;
  readonly retiredAt?: string;
  /** The checkpoint with which it handed over: without that a retired key would be believed for ever. */
  readonly handOver?: string;
}

export interface SigningKeys {
  /** Who signs a checkpoint: the current key; between the two steps of a rotation the next one as well. */
  signers(): Promise<readonly NoteSigner[]>;
  /** Every key there ever was, oldest first. */
  list(): Promise<readonly SigningKeyInfo[]>;
  /**
   * Makes a new key, has the old one hand over to it, and retires the old one. After a crash, doing it again
   * goes on with the same new key.
   *
   * @param handOver stores the checkpoint that `signHandOver` makes, before it returns it
   * @returns the new public key
   */
  rotate(handOver: (from: NoteSigner, to: NoteSigner) => Promise<string>): Promise<string>;
}

/**
 * The Ed25519 keys that sign checkpoints, in one file that only its owner may read, made on first use.
 * Whoever holds it can sign a false history, which then only the anchor gives away.
 *
 * All throw `config_invalid` when the file is not readable or has gone.
 */
export function createSigningKeys(deps: {
  readonly path: string;
  /** The log's name: the origin of its checkpoints. */
  readonly name: string;
  readonly files: SecretFiles;
  readonly now: () => Date;
}): SigningKeys {
  const { path, name, files, now } = deps;
  let seen = false;

  async function load(): Promise<KeyFile> {
    // A new file in its place would sign as a stranger, and no hand-over would lead to it.
    if (seen && (await stat(path).catch(() => undefined)) === undefined)
      throw new AppError('config_invalid', `${path} is gone. Restore it from its backup.`);
    const make = (): KeyFile => ({ version: 1, keys: [newKey(name, now())] });
    const file = parseKeyFile(path, await files.readOrMake(path, () => JSON.stringify(make())));
    seen = true;
    return file;
  }

  return {
    signers: async () => inUse(await load()).map(({ key }) => readSigner(key)),
    async list() {
      const { keys } = await load();
      return keys.map(({ key, ...times }) => ({ verifier: readSigner(key).verifier.text, ...times }));
    },
    async rotate(handOver) {
      await load();
      return alone(`${path}.lock`, async () => {
        let file = await load();
        if (inUse(file).length === 1) {
          file = { ...file, keys: [...file.keys, newKey(name, now())] };
          // Before the hand-over is known to anybody, the key it names has to be safe.
          await files.replace(path, JSON.stringify(file));
        }
        const [old, next] = inUse(file);
        if (old === undefined || next === undefined) throw unreadable(path);
        const to = readSigner(next.key);
        const note = await handOver(readSigner(old.key), to);
        const retired = { ...old, retiredAt: now().toISOString(), handOver: note };
        const keys = file.keys.map((one) => (one === old ? retired : one));
        await files.replace(path, JSON.stringify({ ...file, keys }));
        return to.verifier.text;
      });
    },
  };
}

/** The checkpoints with which keys handed over, oldest first. */
export function handOversOf(keys: readonly SigningKeyInfo[]): string[] {
  return keys.flatMap(({ handOver }) => (handOver === undefined ? [] : [handOver]));
}

function newKey(name: string, now: Date): KeyFile['keys'][number] {
  return { key: newSignerText(name), createdAt: now.toISOString() };
}

function inUse({ keys }: KeyFile): KeyFile['keys'] {
  return keys.filter(({ retiredAt }) => retiredAt === undefined);
}

function parseKeyFile(path: string, bytes: Buffer): KeyFile {
  try {
    const file = keyFile.parse(JSON.parse(bytes.toString('utf8')));
    for (const { key } of file.keys) readSigner(key);
    if (inUse(file).length === 1 || inUse(file).length === 2) return file;
  } catch {
    // Without the cause: a parser quotes what it stumbled over, which here is a key.
  }
  throw unreadable(path);
}

function unreadable(path: string): AppError {
  return new AppError(
    'config_invalid',
    `${path} is not a file of signing keys of this program. Restore it from its backup.`,
  );
}

/** Two rotations at once would hand over to two keys, which looks like two histories. */
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
