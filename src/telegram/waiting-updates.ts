import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.ts';
import {
  batchesEndedBy,
  deleteWaiting,
  findWaiting,
  insertWaiting,
  listHandledWaiting,
  listWaiting,
  type WaitingRow,
} from '../db/waiting-updates.ts';
import { AppError } from '../domain/errors.ts';
import type { Vault } from '../vault/vault.ts';

/** An update of one bot, by its number. */
export interface NumberedUpdate {
  readonly id: number;
  readonly update: unknown;
}

/** Keeps updates of one bot that are confirmed to Telegram before they are handled. */
export interface WaitingUpdates {
  /** Puts updates by, sealed, in this order: once it resolves they outlive the process. */
  putBy(updates: readonly NumberedUpdate[]): Promise<void>;
  /** All that wait, in the order they came in; those that no key opens come with the code of why. */
  all(): AsyncIterable<NumberedUpdate | { readonly id: number; readonly code: string }>;
  /** Throws as the vault does, or `not_found`. */
  read(id: number): Promise<unknown>;
  /** Removes what was handled, and destroys the keys that seal nothing any more. */
  remove(ids: readonly number[]): Promise<void>;
  /** The same for what was handled by a process that ended before it could. */
  removeHandled(): Promise<void>;
}

/** Why a text is not opened by a further attempt either. */
const UNOPENABLE: ReadonlySet<unknown> = new Set(['key_destroyed', 'key_unknown', 'sealed_text_damaged']);

/** How many are read and opened at once. */
const PAGE = 100;

/** @param deps.botId known once the bot has asked Telegram who it is */
export function createWaitingUpdates(deps: {
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly botId: () => number;
  readonly clock: () => Date;
}): WaitingUpdates {
  const { db, vault, botId, clock } = deps;
  const context = (id: number) => `waiting update:${botId()}:${id}`;

  async function open({ updateId: id, sealed }: Pick<WaitingRow, 'updateId' | 'sealed'>) {
    const text = await vault.open(sealed, context(id));
    return JSON.parse(text.toString()) as unknown;
  }

  async function openOrSay(row: WaitingRow) {
    try {
      return { id: row.updateId, update: await open(row) };
    } catch (error) {
      if (error instanceof AppError && UNOPENABLE.has(error.code))
        return { id: row.updateId, code: error.code };
      throw error;
    }
  }

  async function remove(ids: readonly number[]) {
    // The keys first: a row whose key is gone is found in the inbox, a key whose rows are gone by nobody.
    for (const subjectId of await batchesEndedBy(db, botId(), ids))
      await vault.destroy({ sessionId: null, subjectId });
    await deleteWaiting(db, botId(), ids);
  }

  return {
    async putBy(updates) {
      const subjectId = randomUUID();
      const [key] = await vault.keysFor([{ sessionId: null, subjectId }]);
      if (!key) throw new AppError('key_unknown', 'The vault gave no key for updates that wait.');
      const rows = updates.map(({ id, update }) => ({
        bot_id: botId(),
        update_id: id,
        batch_id: subjectId,
        sealed: vault.seal(key, context(id), JSON.stringify(update)),
        put_by_at: clock(),
      }));
      await insertWaiting(db, rows);
    },
    async *all() {
      for (let after = 0; ;) {
        const rows = await listWaiting(db, { botId: botId(), after, limit: PAGE });
        for (const row of rows) yield await openOrSay(row);
        const last = rows.at(-1);
        if (!last) return;
        after = last.seq;
      }
    },
    async read(id) {
      const sealed = await findWaiting(db, botId(), id);
      if (!sealed) throw new AppError('not_found', `Update ${id} does not wait any more.`);
      return open({ updateId: id, sealed });
    },
    remove,
    async removeHandled() {
      const ids = await listHandledWaiting(db, botId());
      if (ids.length > 0) await remove(ids);
    },
  };
}
