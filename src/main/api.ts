import type { OpenAPIHono } from '@hono/zod-openapi';
import { exportFiles } from '../../activities/export-files.ts';
import { receiptFor } from '../acts/audit-export.ts';
import { createApi } from '../console/api/app.ts';
import type { ApiEnv } from '../console/api/guard.ts';
import { createArchiveReader } from './archive-reader.ts';
import { openSigningKeys } from './audit-deps.ts';
import { metricsOf } from './metrics.ts';
import { isOutage } from './outage.ts';
import type { Services } from './services.ts';

/** The JSON API of this installation, to be mounted under `/api/v1`. */
export function openApi(
  services: Pick<Services, 'config' | 'db' | 'acts' | 'stores' | 'vault' | 'log' | 'translations'>,
): OpenAPIHono<ApiEnv> {
  const { config, db, acts, stores, vault, log, translations } = services;
  const { onAnswer } = metricsOf(services);
  return createApi({
    ...{ db, acts, log, isOutage },
    openArchive: createArchiveReader({ stores, vault, db }),
    exportFiles: (row) => exportFiles({ stores, vault, db }, row),
    translations,
    async receiptFor(entry) {
      const { keys } = await openSigningKeys(config.secretsDir, config.audit.name);
      return receiptFor(db, entry, (await keys.list()).at(-1)?.verifier ?? '');
    },
    clock: () => new Date(),
    requestsPerMinute: config.api.requestsPerMinute,
    onAnswer,
  });
}
