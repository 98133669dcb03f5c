import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from './domain/errors.ts';

const postgres = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'expected an address such as postgres://ROLE@HOST:5432/DATABASE',
});
const http = z.url({ protocol: /^https?$/, error: 'expected an address such as http://127.0.0.1:8080' });
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
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

const settings = z.object({
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
  RETENTION_LEDGER: text('gs://BUCKET/PREFIX or file:///DIRECTORY').optional(),
  RETENTION_AUDIT_ANCHOR: text('gs://BUCKET/PREFIX or file:///DIRECTORY').optional(),
  RETENTION_AUDIT_NAME: z.string().optional(),
  RETENTION_AUDIT_CHECKPOINT: seconds.default(300),
  RETENTION_AUDIT_KEEP_MONTHS: months.optional(),
  RETENTION_AUDIT_PUBLIC_KEY: z.string().optional(),
  RETENTION_RECEIPTS_HOST: z.string().default('127.0.0.1'),
  RETENTION_RECEIPTS_PORT: port.default(8235),
  RETENTION_GCS_ENDPOINT: http.optional(),
  RETENTION_PROJECTS: z.string().optional(),
  RETENTION_BOT_API: http.default('https://api.telegram.org'),
  RETENTION_SANDBOX_API: http.optional(),
  RETENTION_SANDBOX_STATE: z.string().optional(),
  RETENTION_SANDBOX_HOST: z.string().default('127.0.0.1'),
  RETENTION_SANDBOX_PORT: port.default(8090),
  RETENTION_LOG_LEVEL: z.enum(logLevels, `expected one of ${logLevels.join(', ')}`).default('info'),
  RETENTION_READY: z.string().optional(),
  RETENTION_FAIL_POINT: z.string().optional(),
});

type Settings = z.output<typeof settings>;
type Variables = Readonly<Record<string, string | undefined>>;

/** Every variable that `readConfig` knows by name. */
export const VARIABLES: readonly string[] = Object.keys(settings.shape);
/** One variable per project, named by its end: `RETENTION_BOT_TOKEN_SUPPORT` is that of `support`. */
export const BOT_TOKEN_PREFIX = 'RETENTION_BOT_TOKEN_';

/** A bot's token and the Bot API server it belongs to. */
export interface BotAccess {
  readonly token: string;
  readonly apiRoot: string;
}

/** Everything the environment says, read once. */
export interface Config {
  readonly databaseUrl: string;
  readonly databaseOwnerUrl: string | undefined;
  readonly keysDatabaseUrl: string;
  readonly keysDatabaseOwnerUrl: string | undefined;
  /** Who may create roles and databases; only for preparing. */
  readonly superuserUrl: string | undefined;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly ui: string | undefined;
  };
  /** Where the Temporal UI has its payloads opened. */
  readonly codec: { readonly host: string; readonly port: number };
  /** The directory of the key files. */
  readonly secretsDir: string;
  readonly archiveUrl: string;
  /** Where the erasure ledger is kept; never in the database it has to outlive. */
  readonly ledgerUrl: string;
  readonly audit: {
    /** Where signed heads of the audit log are kept out of reach. */
    readonly anchorUrl: string | undefined;
    /** What the log is called, when its first key is made. */
    readonly name: string | undefined;
    /** How often a head is signed while the log grows. */
    readonly checkpointMs: number;
    /** For how long entries are kept; for ever when left out. */
    readonly keepMonths: number | undefined;
    /** What the page of receipts believes, where it has no key file. */
    readonly publicKeys: readonly string[];
  };
  /** Where receipts are confirmed to anybody. */
  readonly receipts: { readonly host: string; readonly port: number };
  readonly gcsEndpoint: string | undefined;
  /** The directory of the project files. */
  readonly projectsDir: string;
  readonly sandbox: {
    /** Where other processes reach it, if there is one. */
    readonly api: string | undefined;
    readonly stateFile: string | undefined;
    readonly host: string;
    readonly port: number;
  };
  /** The bot of each project that has a token; the others live in the sandbox, if there is one. */
  readonly bots: Readonly<Record<string, BotAccess>>;
  readonly logLevel: Settings['RETENTION_LOG_LEVEL'];
  /** A file that exists while the process is ready. */
  readonly readyFile: string | undefined;
  /** A step at which the process kills itself, for tests of crashes. */
  readonly failPoint: string | undefined;
}

/** Where `npm start` keeps state and writes how to reach what it started. */
export const DATA_DIR = resolve(import.meta.dirname, '..', '.data');
export const RUNTIME_FILE = resolve(DATA_DIR, 'runtime.json');
export const BUNDLED_PROJECTS = resolve(import.meta.dirname, 'embedded', 'projects');

/**
 * Reads the configuration from the environment; without a database in it, from the file that a running
 * `npm start` left.
 *
 * @throws AppError `config_invalid` naming the variable and what was expected, `not_running` without either
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = withFiles(env);
  const values = given['RETENTION_DATABASE_URL'] ? given : { ...readRuntimeFile(), ...given };
  const parsed = settings.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const variable = issue?.path.join('.') ?? '';
    const fault = variable in values ? 'is not usable' : 'is not set';
    throw new AppError(
      'config_invalid',
      `The environment variable ${variable} ${fault}: ${issue?.message ?? ''}. See docs/configuration.md.`,
    );
  }
  return Object.freeze(toConfig(parsed.data, values));
}

/**
 * `RETENTION_X_FILE` names a file whose contents are `RETENTION_X`: so secrets stay out of environments,
 * which anybody who may inspect a process or container reads. What is set to nothing counts as not set.
 */
