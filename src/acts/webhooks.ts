import { appendAuditEntry } from '../audit/append.ts';
import { policyInForce } from '../db/policies.ts';
import type { Tables } from '../db/tables.ts';
import {
  endpointById,
  insertEndpoint,
  markDisabled,
  markLost,
  markRemoved,
  putTest,
  type OutgoingWebhook,
  type WebhookEndpoint,
} from '../db/webhooks.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../domain/webhooks.ts';
import type { Transaction } from 'kysely';
import type { ActDeps } from './deps.ts';

interface Act {
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Has another system told of what happens in a project.
 *
 * @param act.events all of them where none is named
 * @throws AppError `input_invalid`, `not_found`
 */
export async function addWebhook(
  deps: Pick<ActDeps, 'db'>,
  act: Act & { projectId: string; url: string; events?: readonly WebhookEvent[] },
): Promise<WebhookEndpoint> {
  const url = checkedUrl(act.url);
  const events = act.events?.length ? [...new Set(act.events)] : [...WEBHOOK_EVENTS];
  await policyInForce(deps.db, act.projectId);
  return deps.db.transaction().execute(async (tx) => {
    const endpoint = await insertEndpoint(tx, { ...act, url, events, createdBy: act.actor.id });
    await recordEndpoint(tx, endpoint, { ...act, action: 'webhook.added', reason: events.join(' ') });
    return endpoint;
  });
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && text.length <= 500)
    return url.href;
  throw new AppError(
    'input_invalid',
    'The address of a webhook is one of https, without a name or password in it. Example: https://desk.example/hooks/retention',
  );
}

/** Tells an endpoint nothing more. @throws AppError `not_found` */
export async function removeWebhook(
  deps: Pick<ActDeps, 'db'>,
  act: Act & { endpointId: string },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const endpoint = await known(tx, act.endpointId);
    await markRemoved(tx, endpoint.id, act.now);
    await recordEndpoint(tx, endpoint, { ...act, action: 'webhook.removed' });
  });
}

/**
 * Queues a message that tries an endpoint out; one that was disabled is in use again once it is taken.
 *
 * @returns the id of the message
 * @throws AppError `not_found`
 */
export async function testWebhook(
  deps: Pick<ActDeps, 'db'>,
  act: Act & { endpointId: string },
): Promise<string> {
  return deps.db.transaction().execute(async (tx) => {
    const endpoint = await known(tx, act.endpointId);
    await recordEndpoint(tx, endpoint, { ...act, action: 'webhook.tested' });
    return putTest(tx, endpoint.id, act.now);
  });
}

/**
 * Gives a message up that its endpoint has not taken, and disables the endpoint unless it was only tried out.
 *
 * @returns whether the endpoint was disabled by it
 */
export async function giveUpWebhook(
  deps: Pick<ActDeps, 'db'>,
  act: { delivery: OutgoingWebhook; because: string; disable: boolean; now: Date },
): Promise<boolean> {
  const { delivery, because, disable, now } = act;
  return deps.db.transaction().execute(async (tx) => {
    await markLost(tx, delivery.id, { answer: because, now });
    if (!disable || !(await markDisabled(tx, delivery.endpointId, { because, now }))) return false;
    const endpoint = { id: delivery.endpointId, project_id: delivery.projectId };
    const actor = { kind: 'system', id: 'webhooks' } as const;
    await recordEndpoint(tx, endpoint, { actor, now, action: 'webhook.disabled' });
    return true;
  });
}

async function known(tx: Transaction<Tables>, id: string): Promise<WebhookEndpoint> {
  const endpoint = await endpointById(tx, id);
  if (endpoint) return endpoint;
  throw new AppError('not_found', `There is no webhook ${id}. See them with: retention webhook list`);
}

async function recordEndpoint(
  tx: Transaction<Tables>,
  endpoint: Pick<WebhookEndpoint, 'id' | 'project_id'>,
  act: Act & { action: string; reason?: string },
): Promise<void> {
  await appendAuditEntry(tx, {
    at: act.now,
    actor: act.actor,
    action: act.action,
    object: { kind: 'webhook', id: endpoint.id },
    projectId: endpoint.project_id,
    ...(act.reason && { reason: act.reason }),
  });
}
