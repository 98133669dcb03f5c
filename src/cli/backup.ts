import { Command } from 'commander';
import type { Actor } from '../domain/events.ts';
import type { CliDeps } from './deps.ts';
import { createOutput, facts, jsonOption, table } from './output.ts';

/** A back-up that was made. */
export interface BackupMade {
  readonly id: string;
  readonly rows: number;
  readonly files: number;
  /** Back-ups of the keys that were too old and are gone. */
  readonly oldKeysRemoved: readonly string[];
}

export interface BackupListed {
  readonly id: string;
  readonly takenAt: Date;
  readonly rows: number;
  /** Whether the keys of the same moment are there too. */
  readonly keys: boolean;
  /** Whether these keys should be there no more. */
  readonly keysExpired: boolean;
}

export interface BackupRestored {
  readonly id: string;
  readonly takenAt: Date;
  readonly rows: number;
  readonly keysFrom: string | null;
  readonly keysWereThere: boolean;
  readonly ledgerEntries: number;
  readonly migrated: readonly string[];
  /** How many audit entries the anchor vouches for that the back-up does not have. */
  readonly auditEntriesLost: number;
}

/** What the commands work with; closed after each. */
export interface BackupServices {
  create(order: { place: string; actor: Actor; now: Date }): Promise<BackupMade>;
  list(place: string, now: Date): Promise<readonly BackupListed[]>;
  verify(place: string, id: string | undefined): Promise<{ id: string; files: number }>;
  restore(order: {
    place: string;
    id?: string;
    withoutKeys: boolean;
    actor: Actor;
    now: Date;
  }): Promise<BackupRestored>;
  close(): Promise<void>;
}

interface BackupDeps extends Pick<CliDeps, 'stdout' | 'stderr' | 'clock' | 'actor'> {
  /** @param purpose a restore works on an installation that does not run */
  readonly open: (purpose: 'running' | 'restore') => Promise<BackupServices>;
}

/** `retention backup …` */
export function createBackupCommand(deps: BackupDeps): Command {
  return new Command('backup')
    .description('back-ups of the databases, the erasure ledger, the anchor and the project files')
    .addCommand(createCommand(deps))
    .addCommand(listCommand(deps))
    .addCommand(verifyCommand(deps))
    .addCommand(restoreCommand(deps))
    .addHelpText(
      'after',
      `
Neither the key files (RETENTION_SECRETS) nor archive objects are part of it: the first would open all of
it, the second lie in a store of their own. Keys go to DIR/keys and are kept for 48 hours, since a key that
is destroyed lives on in a back-up.

Examples:
  $ retention backup create /backups
  $ retention backup verify /backups
  $ retention backup restore /backups 20261122T174500Z`,
    );
}

async function using(
  deps: BackupDeps,
  purpose: 'running' | 'restore',
  work: (services: BackupServices) => Promise<void>,
): Promise<void> {
  const services = await deps.open(purpose);
  try {
    await work(services);
  } finally {
    await services.close();
  }
}

function createCommand(deps: BackupDeps): Command {
  return new Command('create')
    .description('back up now, while the service runs')
    .argument('<dir>', 'where back-ups lie, one directory each')
    .addOption(jsonOption())
    .action((place: string, _options: unknown, command: Command) =>
      using(deps, 'running', async (services) => {
        const made = await services.create({ place, actor: deps.actor, now: deps.clock() });
        createOutput(deps, command).data(made, () =>
          facts([
            ['Back-up', made.id],
            ['Rows', made.rows],
            ['Files', made.files],
            ['Old keys removed', made.oldKeysRemoved.join(', ') || 'none'],
          ]),
        );
      }),
    );
}

function listCommand(deps: BackupDeps): Command {
  return new Command('list')
    .description('list back-ups, the oldest first')
    .argument('<dir>', 'where back-ups lie')
    .addOption(jsonOption())
    .action((place: string, _options: unknown, command: Command) =>
      using(deps, 'running', async (services) => {
        const output = createOutput(deps, command);
        const all = await services.list(place, deps.clock());
        output.data(all, (style) =>
          table(
            style,
            ['BACK-UP', 'TAKEN', 'ROWS', 'KEYS'],
            all.map(({ id, takenAt, rows, keys, keysExpired }) => [
              id,
              takenAt,
              rows,
              keys ? (keysExpired ? 'too old' : 'yes') : 'no',
            ]),
          ),
        );
        if (all.some(({ keysExpired }) => keysExpired))
          output.note(
            'Keys older than 48 hours are still there: what was erased since could be read with them. The next back-up removes them.',
          );
      }),
    );
}

function verifyCommand(deps: BackupDeps): Command {
  return new Command('verify')
    .description('read every file of a back-up and compare it with its manifest')
    .argument('<dir>', 'where back-ups lie')
    .argument('[id]', 'the newest without it')
    .addOption(jsonOption())
    .action((place: string, id: string | undefined, _options: unknown, command: Command) =>
      using(deps, 'running', async (services) => {
        const verified = await services.verify(place, id);
        createOutput(deps, command).data(
          verified,
          () => `Back-up ${verified.id} is whole: ${verified.files} files.`,
        );
      }),
    );
}

function restoreCommand(deps: BackupDeps): Command {
  return new Command('restore')
    .description('restore a back-up into empty databases, while the service does not run')
    .argument('<dir>', 'where back-ups lie')
    .argument('[id]', 'the newest without it')
    .option('--without-keys', 'go on where the keys are lost: what they sealed stays unreadable')
    .addOption(jsonOption())
    .action((place: string, id: string | undefined, options: { withoutKeys?: boolean }, command: Command) =>
      using(deps, 'restore', async (services) => {
        const output = createOutput(deps, command);
        const restored = await services.restore({
          place,
          ...(id !== undefined && { id }),
          withoutKeys: options.withoutKeys ?? false,
          actor: deps.actor,
          now: deps.clock(),
        });
        output.data(restored, () => wordsOf(restored));
        output.note(NEXT);
      }),
    );
}

const NEXT = `Start the service: its bots wait until this is done. Then:
  retention restore-check     erases again what was erased since the back-up
  retention reconcile         starts the workflows from the rows
and place the holds again that were placed since. Deletions wait for: retention breaker resume PROJECT --reason WORD`;

function wordsOf(restored: BackupRestored): string {
  const keys = restored.keysWereThere
    ? 'left as they were'
    : (restored.keysFrom ?? 'none: texts of before stay unreadable');
  return facts([
    ['Restored', restored.id],
    ['As of', restored.takenAt],
    ['Rows', restored.rows],
    ['Keys', keys],
    ['Added to the ledger', restored.ledgerEntries],
    ['Migrated on', restored.migrated.join(', ') || 'nothing newer'],
    [
      'Audit entries lost',
      restored.auditEntriesLost > 0
        ? `${restored.auditEntriesLost}: the anchor has seen them. Name a new place in RETENTION_AUDIT_ANCHOR and keep the old one`
        : 'none that the anchor has seen',
    ],
  ]);
}
