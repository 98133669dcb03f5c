// node import-until-killed.ts FILE MAIN-URL KEYS-URL SECRETS-DIR BATCHES
// Imports, and dies by SIGKILL inside the transaction that follows so many whole batches.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { importExport } from '../../src/acts/import/import-export.ts';
import { connect } from '../../src/db/connect.ts';
import { createFileKeyEncryptionKeys } from '../../src/vault/file-kek.ts';
import type { VaultDatabase } from '../../src/vault/tables.ts';
import { createVault } from '../../src/vault/vault.ts';
import { NOW, PROJECT, pseudonym } from './import-fixture.ts';

const [file = '', url = '', keysUrl = '', secretsDir = '', batches = '0'] = process.argv.slice(2);
const ignore = () => undefined;
const keys = connect<VaultDatabase>(keysUrl, ignore);
const path = join(secretsDir, 'key-encryption-keys.json');
const vault = createVault({ db: keys, kek: createFileKeyEncryptionKeys({ path, now: () => NOW }) });

let whole = 0;
const db = connect(url, ignore).withPlugin({
  transformQuery({ node }) {
    const isHalfway = 'sqlFragments' in node && String(node.sqlFragments).includes('insert into revision');
    if (isHalfway && whole++ === Number(batches)) process.kill(process.pid, 'SIGKILL');
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
});

await importExport({ db, vault, pseudonym }, createReadStream(file) as AsyncIterable<Buffer>, {
  projectId: PROJECT,
  dryRun: false,
  now: NOW,
  actor: { kind: 'operator', id: 'test' },
  onRefused: ignore,
  onProgress: ignore,
});
