import type { Endpoint } from './endpoint.ts';
import { approvalEndpoints } from './routes/approvals.ts';
import { auditEndpoints } from './routes/audit.ts';
import { erasureEndpoints } from './routes/erasures.ts';
import { exportScheduleEndpoints } from './routes/export-schedules.ts';
import { exportEndpoints } from './routes/exports.ts';
import { holdEndpoints } from './routes/holds.ts';
import { ingestEndpoints } from './routes/ingest.ts';
import { policyEndpoints } from './routes/policies.ts';
import { reviewEndpoints } from './routes/reviews.ts';
import { searchEndpoints } from './routes/search.ts';
import { eventEndpoints } from './routes/session-events.ts';
import { sessionEndpoints } from './routes/sessions.ts';
import { transcriptEndpoints } from './routes/transcripts.ts';

/** Every operation of the API. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...ingestEndpoints,
  ...sessionEndpoints,
  ...transcriptEndpoints,
  ...eventEndpoints,
  ...searchEndpoints,
  ...policyEndpoints,
  ...reviewEndpoints,
  ...holdEndpoints,
  ...erasureEndpoints,
  ...approvalEndpoints,
  ...auditEndpoints,
  ...exportEndpoints,
  ...exportScheduleEndpoints,
];
