import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { readErasure } from '../../src/db/erasures.ts';
import { erasureWorkflowId } from '../../src/temporal/ids.ts';
import type { TestDatabase } from '../../test/support/database.ts';
import type { TemporalUnderTest } from '../lifecycle/temporal.ts';
import { PROJECT, type ArchivedSubject } from './subject.ts';

/** Seconds from the customer's confirmation. */
export interface ErasureTimes {
  /** How long the confirmation itself took, which marks and hides everything. */
  readonly marked: number;
  readonly keys: number;
  readonly removed: number;
  readonly verified: number;
  readonly done: number;
}

export interface HistorySize {
  readonly events: number;
  readonly bytes: number;
}

/** What an erasure came to, besides its times. */
export interface ErasureWeight {
  readonly parent: HistorySize;
  readonly largestChild: HistorySize;
  readonly children: number;
}

const LOOK_MS = 50;

/** Erases a subject as the service does, with both steps of the customer, and watches its row. */
export async function eraseByService(
  { db, acts }: TestDatabase,
  subject: ArchivedSubject,
): Promise<{ erasureId: string; times: ErasureTimes }> {
  const act = () => ({ projectId: PROJECT, telegramUserId: subject.telegramUserId, now: new Date() });
  const { nonce, erasureId } = await acts.requestErasure(act());
  await pause(1000); // Its workflow sleeps by then, as it would.
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  await acts.confirmErasure({ ...act(), nonce: nonce ?? '' });
  const marked = seconds();
  const at: Partial<Record<'keys' | 'removed' | 'verified', number>> = {};
  for (;;) {
    const row = await readErasure(db, erasureId);
    // Nothing sends here: what the customer would be sent counts as sent.
    await db
      .updateTable('delivery')
      .set({ done_at: new Date(), outcome: 'sent' })
      .where('subject_id', '=', subject.id)
      .execute();
    if (row.keys_destroyed_at) at.keys ??= seconds();
    if (row.removed_at) at.removed ??= seconds();
    if (row.verified_at) at.verified ??= seconds();
    if (row.state === 'done') break;
    await pause(LOOK_MS);
  }
  const { keys = NaN, removed = NaN, verified = NaN } = at;
  return { erasureId, times: { marked, keys, removed, verified, done: seconds() } };
}

/** The histories of an erasure's workflows, as the server has them. */
export async function weigh(
  { address, namespace }: TemporalUnderTest,
  erasure: { erasureId: string; subjectId: string; batches: number },
): Promise<ErasureWeight> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const sizeOf = async (workflowId: string): Promise<HistorySize> => {
    const { historyLength, historySize } = await client.workflow.getHandle(workflowId).describe();
    return { events: historyLength, bytes: historySize ?? 0 };
  };
  const children: HistorySize[] = [];
  for (let batch = 0; batch < erasure.batches; batch++)
    children.push(await sizeOf(`erasure-batch:${erasure.erasureId}:${batch}`));
  const parent = await sizeOf(erasureWorkflowId(erasure.subjectId));
  await connection.close();
  const [largestChild = { events: 0, bytes: 0 }] = children.sort((one, other) => other.bytes - one.bytes);
  return { parent, largestChild, children: children.length };
}

/** The most memory that a process ever had, in MB. */
export function peakMemory(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
