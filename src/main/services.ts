import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { ArchiveStores } from '../../activities/deps.ts';
import { createActs, type Acts } from '../acts/acts.ts';
import type { ExportSettings } from '../acts/export-order.ts';
import { createTranslations, type Translations } from '../acts/translations.ts';
import { createErasureLedger, type ErasureLedger } from '../archive/ledger.ts';
import { openStore, storeAddress } from '../archive/open-store.ts';
import type { ArchiveStore } from '../archive/store.ts';
import type { Config } from '../config.ts';
import { connect } from '../db/connect.ts';
import { DELIVERY_CHANNEL } from '../db/deliveries.ts';
import { createListener, type Listener } from '../db/listen.ts';
import { OUTBOX_CHANNEL } from '../db/outbox.ts';
import type { Tables } from '../db/tables.ts';
import type { ProjectFile } from '../domain/project.ts';
import { NO_SCRUBBING } from '../domain/scrub-rules.ts';
import { createLog } from '../log.ts';
import { detectLanguage } from '../translation/detect.ts';
import { openTranslator } from '../translation/open-translator.ts';
import type { Pseudonym } from '../vault/pseudonym.ts';
import { createVault, type Vault } from '../vault/vault.ts';
import type { VaultDatabase } from '../vault/tables.ts';
import { createProjectBook, type FileOf } from './project-book.ts';
import { readProjectFiles } from './project-files.ts';
import { openSecrets, type Secrets } from './secrets.ts';

/** What every process of this service works with. */
export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly pseudonym: Pseudonym;
  /** The keys database, which only the vault and the key ring touch. */
  readonly keysDb: Kysely<VaultDatabase>;
  readonly secrets: Secrets;
  readonly acts: Acts;
  readonly stores: ArchiveStores;
  readonly ledger: ErasureLedger;
  /** Nothing is translated where the environment names no translator. */
  readonly translations: Translations | undefined;
  readonly projects: readonly ProjectFile[];
  readonly listener: Listener;
  close(): Promise<void>;
}

/** Opens what every process needs. Nothing is connected before it is used. */
export async function openServices(config: Config, log = createLog(config.logLevel)): Promise<Services> {
  const broken = (error: Error) =>
    log.warn({ code: (error as { code?: string }).code ?? error.name }, 'an idle database connection broke');
  const db = connect(config.databaseUrl, broken, 20);
  const keys = connect<VaultDatabase>(config.keysDatabaseUrl, broken, 5);
  const secrets = await openSecrets(config.secretsDir);
  const vault = createVault({ db: keys, kek: secrets.kek });
  const translator = openTranslator(config.translation);
  const projects = await readProjectFiles(config.projectsDir);
  const fileOf = createProjectBook(projects, () => readProjectFiles(config.projectsDir));
  const stores = createStores(config, fileOf);
  const listener = createListener(config.databaseUrl, [OUTBOX_CHANNEL, DELIVERY_CHANNEL]);
  return {
    config,
    log,
    db,
    vault,
    pseudonym: secrets.pseudonym,
    keysDb: keys,
    secrets,
    acts: createActs({ db, vault, pseudonym: secrets.pseudonym, exports: exportSettings(config, fileOf) }),
    stores,
    translations: translator && createTranslations({ db, vault, translator, detect: detectLanguage }),
    ledger: createErasureLedger(() => stores.at(config.ledgerUrl)),
    projects,
    listener,
    async close() {
      await listener.close();
      await db.destroy();
      await keys.destroy();
    },
  };
}

function exportSettings(config: Config, fileOf: FileOf<ProjectFile>): ExportSettings {
  return {
    destinations: config.exportTo,
    scrubOf: async (projectId) => (await fileOf(projectId))?.export?.scrub ?? NO_SCRUBBING,
  };
}

/** Opens each store once, however its address is spelt; one that could not be opened is opened anew. */
export function createStores(
  { archiveUrl, gcsEndpoint }: Pick<Config, 'archiveUrl' | 'gcsEndpoint'>,
  fileOf: FileOf<Pick<ProjectFile, 'archive'>>,
): ArchiveStores {
  const opened = new Map<string, Promise<ArchiveStore>>();
  const at = async (url: string) => {
    const address = storeAddress(url);
    const known = opened.get(address);
    if (known) return known;
    const store = openStore(address, gcsEndpoint ? { gcs: { apiEndpoint: gcsEndpoint } } : {});
    opened.set(address, store);
    store.catch(() => opened.delete(address));
    return store;
  };
  return {
    at,
    of: async (projectId) => at((await fileOf(projectId))?.archive ?? archiveUrl),
  };
}
