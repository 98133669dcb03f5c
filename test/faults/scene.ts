import { checkLog } from '../../src/acts/audit-check.ts';
import { sequenceEntries, signHead } from '../../src/acts/audit-log.ts';
import { openAuditLog } from '../../src/main/audit-deps.ts';
import type { Installation } from './installation.ts';
import type { Scene } from './invariant.ts';
import { whatNext } from './life.ts';

/** Everything of an installation that the checker of invariants can look at. */
export function sceneOf(installation: Installation, more: Partial<Scene> = {}): Omit<Scene, 'now'> {
  const { services, archiveDir, logsDir } = installation;
  const { db, vault, stores } = services;
  return {
    ...{ db, vault, stores, places: [archiveDir, logsDir] },
    phaseInWorkflow: async (sessionId) => (await whatNext(installation, sessionId))?.phase,
    auditFindings: async () => {
      const { anchor: _, ...log } = await openAuditLog(services);
      while ((await sequenceEntries(log)) > 0);
      await signHead(log, new Date());
      return (await checkLog(log)).findings;
    },
    ...more,
  };
}
