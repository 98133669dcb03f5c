import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Kysely } from 'kysely';
import type { Acts } from '../acts/acts.ts';
import type { Tables } from '../db/tables.ts';
import {
  endpointById,
  listEndpoints,
  listWebhookDeliveries,
  type EndpointLine,
  type WebhookDelivery,
} from '../db/webhooks.ts';
import { AppError } from '../domain/errors.ts';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../domain/webhooks.ts';
import type { CliDeps } from './deps.ts';
import { parseCount } from './inputs.ts';
import { createOutput, facts, jsonOption, table } from './output.ts';

/** What the commands of webhooks work with. */
export interface WebhookServices {
  readonly db: Kysely<Tables>;
  readonly acts: Pick<Acts, 'addWebhook' | 'removeWebhook' | 'testWebhook'>;
  /** The secret of an endpoint, which is derived and stored nowhere. */
  readonly secretOf: (endpointId: string) => string;
  close(): Promise<void>;
}

type Deps = Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> & {
  readonly open: () => Promise<WebhookServices>;
};

/** `retention webhook …` */
export function createWebhookCommand(deps: Deps): Command {
  return new Command('webhook')
    .description('have other systems told of archives, reviews, deletions and erasures')
    .addCommand(createAddCommand(deps))
    .addCommand(createListCommand(deps))
    .addCommand(createTestCommand(deps))
    .addCommand(createDeliveriesCommand(deps))
    .addCommand(createRemoveCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention webhook add --project support https://desk.example/hooks/retention
  $ retention webhook add --project support --event erasure.done https://crm.example/erased
  $ retention webhook test 7d3c1f0e-5a6b-4c7d-8e9f-0a1b2c3d4e5f`,
    );
}

async function withWebhooks(deps: Deps, work: (services: WebhookServices) => Promise<void>): Promise<void> {
  const services = await deps.open();
  try {
    await work(services);
  } finally {
    await services.close();
  }
}

const idArgument = () => new Argument('<id>', 'the id that retention webhook list shows');

function createAddCommand(deps: Deps): Command {
  return new Command('add')
    .description(
      'tell an address what happens in a project; prints the secret that its messages are signed with',
    )
    .requiredOption('--project <id>', 'the project')
    .addOption(
      new Option('--event <event>', 'only this event; can be given more than once').argParser(
        (event: string, given: WebhookEvent[] | undefined) => [...(given ?? []), knownEvent(event)],
      ),
    )
    .addArgument(new Argument('<url>', 'an address of https'))
    .addOption(jsonOption())
    .action(async (url: string, options: { project: string; event?: WebhookEvent[] }, command: Command) => {
      await withWebhooks(deps, async ({ acts, secretOf }) => {
        const endpoint = await acts.addWebhook({
          ...{ projectId: options.project, url, actor: deps.actor, now: deps.clock() },
          ...(options.event && { events: options.event }),
        });
        const secret = secretOf(endpoint.id);
        const { id, events } = endpoint;
        createOutput(deps, command).data({ id, url: endpoint.url, events, secret }, () =>
          facts([
            ['Webhook', id],
            ['Events', events],
            ['Secret', secret],
          ]),
        );
      });
    });
}

function knownEvent(text: string): WebhookEvent {
  const event = WEBHOOK_EVENTS.find((one) => one === text);
  if (event) return event;
  throw new InvalidArgumentError(`Choose one of: ${WEBHOOK_EVENTS.join(', ')}.`);
}

function createListCommand(deps: Deps): Command {
  return new Command('list')
    .description('who is told of what, and what waits')
    .option('--project <id>', 'only those of this project')
    .addOption(jsonOption())
    .action(async ({ project }: { project?: string }, command: Command) => {
      await withWebhooks(deps, async ({ db }) => {
        const output = createOutput(deps, command);
        const endpoints = await listEndpoints(db, project);
        output.data(endpoints.map(endpointJson), (style) =>
          endpoints.length === 0
            ? ''
            : table(
                style,
                ['ID', 'PROJECT', 'URL', 'EVENTS', 'STATE', 'WAITING', 'OLDEST'],
                endpoints.map((one) => [
                  ...[one.id, one.project_id, one.url, one.events],
                  ...[one.disabled_at ? `disabled: ${one.disabled_because}` : 'in use'],
                  ...[one.waiting, one.oldestAt],
                ]),
              ),
        );
        if (endpoints.length === 0) output.note('Nobody is told of anything.');
      });
    });
}

function endpointJson(one: EndpointLine) {
  return {
    id: one.id,
    projectId: one.project_id,
    url: one.url,
    events: one.events,
    createdBy: one.created_by,
    createdAt: one.created_at,
    disabledAt: one.disabled_at,
    disabledBecause: one.disabled_because,
    waiting: one.waiting,
    oldestAt: one.oldestAt,
  };
}

function createTestCommand(deps: Deps): Command {
  return new Command('test')
    .description(
      'send a message of the type webhook.test; one that is taken puts a disabled endpoint back into use',
    )
    .addArgument(idArgument())
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withWebhooks(deps, async ({ acts }) => {
        const messageId = await acts.testWebhook({ endpointId: id, actor: deps.actor, now: deps.clock() });
        createOutput(deps, command).data(
          { messageId },
          () => `Queued. See what came of it: retention webhook deliveries ${id} --limit 1`,
        );
      });
    });
}

function createDeliveriesCommand(deps: Deps): Command {
  return new Command('deliveries')
    .description('what was sent to an endpoint or waits to be, the newest first')
    .addArgument(idArgument())
    .addOption(new Option('--limit <number>', 'at most so many').default(20).argParser(parseCount))
    .addOption(jsonOption())
    .action(async (id: string, { limit }: { limit: number }, command: Command) => {
      await withWebhooks(deps, async ({ db }) => {
        if (!(await endpointById(db, id)))
          throw new AppError('not_found', `There is no webhook ${id}. See them with: retention webhook list`);
        const output = createOutput(deps, command);
        const deliveries = await listWebhookDeliveries(db, { endpointId: id, limit });
        output.data(deliveries.map(deliveryJson), (style) =>
          deliveries.length === 0
            ? ''
            : table(
                style,
                ['AT', 'EVENT', 'OBJECT', 'ATTEMPTS', 'ANSWER', 'OUTCOME', 'NEXT'],
                deliveries.map((one) => [
                  ...[one.occurred_at, one.event, one.request_id ?? one.object_id, one.attempts],
                  ...[one.last_answer, one.outcome, one.done_at ? null : one.next_attempt_at],
                ]),
              ),
        );
        if (deliveries.length === 0) output.note('Nothing was sent to it yet.');
      });
    });
}

function deliveryJson(one: WebhookDelivery) {
  return {
    messageId: one.message_id,
    event: one.event,
    objectId: one.object_id,
    requestId: one.request_id,
    occurredAt: one.occurred_at,
    attempts: one.attempts,
    lastAnswer: one.last_answer,
    outcome: one.outcome,
    doneAt: one.done_at,
    nextAttemptAt: one.done_at ? null : one.next_attempt_at,
  };
}

function createRemoveCommand(deps: Deps): Command {
  return new Command('remove')
    .description('tell an endpoint nothing more; what waits for it is dropped')
    .addArgument(idArgument())
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withWebhooks(deps, async ({ acts }) => {
        await acts.removeWebhook({ endpointId: id, actor: deps.actor, now: deps.clock() });
        createOutput(deps, command).data({ id, removed: true }, () => `${id} is told nothing more.`);
      });
    });
}
