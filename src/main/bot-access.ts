import { createHash } from 'node:crypto';
import type { BotAccess, Config } from '../config.ts';

/** How a project's bot is reached: with a token of its own, or in the sandbox, if there is one. */
export function botAccessOf(
  { bots, sandbox }: Pick<Config, 'bots' | 'sandbox'>,
  projectId: string,
): BotAccess | undefined {
  const inSandbox = sandbox.api ? { token: sandboxToken(projectId), apiRoot: sandbox.api } : undefined;
  return bots[projectId] ?? inSandbox;
}

/** Whether a project has no bot of its own, so that the sandbox gives it one. */
export function livesInSandbox(
  { bots, sandbox }: Pick<Config, 'bots' | 'sandbox'>,
  projectId: string,
): boolean {
  return sandbox.api !== undefined && !(projectId in bots);
}

/**
 * The token of a project's bot in the sandbox, the same in every process. Not a secret: it opens nothing
 * but the sandbox, which loopback alone reaches.
 */
export function sandboxToken(projectId: string): string {
  const digest = createHash('sha256').update(`sandbox ${projectId}`).digest('hex');
  return `${1_000_000 + (parseInt(digest.slice(0, 6), 16) % 8_999_999)}:sandbox-${digest.slice(0, 30)}`;
}
