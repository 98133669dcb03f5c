import type { ProjectFile } from '../../src/domain/project.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startDevServer } from '../support/servers.ts';
import { install, type Ground, type Installation } from './installation.ts';
import { addNamespace } from './namespace.ts';

/** One Temporal server on which several installations run side by side, each for itself. */
export interface Stage {
  install(
    policy?: Partial<ProjectFile['policy']>,
    more?: Pick<Ground, 'bucket'>,
  ): Promise<{ installation: Installation; database: TestDatabase; remove: () => Promise<void> }>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const server = await startDevServer();
  return {
    async install(policy, more = {}) {
      const database = await createTestDatabase();
      const temporal = { address: server.address, namespace: await addNamespace(server.address) };
      const installation = await install({ databases: database, temporal, ...more }, policy);
      return {
        installation,
        database,
        remove: async () => {
          await installation.close();
          await database.drop();
        },
      };
    },
    stop: () => server.stop(),
  };
}
