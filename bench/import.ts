// node bench/import.ts
// Imports a generated export of 10,000 and one of 100,000 messages, each run in a process and databases of its
// own, on a PostgreSQL that writes to disk as in production. Prints messages per second, everything included
// (reading, sealing, storing), and the peak memory of the importing process, which has to stay flat.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importExport } from '../src/acts/import/import-export.ts';
import { connect } from '../src/db/connect.ts';
import { migrate } from '../src/db/migrate.ts';
import { prepareDatabases } from '../src/db/prepare.ts';
import { saveProject } from '../src/db/projects.ts';
import { projectSchema } from '../src/domain/project.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { createFileKeyEncryptionKeys } from '../src/vault/file-kek.ts';
import { migrateVault } from '../src/vault/migrate.ts';
import { createPseudonym } from '../src/vault/pseudonym.ts';
import type { VaultDatabase } from '../src/vault/tables.ts';
import { createVault } from '../src/vault/vault.ts';

const SIZES = [10_000, 100_000];
const MESSAGES_PER_CHAT = 500;
const MESSAGES_PER_SESSION = 20;
/**
 * Speed is measured as the command runs. Memory is measured once more in a small heap: V8 takes what it may
 * before it collects, and in little room only what the import really keeps shows. It costs speed.
 */
const RUNS = [
  { name: 'speed', flags: [] },
  { name: 'memory', flags: ['--max-old-space-size=96', '--max-semi-space-size=8'] },
];
const PASSWORD = 'only-for-the-benchmark';
const PROJECT = projectSchema.parse({
  id: 'bench',
  name: 'Benchmark',
  timeZone: 'Europe/Berlin',
  language: 'en',
  jurisdiction: 'EU',
  notice: { version: '1' },
  policy: {
    idle: 'P7D',
    reopen: 'PT12H',
    keep: 'P12M',
    review: { window: 'P7D' },
    spam: { deleteAfter: 'P7D' },
  },
});

const ignore = () => undefined;

/** One message as Telegram Desktop writes it: about 620 bytes, every seventh with a file. */
function messageOf(chat: number, index: number): object {
  const gap = Math.floor(index / MESSAGES_PER_SESSION) * 14 * 86_400;
  const seconds = 1_500_000_000 + gap + index * 60;
  const fromCustomer = index % 2 === 0;
  const order = `order ${chat}-${index}`;
  const rest = ' has not arrived yet, could you please have a look? Спасибо, 谢谢.';
  return {
    id: chat * 10_000 + index + 1,
    type: 'message',
    date: new Date(seconds * 1000).toISOString().slice(0, 19),
    date_unixtime: String(seconds),
    from: fromCustomer ? `Customer ${chat}` : 'Support',
    from_id: fromCustomer ? `user${5_000_000 + chat}` : 'user777',
    ...(index % 3 === 2 && { reply_to_message_id: chat * 10_000 + index }),
    ...(index % 7 === 0 && {
      file: `files/invoice-${index}.pdf`,
      file_name: `invoice-${index}.pdf`,
      file_size: 48_213,
      mime_type: 'application/pdf',
    }),
    text: ['The ', { type: 'bold', text: order }, rest],
    text_entities: [
      { type: 'plain', text: 'The ' },
      { type: 'bold', text: order },
      { type: 'plain', text: rest },
    ],
  };
}

async function writeExport(path: string, messages: number): Promise<void> {
  const out = createWriteStream(path);
  out.write('{\n "about": "generated",\n "chats": {\n  "about": "",\n  "list": [');
  for (let chat = 0; chat * MESSAGES_PER_CHAT < messages; chat++) {
    const count = Math.min(MESSAGES_PER_CHAT, messages - chat * MESSAGES_PER_CHAT);
    const list = Array.from({ length: count }, (_, index) => messageOf(chat, index));
    const body = { name: `Customer ${chat}`, type: 'personal_chat', id: 5_000_000 + chat, messages: list };
    if (!out.write(`${chat > 0 ? ',' : ''}\n${JSON.stringify(body, null, 1)}`)) await once(out, 'drain');
  }
  out.end('\n  ]\n }\n}\n');
  await once(out, 'close');
}

async function prepare(superuserUrl: string, suffix: string): Promise<{ main: string; keys: string }> {
  const names = { database: `bench_${suffix}`, keysDatabase: `bench_keys_${suffix}` };
  await prepareDatabases({ superuserUrl, ...names, ownerPassword: PASSWORD, servicePassword: PASSWORD });
  const as = (role: string, database: string) =>
    Object.assign(new URL(superuserUrl), { username: role, password: PASSWORD, pathname: `/${database}` })
      .href;
  const main = connect(as('retention_owner', names.database), ignore, 1);
  const keys = connect<VaultDatabase>(as('retention_owner', names.keysDatabase), ignore, 1);
  await migrate(main);
  await migrateVault(keys);
  await saveProject(main, PROJECT, { author: 'bench', reason: 'bench', now: new Date() });
  await main.destroy();
  await keys.destroy();
  return { main: as('retention_service', names.database), keys: as('retention_service', names.keysDatabase) };
}

/** The process that is measured: `node bench/import.ts FILE MAIN-URL KEYS-URL KEK-FILE`. */
async function importOnce([file, mainUrl, keysUrl, kekPath]: string[]): Promise<void> {
  const db = connect(mainUrl ?? '', ignore);
  const keys = connect<VaultDatabase>(keysUrl ?? '', ignore);
  const kek = createFileKeyEncryptionKeys({ path: kekPath ?? '', now: () => new Date() });
  const began = performance.now();
  const summary = await importExport(
    { db, vault: createVault({ db: keys, kek }), pseudonym: createPseudonym(Buffer.alloc(32, 1)) },
    createReadStream(file ?? '') as AsyncIterable<Buffer>,
    {
      projectId: PROJECT.id,
      dryRun: false,
      actor: { kind: 'operator', id: 'bench' },
      now: new Date(),
      onRefused: ignore,
      onProgress: ignore,
    },
  );
  const seconds = (performance.now() - began) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(
    [
      `${summary.messages} messages in ${summary.sessions.closed + summary.sessions.open} sessions`,
      `${seconds.toFixed(1)} s`,
      `${Math.round(summary.messages / seconds)} messages/s`,
      `CPU of the importing process ${((userCPUTime + systemCPUTime) / 1e6).toFixed(1)} s`,
      `peak memory ${Math.round(maxRSS / 1024)} MB`,
    ].join(', '),
  );
  await db.destroy();
  await keys.destroy();
}

async function runAll(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
  // As root, PostgreSQL runs under another account, which has to get here.
  chmodSync(directory, 0o711);
  const postgres = await startPostgres({
    dir: join(directory, 'postgres'),
    port: await freePort(),
    log: ignore,
  });
  try {
    for (const size of SIZES) {
      const file = join(directory, `result-${size}.json`);
      await writeExport(file, size);
      console.log(`${size} messages, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
      for (const { name, flags } of RUNS) {
        const { main, keys } = await prepare(postgres.url('postgres'), `${size}_${name}`);
        const kek = join(directory, `kek-${size}-${name}.json`);
        process.stdout.write(`  ${name}: `);
        const child = spawn(process.execPath, [...flags, import.meta.filename, file, main, keys, kek], {
          stdio: 'inherit',
        });
        await once(child, 'exit');
        if (child.exitCode !== 0) throw new Error('The import failed.');
      }
    }
  } finally {
    await postgres.stop();
    rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
    rmSync(directory, { recursive: true, force: true });
  }
}

const args = process.argv.slice(2);
await (args.length > 0 ? importOnce(args) : runAll());
