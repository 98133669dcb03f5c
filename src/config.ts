import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { consoleOf, type ConsoleConfig } from './console-config.ts';
import type { TranslationConfig } from './translation/open-translator.ts';
import { AppError } from './domain/errors.ts';
import { settings, type Settings } from './settings.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Every variable that `readConfig` knows by name. */
export const VARIABLES: readonly string[] = Object.keys(settings.shape);
/** One variable per project, named by its end: `RETENTION_BOT_TOKEN_SUPPORT` is that of `support`. */
export const BOT_TOKEN_PREFIX = 'RETENTION_BOT_TOKEN_';

/** A bot's token and the Bot API server it belongs to. */
export interface BotAccess {
  readonly token: string;
  /** The one before it, while a rotation is under way. */
  readonly previousToken?: string;
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
  /** Within how many days every archive object is read and compared; 0 for what the store says of it alone. */
  readonly archiveCheckDays: number;
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
  /** Where Telegram sends updates, if it is told to. */
  readonly webhook: { readonly url: string | undefined; readonly host: string; readonly port: number };
  /** Where receipts are confirmed to anybody. */
  readonly receipts: { readonly host: string; readonly port: number };
  /** How many requests one token may make, to one process. */
  readonly api: { readonly requestsPerMinute: number };
  /** Where Prometheus reads, without a token: keep it on loopback. */
  readonly metrics: { readonly host: string; readonly port: number };
  /** Whether webhooks may go to http, and to this machine and its networks. */
  readonly webhooks: { readonly allowPrivate: boolean };
  readonly console: ConsoleConfig;
  /** Where exports may be delivered to. */
  readonly exportTo: readonly string[];
  readonly gcsEndpoint: string | undefined;
  /** Who translates between customers and staff; nobody where both are left out. */
  readonly translation: TranslationConfig;
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
  /** Workflow code that was bundled before; otherwise each worker bundles it when it starts. */
  readonly workflowBundle: string | undefined;
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
    archiveCheckDays: values.RETENTION_ARCHIVE_CHECK_DAYS,
    ledgerUrl: values.RETENTION_LEDGER ?? values.RETENTION_ARCHIVE,
    audit: {
      anchorUrl: values.RETENTION_AUDIT_ANCHOR,
      name: values.RETENTION_AUDIT_NAME,
      checkpointMs: values.RETENTION_AUDIT_CHECKPOINT * 1000,
      keepMonths: values.RETENTION_AUDIT_KEEP_MONTHS,
      publicKeys: values.RETENTION_AUDIT_PUBLIC_KEY?.split(/\s+/).filter(Boolean) ?? [],
    },
    webhook: {
      url: values.RETENTION_WEBHOOK_URL,
      host: values.RETENTION_WEBHOOK_HOST,
      port: values.RETENTION_WEBHOOK_PORT,
    },
    receipts: { host: values.RETENTION_RECEIPTS_HOST, port: values.RETENTION_RECEIPTS_PORT },
    api: { requestsPerMinute: values.RETENTION_API_REQUESTS_PER_MINUTE },
    metrics: { host: values.RETENTION_METRICS_HOST, port: values.RETENTION_METRICS_PORT },
    webhooks: { allowPrivate: values.RETENTION_WEBHOOKS_ALLOW_PRIVATE === 'yes' },
    console: consoleOf(values),
    exportTo: values.RETENTION_EXPORT_TO?.split(/\s+/).filter(Boolean) ?? [],
    gcsEndpoint: values.RETENTION_GCS_ENDPOINT,
    translation: translationOf(values),
    projectsDir: values.RETENTION_PROJECTS ?? BUNDLED_PROJECTS,
    sandbox: {
      api: values.RETENTION_SANDBOX_API,
      stateFile: values.RETENTION_SANDBOX_STATE,
      host: values.RETENTION_SANDBOX_HOST,
      port: values.RETENTION_SANDBOX_PORT,
    },
    bots: botsOf(env, values.RETENTION_BOT_API),
    logLevel: values.RETENTION_LOG_LEVEL,
    workflowBundle: values.RETENTION_WORKFLOW_BUNDLE,
    readyFile: values.RETENTION_READY,
    failPoint: values.RETENTION_FAIL_POINT,
  };
}

function translationOf(values: Settings): TranslationConfig {
  const project = values.RETENTION_GOOGLE_TRANSLATE_PROJECT;
  return {
    libreTranslate: values.RETENTION_LIBRETRANSLATE_URL
      ? { url: values.RETENTION_LIBRETRANSLATE_URL, apiKey: values.RETENTION_LIBRETRANSLATE_KEY }
      : undefined,
    google: project
      ? {
          project,
          location: values.RETENTION_GOOGLE_TRANSLATE_LOCATION,
          apiKey: values.RETENTION_GOOGLE_TRANSLATE_KEY,
          endpoint: values.RETENTION_GOOGLE_TRANSLATE_ENDPOINT,
        }
      : undefined,
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
    Object.entries(env).flatMap(([name, value]) => {
      const [token, previousToken] = value?.trim().split(/\s+/) ?? [];
      if (!name.startsWith(BOT_TOKEN_PREFIX) || !token) return [];
      const id = name.slice(BOT_TOKEN_PREFIX.length).toLowerCase().replaceAll('_', '-');
      return [[id, { token, ...(previousToken && { previousToken }), apiRoot }]];
    }),
  );
}
