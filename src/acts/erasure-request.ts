import { randomInt, randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { appendAuditEntry } from '../audit/append.ts';
import { insertErasure, type Erasure, type ErasureSubject } from '../db/erasures.ts';
import { putEvent } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import { addDuration } from '../domain/durations.ts';
import { legalDeadline, type ErasureOrigin } from '../domain/erasure.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { ActDeps } from './deps.ts';

/** What an erasure request led to. */
export interface RequestOutcome {
  readonly erasureId: string;
  readonly number: string;
  readonly state: Erasure['state'];
  /** The one-time word of the button that confirms it; `null` where nothing is left to confirm. */
  readonly nonce: string | null;
  /** Whether it joined a request that was under way. */
  readonly joined: boolean;
}

/** Files a request that no customer has to confirm: the policy's, after long silence or a gone account. */
export async function fileErasure(
  tx: Transaction<Tables>,
  deps: ActDeps,
  subject: ErasureSubject,
  act: {
    projectId: string;
    telegramUserId: number;
    origin: ErasureOrigin;
    actor: Actor;
    now: Date;
    proof?: string;
  },
): Promise<RequestOutcome> {
  const filed = await insertRequest(tx, deps, subject, {
    ...act,
    change: {
      confirmable_until: addDuration(act.now, 'P30D', 'UTC'),
      ...(act.proof && { proof: act.proof }),
    },
  });
  return { ...filed, nonce: null, joined: false };
}

/** Writes a request's row, its audit entry and its event. @throws AppError `rows_changed` where one is under way */
export async function insertRequest(
  tx: Transaction<Tables>,
  deps: ActDeps,
  subject: ErasureSubject,
  act: {
    projectId: string;
    telegramUserId: number;
    origin: ErasureOrigin;
    actor: Actor;
    now: Date;
    change: Partial<Erasure>;
  },
): Promise<{ erasureId: string; number: string; state: Erasure['state'] }> {
  const { projectId, origin, now } = act;
  const jurisdiction = subject.jurisdiction;
  const legal = legalDeadline(jurisdiction, now, subject.timeZone);
  const row = {
    id: randomUUID(),
    number: erasureNumber(),
    project_id: projectId,
    subject_id: subject.id,
    pseudonym: deps.pseudonym('erasure', projectId, String(act.telegramUserId)),
    origin,
    state: origin === 'staff' ? ('filed' as const) : ('requested' as const),
    jurisdiction,
    regulation: legal.regulation,
    received_at: now,
    legal_deadline_at: legal.at,
    filed_by: origin === 'customer' ? null : act.actor.id,
    ...('nonce_hash' in act.change && { nonce_hash: act.change.nonce_hash }),
    confirmable_until: act.change.confirmable_until ?? null,
    proof: act.change.proof ?? null,
  };
  if (!(await insertErasure(tx, row)))
    throw new AppError('rows_changed', 'Another request of the same customer came in at this moment.');
  await appendAuditEntry(tx, {
    at: now,
    actor: act.actor,
    action: 'erasure.requested',
    object: { kind: 'erasure', id: row.id },
    projectId,
    requestId: row.number,
    reason: `${origin}, ${legal.regulation}`,
  });
  await putEvent(tx, { erasureId: row.id, event: 'requested', now });
  return { erasureId: row.id, number: row.number, state: row.state };
}

// Without 0, O, 1, I and L: a number is read aloud on the telephone.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

function erasureNumber(): string {
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `E-${letters.slice(0, 4)}-${letters.slice(4)}`;
}