function withFiles(env: Variables): Record<string, string> {
  const ours = Object.entries(env).filter(([name, value]) => name.startsWith('RETENTION_') && value);
  return Object.fromEntries(
    ours.map(([name, value = '']) => {
      if (!name.endsWith('_FILE')) return [name, value];
      const variable = name.slice(0, -'_FILE'.length);
      if (env[variable])
        throw new AppError('config_invalid', `Both ${variable} and ${name} are set. Take one of them away.`);
      return [variable, readValue(name, value)];
    }),
  );
}

function readValue(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new AppError(
      'config_invalid',
      `The environment variable ${variable} is not usable: expected a file that this process may read at ${path} (${reason}). See docs/configuration.md.`,
      { cause },
    );
  }
}

/** The raw environment, for the programs that `npm start` looks for. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env) {
  return {
    temporalCli: env['RETENTION_TEMPORAL_CLI'],
    cacheDir: env['RETENTION_CACHE'] ?? resolve(import.meta.dirname, '..', '.cache'),
    dataDir: env['RETENTION_DATA'] ?? DATA_DIR,
    projectsDir: env['RETENTION_PROJECTS'] ?? BUNDLED_PROJECTS,
    variables: env,
    /** Where the person who ran an npm script is: npm itself changes to the package. */
    invokedFrom: env['INIT_CWD'] ?? process.cwd(),
  };
}

function readRuntimeFile(): Record<string, string> {
  if (!existsSync(RUNTIME_FILE))
    throw new AppError(
      'not_running',
      'The service is not running here and RETENTION_DATABASE_URL is not set. Start it with: npm start',
    );
  return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(RUNTIME_FILE, 'utf8')));
}

function toConfig(values: Settings, env: Variables): Config {
  const password = values.RETENTION_DATABASE_PASSWORD;
  const ownerPassword = values.RETENTION_DATABASE_OWNER_PASSWORD;
  return {
    databaseUrl: withPassword(values.RETENTION_DATABASE_URL, password),
    databaseOwnerUrl: withPassword(values.RETENTION_DATABASE_OWNER_URL, ownerPassword),
    keysDatabaseUrl: withPassword(values.RETENTION_KEYS_DATABASE_URL, password),
    keysDatabaseOwnerUrl: withPassword(values.RETENTION_KEYS_DATABASE_OWNER_URL, ownerPassword),
    superuserUrl: withPassword(
      values.RETENTION_DATABASE_SUPERUSER_URL,
      values.RETENTION_DATABASE_SUPERUSER_PASSWORD,
    ),
    temporal: {
      address: values.RETENTION_TEMPORAL_ADDRESS,
      namespace: values.RETENTION_TEMPORAL_NAMESPACE,
      ui: values.RETENTION_TEMPORAL_UI,
    },
    codec: { host: values.RETENTION_CODEC_HOST, port: values.RETENTION_CODEC_PORT },
    secretsDir: values.RETENTION_SECRETS,
    archiveUrl: values.RETENTION_ARCHIVE,
    ledgerUrl: values.RETENTION_LEDGER ?? values.RETENTION_ARCHIVE,
    audit: {
      anchorUrl: values.RETENTION_AUDIT_ANCHOR,
      name: values.RETENTION_AUDIT_NAME,
      checkpointMs: values.RETENTION_AUDIT_CHECKPOINT * 1000,
      keepMonths: values.RETENTION_AUDIT_KEEP_MONTHS,
      publicKeys: values.RETENTION_AUDIT_PUBLIC_KEY?.split(/\s+/).filter(Boolean) ?? [],
    },
    receipts: { host: values.RETENTION_RECEIPTS_HOST, port: values.RETENTION_RECEIPTS_PORT },
    gcsEndpoint: values.RETENTION_GCS_ENDPOINT,
    projectsDir: values.RETENTION_PROJECTS ?? BUNDLED_PROJECTS,
    sandbox: {
      api: values.RETENTION_SANDBOX_API,
      stateFile: values.RETENTION_SANDBOX_STATE,
      host: values.RETENTION_SANDBOX_HOST,
      port: values.RETENTION_SANDBOX_PORT,
    },
    bots: botsOf(env, values.RETENTION_BOT_API),
    logLevel: values.RETENTION_LOG_LEVEL,
    readyFile: values.RETENTION_READY,
    failPoint: values.RETENTION_FAIL_POINT,
  };
}

/** An address that has a password keeps it. */
function withPassword<Url extends string | undefined>(url: Url, password: string | undefined): Url | string {
  if (url === undefined || password === undefined) return url;
  const address = new URL(url);
  address.password ||= encodeURIComponent(password);
  return address.href;
}

/** Projects are named in lower case with `-`, which a variable's name cannot hold: it is written `_`. */
function botsOf(env: Variables, apiRoot: string): Record<string, BotAccess> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, token]) =>
      name.startsWith(BOT_TOKEN_PREFIX) && token
        ? [[name.slice(BOT_TOKEN_PREFIX.length).toLowerCase().replaceAll('_', '-'), { token, apiRoot }]]
        : [],
    ),
  );
}
