import { z } from 'zod';

const postgres = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'expected an address such as postgres://ROLE@HOST:5432/DATABASE',
});
const http = z.url({ protocol: /^https?$/, error: 'expected an address such as http://127.0.0.1:8080' });
// Over plain http anybody on the way reads passwords and cookies; to this machine itself there is no way.
const secureOrLocal = http.refine(
  (url) => url.startsWith('https:') || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname),
  'expected an address that begins with https://, or one of this machine such as http://127.0.0.1:8236',
);
const text = (expected: string) => z.string({ error: `expected ${expected}` });
const portNumber = 'expected a port from 0 to 65535';
const port = z.coerce
  .number({ error: portNumber })
  .int(portNumber)
  .min(0, portNumber)
  .max(65_535, portNumber);
const seconds = z.coerce.number({ error: 'expected a number of seconds' }).positive();
const months = z.coerce
  .number({ error: 'expected a number of months' })
  .int('expected whole months')
  .min(24, 'expected 24 months or more');
const networks = z
  .string()
  .default('')
  .transform((list) => list.split(/[\s,]+/).filter(Boolean))
  .refine(
    (list) =>
      list.every((one) => z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).safeParse(one).success),
    'expected addresses and networks such as 10.0.0.7 172.16.0.0/12',
  );
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

/** Every variable of the environment that is known by name, with what it must be. */
export const settings = z.object({
  RETENTION_DATABASE_URL: postgres,
  RETENTION_DATABASE_PASSWORD: z.string().optional(),
  RETENTION_DATABASE_OWNER_URL: postgres.optional(),
  RETENTION_DATABASE_OWNER_PASSWORD: z.string().optional(),
  RETENTION_DATABASE_SUPERUSER_URL: postgres.optional(),
  RETENTION_DATABASE_SUPERUSER_PASSWORD: z.string().optional(),
  RETENTION_KEYS_DATABASE_URL: postgres,
  RETENTION_KEYS_DATABASE_OWNER_URL: postgres.optional(),
  RETENTION_TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  RETENTION_TEMPORAL_NAMESPACE: z.string().default('default'),
  RETENTION_TEMPORAL_UI: http.optional(),
  RETENTION_CODEC_HOST: z.string().default('127.0.0.1'),
  RETENTION_CODEC_PORT: port.default(8234),
  RETENTION_SECRETS: text('the directory of the key files'),
  RETENTION_ARCHIVE: text('gs://BUCKET/PREFIX or file:///DIRECTORY'),
  RETENTION_ARCHIVE_CHECK_DAYS: z.coerce
    .number({ error: 'expected a number of days' })
    .int('expected whole days')
    .min(0, 'expected 0 days or more')
    .default(30),
  RETENTION_LEDGER: text('gs://BUCKET/PREFIX or file:///DIRECTORY').optional(),
  RETENTION_AUDIT_ANCHOR: text('gs://BUCKET/PREFIX or file:///DIRECTORY').optional(),
  RETENTION_AUDIT_NAME: z.string().optional(),
  RETENTION_AUDIT_CHECKPOINT: seconds.default(300),
  RETENTION_AUDIT_KEEP_MONTHS: months.optional(),
  RETENTION_AUDIT_PUBLIC_KEY: z.string().optional(),
  RETENTION_RECEIPTS_HOST: z.string().default('127.0.0.1'),
  RETENTION_RECEIPTS_PORT: port.default(8235),
  RETENTION_CONSOLE_HOST: z.string().default('127.0.0.1'),
  RETENTION_CONSOLE_PORT: port.default(8236),
  RETENTION_CONSOLE_URL: secureOrLocal.optional(),
  RETENTION_CONSOLE_OIDC_ISSUER: secureOrLocal.optional(),
  RETENTION_CONSOLE_OIDC_CLIENT_ID: z.string().optional(),
  RETENTION_CONSOLE_OIDC_CLIENT_SECRET: z.string().optional(),
  RETENTION_CONSOLE_OIDC_NAME: z.string().optional(),
  RETENTION_CONSOLE_OIDC_TELEGRAM_CLAIM: z.string().optional(),
  RETENTION_CONSOLE_PASSWORDS: z.enum(['on', 'off'], 'expected on or off').optional(),
  RETENTION_TRUSTED_PROXIES: networks,
  RETENTION_API_REQUESTS_PER_MINUTE: z.coerce
    .number({ error: 'expected a number of requests' })
    .int('expected a whole number of requests')
    .min(1, 'expected one request or more')
    .default(600),
  RETENTION_METRICS_HOST: z.string().default('127.0.0.1'),
  RETENTION_METRICS_PORT: port.default(8237),
  RETENTION_WEBHOOKS_ALLOW_PRIVATE: z.enum(['yes', 'no'], 'expected yes or no').default('no'),
  RETENTION_EXPORT_TO: z.string().optional(),
  RETENTION_GCS_ENDPOINT: http.optional(),
  RETENTION_LIBRETRANSLATE_URL: http.optional(),
  RETENTION_LIBRETRANSLATE_KEY: z.string().optional(),
  RETENTION_GOOGLE_TRANSLATE_PROJECT: z.string().optional(),
  RETENTION_GOOGLE_TRANSLATE_LOCATION: z.string().default('global'),
  RETENTION_GOOGLE_TRANSLATE_KEY: z.string().optional(),
  RETENTION_GOOGLE_TRANSLATE_ENDPOINT: http.optional(),
  RETENTION_PROJECTS: z.string().optional(),
  RETENTION_WEBHOOK_URL: http.optional(),
  RETENTION_WEBHOOK_HOST: z.string().default('127.0.0.1'),
  RETENTION_WEBHOOK_PORT: port.default(8238),
  RETENTION_BOT_API: http.default('https://api.telegram.org'),
  RETENTION_SANDBOX_API: http.optional(),
  RETENTION_SANDBOX_STATE: z.string().optional(),
  RETENTION_SANDBOX_HOST: z.string().default('127.0.0.1'),
  RETENTION_SANDBOX_PORT: port.default(8090),
  RETENTION_LOG_LEVEL: z.enum(logLevels, `expected one of ${logLevels.join(', ')}`).default('info'),
  RETENTION_WORKFLOW_BUNDLE: z.string().optional(),
  RETENTION_READY: z.string().optional(),
  RETENTION_FAIL_POINT: z.string().optional(),
});

export type Settings = z.output<typeof settings>;
