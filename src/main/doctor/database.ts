import type { Kysely } from 'kysely';
import {
  auditTriggersOff,
  migrationsRun,
  readDatabaseFacts,
  rightsOverAudit,
  type DatabaseFacts,
} from '../../db/doctor.ts';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';

/** The oldest that the tests run on. */
const OLDEST = 150_000;
/** The longest single statements, the plan of a policy among them, take this long. */
const LONGEST_MS = 60_000;

/** The main database: locale, role, what the role may do, and what runs in it. */
export function checkDatabase<T>(db: Kysely<T>): Check {
  return {
    area: 'database',
    check: 'main',
    async run() {
      const facts = await readDatabaseFacts(db);
      return [
        { check: 'version', ...version(facts) },
        { check: 'locale', ...locale(facts) },
        { check: 'role', ...role(facts) },
        { check: 'audit entries', ...(await auditVerdict(db)) },
        { check: 'statement timeout', ...statementTimeout(facts) },
        { check: 'long transactions', ...longTransactions(facts) },
        { check: 'WAL archive', ...walArchive(facts) },
      ];
    },
  };
}

function version({ version }: DatabaseFacts): Verdict {
  const found = `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`;
  if (version >= OLDEST) return ok(found);
  return warning(found, 'Nobody has tested this service on it.', 'Upgrade to PostgreSQL 15 or newer.');
}

function locale({ folds, locale, name }: DatabaseFacts): Verdict {
  if (folds) return ok(locale);
  return failure(
    `${locale}, which knows ASCII only`,
    'A search for a Cyrillic or Chinese word silently finds nothing.',
    `Create ${name} again with locale C.UTF-8 or an ICU locale, and restore into it.`,
  );
}

function role({ role: name, superuser }: DatabaseFacts): Verdict {
  if (!superuser) return ok(name);
  return failure(
    `${name} is a superuser`,
    'The service could change the audit log, and everything else, without a trace.',
    'Have RETENTION_DATABASE_URL name the role retention_service: node src/main/service.ts prepare makes it.',
  );
}

async function auditVerdict<T>(db: Kysely<T>): Promise<Verdict> {
  const rights = await rightsOverAudit(db);
  if (rights.length > 0)
    return failure(
      `the service has ${rights.join(', ')}`,
      'Whoever gets at the service can change what the audit says.',
      `revoke ${rights.map((right) => right.replace(' on ', ' on table ')).join('; revoke ')} from retention_service`,
    );
  const off = await auditTriggersOff(db);
  if (off.length === 0) return ok('nobody but their owner could change them');
  return failure(
    `${off.join(', ')} ${off.length === 1 ? 'is' : 'are'} off`,
    'Audit entries can be changed in the database, or get no place in the log.',
    `alter table audit_entry enable trigger all; alter table audit_leaf enable trigger all`,
  );
}

function statementTimeout({ statementTimeoutMs }: DatabaseFacts): Verdict {
  if (statementTimeoutMs === 0 || statementTimeoutMs >= LONGEST_MS)
    return ok(statementTimeoutMs === 0 ? 'none' : `${statementTimeoutMs / 1000} s`);
  return warning(
    `${statementTimeoutMs / 1000} s`,
    'Long statements are cut off: plans of policies, checks of the audit log, the comparing of large parts.',
    'alter role retention_service set statement_timeout = 0',
  );
}

function longTransactions({ longTransactions: open }: DatabaseFacts): Verdict {
  if (open === 0) return ok('none');
  return warning(
    `${open} open for more than an hour`,
    'Rows that were deleted meanwhile stay in their files until they end.',
    "select pid, xact_start from pg_stat_activity where xact_start < now() - interval '1 hour', then pg_terminate_backend(pid)",
  );
}

function walArchive({ archiveMode, archiveFailing, lastArchivedAt }: DatabaseFacts): Verdict {
  if (archiveMode === 'off') return ok('off');
  const since = lastArchivedAt ? `, last ${lastArchivedAt.toISOString()}` : '';
  if (!archiveFailing) return ok(`on${since}`);
  return warning(
    `fails${since}`,
    'WAL piles up until the disk is full, and the back-ups end where it began to fail.',
    'See last_failed_wal in pg_stat_archiver, and mend archive_command.',
  );
}

/** Whether the schema is the one this program knows. */
export function checkMigrations<T>(
  name: string,
  known: () => Promise<readonly string[]>,
  databases: readonly Kysely<T>[],
): Check {
  return {
    area: 'database',
    check: `schema of ${name}`,
    async run() {
      const wanted = await known();
      for (const db of databases) {
        const ran = await migrationsRun(db);
        if (!ran) continue;
        const missing = wanted.filter((one) => !ran.includes(one));
        if (missing.length === 0) return ok(wanted.at(-1) ?? 'empty');
        const consequence = 'What needs the new tables or columns fails.';
        return failure(`${missing.join(', ')} did not run`, consequence, 'retention migrate');
      }
      return warning(
        'cannot be seen by the role of the service',
        'A migration that is missing would show only as errors.',
        'Set RETENTION_DATABASE_OWNER_URL where the doctor runs.',
      );
    },
  };
}

/** The keys database: apart from the main one, with back-ups that are younger than the promise of erasure. */
export function checkKeysDatabase<T>(
  keys: Kysely<T>,
  urls: { readonly main: string; readonly keys: string },
): Check {
  return {
    area: 'keys',
    check: 'keys database',
    async run() {
      const [main, own] = [new URL(urls.main), new URL(urls.keys)];
      const sameServer = main.host === own.host;
      if (sameServer && main.pathname === own.pathname)
        return failure(
          'is the main database',
          'A back-up of the one holds the other: destroying a key does not make back-ups unreadable.',
          'Give RETENTION_KEYS_DATABASE_URL a database of its own.',
        );
      const { archiveMode, name } = await readDatabaseFacts(keys);
      if (archiveMode === 'off') return ok(`${name}, apart from the main one`);
      return warning(
        `${name}, whose server archives its WAL${sameServer ? ' together with that of the main one' : ''}`,
        'Destroyed keys stay in the WAL archive and in base back-ups for as long as those are kept: an erasure is final only then.',
        'Keep back-ups and WAL of the keys database for 48 hours at most, best on a server of its own.',
      );
    },
  };
}
