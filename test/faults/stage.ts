import type { ProjectFile } from '../../src/domain/project.ts';
import { createTestDatabase } from '../support/database.ts';
import { startDevServer } from '../support/servers.ts';
import { install, type Installation } from './installation.ts';
import { addNamespace } from './namespace.ts';

/** One Temporal server on which several installations run side by side, each for itself. */
export interface Stage {
  install(
    policy?: Partial<ProjectFile['policy']>,
  ): Promise<{ installation: Installation; remove: () => Promise<void> }>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const server = await startDevServer();
  return {
    async install(policy) {
      const database = await createTestDatabase();
      const temporal = { address: server.address, namespace: await addNamespace(server.address) };
      const installation = await install({ databases: database, temporal }, policy);
      return {
        installation,
        remove: async () => {
          await installation.close();
          await database.drop();
        },
      };
    },
    stop: () => server.stop(),
  };
}
