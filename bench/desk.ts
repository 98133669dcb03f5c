// npm run bench -- desk [--messages 600]
// Messages of customers through the sandbox over HTTP: taken from Telegram, stored, sealed, indexed and relayed
// into the staff topic, beside a bare grammY bot on a sandbox of its own that copies each message into a topic
// and stores nothing. Each chat writes its next message when the one before was relayed.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { startSandbox } from '../src/sandbox/server.ts';
import { prepareTemplate } from '../test/support/database.ts';
import { createDeskStage } from '../test/telegram/stage.ts';
import { startCopyingBot } from './desk/copying-bot.ts';
import { runTraffic, type DeskRun } from './desk/traffic.ts';

const { values } = parseArgs({ options: { messages: { type: 'string', default: '600' } } });
const MESSAGES = Number(values.messages);
const CHATS = [1, 10, 100];
const TOKEN = '7200000099:bench-token';

const quantile = (list: readonly number[], share: number) =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN;

/** New customers, whose first message makes their topic before anything is measured. */
async function customers(
  sandbox: Parameters<typeof runTraffic>[0],
  place: { staffChat: number; agent: number; projectId: string },
  count: number,
): Promise<number[]> {
  const person = { role: 'customer', firstName: 'Customer', languageCode: 'en' } as const;
  const chats = Array.from({ length: count }, () => sandbox.world.addPerson(place.projectId, person));
  await runTraffic(sandbox, { ...place, chats }, count);
  return chats;
}

async function measureService(): Promise<DeskRun[]> {
  const stage = await createDeskStage();
  try {
    const place = { staffChat: stage.staffChat, agent: stage.people.agent, projectId: 'shop' };
    const runs: DeskRun[] = [];
    for (const count of CHATS) {
      const chats = await customers(stage.sandbox, place, count);
      runs.push(await runTraffic(stage.sandbox, { ...place, chats }, MESSAGES));
    }
    return runs;
  } finally {
    await stage.stop();
  }
}

async function measurePeer(): Promise<DeskRun[]> {
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0 });
  const { staffChatId: staffChat, people } = sandbox.world.ensureProject({
    ...{ id: 'peer', title: 'Peer', staffGroup: { title: 'Peer – staff' } },
    bot: { token: TOKEN, username: 'peer_bot', name: 'Peer' },
    people: [{ role: 'agent', firstName: 'Alex', languageCode: 'en' }],
  });
  const place = { staffChat, agent: people[0]?.id ?? 0, projectId: 'peer' };
  const bot = await startCopyingBot({ token: TOKEN, apiRoot: sandbox.apiRoot, staffChat });
  try {
    const runs: DeskRun[] = [];
    for (const count of CHATS) {
      const chats = await customers(sandbox, place, count);
      runs.push(await runTraffic(sandbox, { ...place, chats }, MESSAGES));
    }
    return runs;
  } finally {
    await bot.stop();
    await sandbox.close();
  }
}

function print(ours: readonly DeskRun[], peer: readonly DeskRun[]): void {
  const head = ['chats', 'updates/s', 'to relay, p50 / p95 ms', 'copying bot', 'its p50 / p95 ms', 'ratios'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const [at, chats] of CHATS.entries()) {
    const [own, other] = [ours[at], peer[at]];
    if (!own || !other) continue;
    const times = ({ toRelayMs }: DeskRun) =>
      [quantile(toRelayMs, 0.5), quantile(toRelayMs, 0.95)].map((ms) => ms.toFixed(1)).join(' / ');
    const ratio = (a: number, b: number) => (a / b).toFixed(2);
    const slower = [0.5, 0.95].map((share) =>
      ratio(quantile(own.toRelayMs, share), quantile(other.toRelayMs, share)),
    );
    table.push([
      ...[`${chats}`, own.perSecond.toFixed(0), times(own), other.perSecond.toFixed(0), times(other)],
      `${ratio(own.perSecond, other.perSecond)} of its updates/s, ${slower.join(' / ')} times its delay`,
    ]);
  }
  console.log(table.toString());
}

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'retention-bench-')));
// As root, PostgreSQL runs under another account, which has to get here.
chmodSync(dir, 0o711);
const postgres = await startPostgres({
  ...{ dir: join(dir, 'postgres'), port: await freePort() },
  log: (line) => console.error(line),
});
try {
  process.env['TEST_POSTGRES_URL'] = postgres.url('postgres');
  await prepareTemplate(postgres.url('postgres'));
  console.log(`Node ${process.versions.node}; ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}),
for PostgreSQL, the bot, the sandbox and whoever writes, together; ${MESSAGES} messages in each run\n`);
  const ours = await measureService();
  print(ours, await measurePeer());
} finally {
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
process.exit();
