import type { RegisterServices } from '../cli/register.ts';
import { listProjectLines } from '../db/status.ts';
import type { Services } from './services.ts';

/** What the register of processing activities is made from: the projects' files, and the policies in force. */
export function createRegisterServices(
  services: Pick<Services, 'db' | 'config' | 'projects' | 'close'>,
): RegisterServices {
  const { db, config, projects } = services;
  return {
    async sources() {
      const inForce = await listProjectLines(db);
      return inForce.map((line) => {
        const file = projects.find(({ id }) => id === line.id);
        return {
          projectId: line.id,
          name: line.name,
          jurisdiction: file?.jurisdiction ?? 'OTHER',
          policy: line.policy,
          policyVersion: line.policyVersion,
          policyAppliedAt: line.policyAppliedAt,
          ...(file?.contact && { contact: Object.values(file.contact).join(', ') }),
          archive: file?.archive ?? config.archiveUrl,
        };
      });
    },
    close: () => services.close(),
  };
}
