import type { ConsoleDeps } from '../deps.ts';
import type { Route } from '../registry.ts';
import { accountPages } from './account.ts';
import { approvalPages } from './approvals.ts';
import { auditPages } from './audit.ts';
import { customerPages } from './customers.ts';
import { enrolmentPages } from './enrolment.ts';
import { erasurePages } from './erasures.ts';
import { exportPages } from './exports.ts';
import { holdPages } from './holds.ts';
import { operationsPages } from './operations.ts';
import { overviewPages } from './overview.ts';
import { peoplePages } from './people.ts';
import { policyPages } from './policies.ts';
import { projectOverviewPages } from './project-overview.ts';
import { projectStaffPages } from './project-staff.ts';
import { publicPages } from './public.ts';
import { reviewPages } from './reviews.ts';
import { sessionPages } from './session.ts';
import { sessionsPages } from './sessions.ts';
import { settingsPages } from './settings.ts';
import { signInPages } from './sign-in.ts';
import { stepUpPages } from './step-up.ts';
import { tokenPages } from './tokens.ts';
import { transcriptPages } from './transcript.ts';
import { webhookPages } from './webhooks.ts';

/** Every page of the console. */
export function consolePages(deps: ConsoleDeps): Route[] {
  return [
    ...overviewPages(deps),
    ...projectOverviewPages(deps),
    ...sessionsPages(deps),
    ...sessionPages(deps),
    ...transcriptPages(deps),
    ...customerPages(deps),
    ...exportPages(deps),
    ...reviewPages(deps),
    ...approvalPages(deps),
    ...holdPages(deps),
    ...erasurePages(deps),
    ...policyPages(deps),
    ...auditPages(deps),
    ...settingsPages(deps),
    ...tokenPages(deps),
    ...webhookPages(deps),
    ...operationsPages(deps),
    ...publicPages(deps),
    ...signInPages(deps),
    ...enrolmentPages(deps),
    ...stepUpPages(deps),
    ...accountPages(deps),
    ...peoplePages(deps),
    ...projectStaffPages(deps),
  ];
}
