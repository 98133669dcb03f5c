import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { checkLog, endAlarm, lagOf, raiseAlarm, recordCheck, saysDamaged } from '../acts/audit-check.ts';
import { cut, planCut } from '../acts/audit-cut.ts';
import { anchorHeads, sequenceEntries, signHead, type AuditLogDeps } from '../acts/audit-log.ts';
import { lastCheck } from '../db/audit.ts';
import { unlessBusy } from '../db/audit-checkpoints.ts';
import { startQueueLoop } from '../db/queue-loop.ts';
import { AppError } from '../domain/errors.ts';
import { openAuditLog } from './audit-deps.ts';
import type { Services } from './services.ts';

const POLL_MS = 1_000;
const DAY_MS = 86_400_000;
const LOOK_MS = 600_000;
/** How long a stop waits for the anchor; what is not there by then is at the next start. */
const LAST_ANCHOR_MS = 5_000;

const KEEPER = { kind: 'system', id: 'audit' } as const;

interface Keeper extends AuditLogDeps {
  readonly log: Logger;
  readonly checkpointMs: number;
  readonly keepMonths: number | undefined;
}

/**
 * Starts what keeps the audit log: gives entries their place, signs heads, brings them to the anchor, and
 * checks the whole log once a day. Business does not wait for any of it.
 */
export async function startAuditLog(
  services: Pick<Services, 'config' | 'db' | 'stores' | 'log'>,
): Promise<{ stop(): Promise<void> }> {
  const { log, config } = services;
  const { checkpointMs, keepMonths } = config.audit;
  const keeper = { ...(await openAuditLog(services)), log, checkpointMs, keepMonths };
  if (!keeper.anchor)
    log.warn(
      'the audit log has no anchor: whoever has its key could rewrite it unseen. Set RETENTION_AUDIT_ANCHOR',
    );
  const every = (ms: number) => (signal: AbortSignal) =>
    pause(ms, undefined, { signal }).catch(() => undefined);
  const onError = (error: unknown) => log.warn({ code: codeOf(error) }, 'the audit log waits; trying again');
  const loops = [
    startQueueLoop({
      takeBatch: async () => (await sequenceEntries(keeper)) > 0,
      news: every(POLL_MS),
      onError,
    }),
    startQueueLoop({ takeBatch: () => keepHeads(keeper), news: every(checkpointMs), onError }),
    startQueueLoop({ takeBatch: () => checkDaily(keeper), news: every(LOOK_MS), onError }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await leaveWhole(keeper).catch(onError);
    },
  };
}

/** @returns whether there may be more to anchor at once */
async function keepHeads(keeper: Keeper): Promise<boolean> {
  const now = new Date();
  let anchored = 0;
  try {
    // Of several processes one signs: the others find its head young.
    await signHead(keeper, now, keeper.checkpointMs / 2);
    anchored = await anchorHeads(keeper, now);
    await endAlarm(keeper.db, 'refused', now);
  } catch (error) {
    if (saysDamaged(error)) await callForDamage(keeper, error.message, now);
    else keeper.log.warn({ code: codeOf(error) }, 'a head of the audit log is not anchored yet');
  }
  await callForLag(keeper, now);
  return anchored > 0;
}

async function callForDamage({ db, log }: Keeper, message: string, now: Date): Promise<void> {
  log.error({ alarm: 'audit_damaged' }, message);
  await raiseAlarm(db, { what: 'refused', reason: 'head refused', now });
}

async function callForLag(keeper: Keeper, now: Date): Promise<void> {
  const { db, log } = keeper;
  const { unanchoredSince, pendingSince } = await lagOf(keeper, now);
  if (pendingSince)
    log.error(
      { alarm: 'audit_pending', since: pendingSince },
      'audit entries wait for their place in the log',
    );
  if (!unanchoredSince) {
    await endAlarm(db, 'unanchored', now);
    return;
  }
  log.error({ alarm: 'audit_unanchored', since: unanchoredSince }, 'the anchor of the audit log is away');
  const minutes = Math.round((now.getTime() - unanchoredSince.getTime()) / 60_000);
  await raiseAlarm(db, { what: 'unanchored', reason: 'anchor away', counts: { minutes }, now });
}

/** Checks the whole log if nobody did for a day, and applies its own retention rule. */
async function checkDaily(keeper: Keeper): Promise<boolean> {
  const { db, log } = keeper;
  const now = new Date();
  if (await lastCheck(db, new Date(now.getTime() - DAY_MS), now)) return false;
  await unlessBusy(db, 'check', async () => {
    try {
      const check = await checkLog(keeper);
      if (check.first) log.error({ alarm: 'audit_damaged' }, check.first.message);
      else log.info({ entries: check.entries, anchored: check.anchored }, 'the audit log is whole');
      await recordCheck(db, check, now);
      if (check.ok) await cutByRule(keeper, now);
    } catch (error) {
      if (saysDamaged(error)) return callForDamage(keeper, error.message, now);
      // Nothing is signed yet, in the first minutes of an installation.
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
    }
  });
  return false;
}

async function cutByRule(keeper: Keeper, now: Date): Promise<void> {
  const { keepMonths: months, anchor, log } = keeper;
  if (months === undefined || !anchor) return;
  const plan = await planCut(keeper, { months, now });
  if (!plan) return;
  const entries = await cut(keeper, plan, { actor: KEEPER, now });
  log.info({ entries, size: plan.size }, 'the audit log was cut, as its retention rule says');
}

/** Signs what there is, so that nothing waits unsigned while the service is stopped. */
async function leaveWhole(keeper: Keeper): Promise<void> {
  while ((await sequenceEntries(keeper)) > 0);
  await signHead(keeper, new Date());
  const late = pause(LAST_ANCHOR_MS, undefined, { ref: false });
  await Promise.race([anchorHeads(keeper, new Date()), late]);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code ?? (error instanceof Error ? error.name : 'unknown');
}
