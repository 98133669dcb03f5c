import { lastingAlarms } from '../../db/alarms.ts';
import { newestOf } from '../../db/audit-list.ts';
import { lastAuditCheck, readLightFacts } from '../../db/metrics.ts';
import { latenessOfAll, storesHealth } from '../../db/operations.ts';
import type { Finding } from '../../domain/doctor.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { SignedInPage } from '../page.ts';
import { installationRoute, type Route } from '../registry.ts';
import { createRun, type Run } from '../runs.ts';
import { operationsView, type OperationsFacts } from './operations-view.ts';

/** The doctor gives each check twenty seconds; a page waits no longer than a reader does. */
const WAIT_MS = 8_000;

/** How the installation runs, for whoever runs it. */
export function operationsPages(deps: ConsoleDeps): Route[] {
  const doctor = createRun(
    () => deps.installation.look(),
    () => deps.clock(),
  );
  return [
    installationRoute({
      method: 'GET',
      path: '/operations',
      action: 'operations.read',
      nav: { label: 'Operations', group: 'Installation', order: 20 },
      handler: (page) => show(deps, page, doctor),
    }),
    installationRoute({
      method: 'POST',
      path: '/operations/doctor',
      action: 'operations.read',
      handler: async (page) => {
        const end = await doctor.start(page.now, WAIT_MS);
        const to = '/operations#doctor';
        if (end) return page.redirect(to);
        return page.redirect(to, {
          tone: 'done',
          text: 'The doctor is still looking. Load this page again to see what it found.',
        });
      },
    }),
  ];
}

async function show(
  deps: ConsoleDeps,
  page: SignedInPage,
  doctor: Run<readonly Finding[]>,
): Promise<Response> {
  return page.html({
    title: 'Operations',
    lead: 'How the installation runs: its stores, its workers, what waits, and what is late.',
    body: operationsView(page, { ...(await readFacts(deps, page.now)), doctor }),
  });
}

async function readFacts({ db, installation }: ConsoleDeps, now: Date): Promise<OperationsFacts> {
  const projects = await latenessOfAll(db);
  const everywhere = [null, ...projects.map(({ projectId }) => projectId)];
  const [alarms, stores, facts, queues, check, backup, gap] = await Promise.all([
    lastingAlarms(db, ''),
    storesHealth(db),
    readLightFacts(db, now),
    installation.queues(),
    lastAuditCheck(db),
    newestOf(db, 'backup.created', [null]),
    newestOf(db, 'updates.gap', everywhere),
  ]);
  return {
    ...{ alarms, stores, facts, queues, check, backup, gap, projects },
    temporal: installation.temporal,
  };
}
