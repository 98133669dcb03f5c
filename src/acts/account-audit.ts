import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import type { Tables } from '../db/tables.ts';
import type { Actor, Counts } from '../domain/events.ts';

/** Writes what was done to an account. Accounts are named by their ids: a name to sign in with is personal. */
export async function recordAccount(
  tx: Transaction<Tables>,
  entry: {
    readonly accountId: string;
    readonly action: string;
    readonly actor: Actor;
    readonly now: Date;
    readonly reason?: string;
    readonly counts?: Counts;
  },
): Promise<void> {
  await appendAuditEntry(tx, {
    at: entry.now,
    actor: entry.actor,
    action: entry.action,
    object: { kind: 'account', id: entry.accountId },
    projectId: null,
    ...(entry.reason && { reason: entry.reason }),
    ...(entry.counts && { counts: entry.counts }),
  });
}

/** Somebody who acts on their own account. */
export function ownActor(accountId: string): Actor {
  return { kind: 'staff', id: accountId };
}
