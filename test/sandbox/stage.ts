import { Bot, GrammyError } from 'grammy';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import type { ProjectIds, ProjectSetup } from '../../src/sandbox/world.ts';

export const TOKEN = '7200000042:sandbox-token';

export const DEMO: ProjectSetup = {
  id: 'demo',
  title: 'Demo',
  bot: { token: TOKEN, username: 'demo_support_bot', name: 'Demo Support' },
  staffGroup: { title: 'Demo staff' },
  people: [
    { role: 'customer', firstName: 'Anna', username: 'anna', languageCode: 'de' },
    { role: 'agent', firstName: 'Ben', languageCode: 'en' },
    { role: 'supervisor', firstName: 'Sam', languageCode: 'en' },
  ],
};

export interface Stage {
  sandbox: Sandbox;
  ids: ProjectIds;
  bot: Bot;
  anna: number;
  ben: number;
  staff: number;
}

/** A sandbox with the demo project, and grammY's client for its bot; closed when the test ends. */
export async function stage(t: TestContext, options: Partial<SandboxOptions> = {}): Promise<Stage> {
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, ...options });
  const bot = new Bot(TOKEN, { client: { apiRoot: sandbox.apiRoot } });
  t.after(async () => {
    if (bot.isRunning()) await bot.stop();
    await sandbox.close();
  });
  const ids = sandbox.world.ensureProject(DEMO);
  return {
    sandbox,
    ids,
    bot,
    anna: personId(ids, 'customer'),
    ben: personId(ids, 'agent'),
    staff: ids.staffChatId,
  };
}

export function personId(ids: ProjectIds, role: 'customer' | 'agent' | 'supervisor'): number {
  const person = ids.people.find((p) => p.role === role);
  assert.ok(person);
  return person.id;
}

/** Runs the bot by long polling, from now until the test ends. */
export function poll(bot: Bot): Promise<void> {
  return new Promise((resolve, reject) => {
    bot.start({ timeout: 5, onStart: () => resolve() }).catch(reject);
  });
}

/** Holds that a call is refused with this code and these words, in the shape grammY expects. */
export async function refused(
  call: Promise<unknown>,
  code: number,
  description: string,
): Promise<GrammyError> {
  const error: unknown = await call.then(
    () => assert.fail(`expected "${description}", but the call went through`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof GrammyError, String(error));
  assert.deepEqual([error.error_code, error.description], [code, description]);
  return error;
}
