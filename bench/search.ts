// npm run bench -- search [--messages 1000000] [--per-session 20] [--rounds 3]
// Searches a generated corpus in English, Russian, Chinese and Spanish: the blind index with opening and
// checking a page of 20 sessions and the audit entry included, beside PostgreSQL's full-text search and pg_trgm
// over the same texts in clear, in the same run. Recall is checked against a scan of every message.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { termHasherOf } from '../src/acts/indexing.ts';
import { connect } from '../src/db/connect.ts';
import { findCandidates } from '../src/db/search.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { needOf, wordsOf } from '../src/search/words.ts';
import {
  addProject,
  createTestDatabase,
  prepareTemplate,
  testProject,
  type TestDatabase,
} from '../test/support/database.ts';
import { createCorpus, type Language } from './search/corpus.ts';
import { load, NOW } from './search/load.ts';
import { buildPeers, createPlain, peersOf, scan, sizesOf, type Asked, type Peer } from './search/peers.ts';
import { casesOf, type Case, type Words } from './search/cases.ts';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    'per-session': { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const PER_SESSION = Number(options['per-session']);
const SESSIONS = Math.round(Number(options.messages) / PER_SESSION);
const PAGE = 20;
const SEED = 20_260_301;
const READER = { actor: { kind: 'operator', id: 'bench' }, roles: [] } as const;

const say = (text: string) => void console.log(text);
const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
const ms = (values: readonly number[]) =>
  `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.95).toFixed(1)}`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** A word of each language at these ranks of frequency. */
function wordsAt(corpus: ReturnType<typeof createCorpus>, ranks: readonly number[]): Words {
  return [...corpus.vocabularies].flatMap(([language, { words }]) =>
    ranks.flatMap((rank) => (words[rank] ? [{ language, word: words[rank] }] : [])),
  );
}

async function measure(
  database: TestDatabase,
  peers: readonly Peer[],
  cases: readonly Case[],
): Promise<void> {
  // The same page as ours, and the plainest that still finds the words.
  const contenders = peers.flatMap((peer) => [
    { name: `${peer.name}, 20 sessions`, page: (asked: Asked) => peer.sessions(asked) },
    { name: `${peer.name}, 20 messages`, page: (asked: Asked) => peer.messages(asked) },
  ]);
  const names = contenders.map(({ name }) => name);
  say(`| query | ours, 20 sessions | ${names.join(' | ')} | ours against each, by p95 |`);
  say(`| --- | --- |${names.map(() => ' --- |').join('')} --- |`);
  const all = { own: [] as number[], theirs: names.map(() => [] as number[]) };
  for (const one of cases) {
    const own: number[] = [];
    const theirs = names.map(() => [] as number[]);
    // The first round warms caches, and is not counted.
    for (let round = 0; round <= Number(options.rounds); round += 1)
      for (const { query, plain } of one.queries) {
        const took = await timed(() =>
          database.acts.searchSessions({ query, reader: READER, reason: 'bench', now: NOW, limit: PAGE }),
        );
        if (round > 0) own.push(took);
        for (const [at, { page }] of plain ? contenders.entries() : []) {
          const theyTook = await timed(() => page(plain as Asked));
          if (round > 0) theirs[at]?.push(theyTook);
        }
      }
    const compared = (theirs[0]?.length ?? 0) > 0;
    if (compared) {
      all.own.push(...own);
      for (const [at, times] of theirs.entries()) all.theirs[at]?.push(...times);
    }
    say(row(one.name, own, compared ? theirs : []));
  }
  say(row('all that peers have too', all.own, all.theirs));
}

function row(name: string, own: readonly number[], theirs: readonly (readonly number[])[]): string {
  const ratios = theirs.map((times) => (quantile(own, 0.95) / quantile(times, 0.95)).toFixed(2));
  const cells = theirs.length > 0 ? [...theirs.map(ms), ratios.join(', ')] : ['', '', '', '', ''];
  return `| ${name} | ${ms(own)} | ${cells.join(' | ')} |`;
}

/** The part of the sessions holding a word that each way finds, by language. */
async function recall(
  database: TestDatabase,
  owner: TestDatabase['db'],
  peers: readonly Peer[],
  words: Words,
) {
  const found = new Map<string, number[]>();
  const note = (name: string, there: ReadonlySet<string>, is: ReadonlySet<string>) => {
    if (there.size === 0) return;
    const part = [...there].filter((id) => is.has(id)).length / there.size;
    found.set(name, [...(found.get(name) ?? []), part]);
  };
  let extra = 0;
  let shown = 0;
  const languages: Language[] = ['en', 'ru', 'zh', 'es'];
  for (const { language, word } of words) {
    const there = await scan(owner, word, language === 'zh');
    const own = await indexed(database, word);
    note(`blind index ${language}`, there, own);
    extra += [...own].filter((id) => !there.has(id)).length;
    shown += own.size;
    for (const peer of peers) note(`${peer.name} ${language}`, there, await peer.sessionsWith(word));
  }
  for (const name of ['blind index', ...peers.map((peer) => peer.name)])
    say(
      `Recall, ${name}: ${languages.map((one) => `${one} ${Math.min(...(found.get(`${name} ${one}`) ?? [NaN])).toFixed(3)}`).join(', ')} (the lowest of all words)`,
    );
  say(
    `The index names ${shown} sessions for these words, ${extra} of them for another form of a word or by chance`,
  );
}

async function indexed(database: TestDatabase, word: string): Promise<Set<string>> {
  const hash = termHasherOf(database.pseudonym, 'bench');
  const where = wordsOf(word, false).map(
    (words) => ({ kind: 'terms', needs: [needOf(words).map((list) => list.map(hash))] }) as const,
  );
  const found = await findCandidates(database.db, {
    ...{ where: { kind: 'and', of: where }, scored: [], asked: [], after: null },
    limit: SESSIONS,
  });
  return new Set(found.map(({ id }) => id));
}

async function sizes(owner: TestDatabase['db']): Promise<void> {
  const size = await sizesOf(owner);
  const messages = SESSIONS * PER_SESSION;
  for (const [name, bytes] of Object.entries(size))
    say(`${name}: ${(bytes / 1e6).toFixed(1)} MB, ${(bytes / messages).toFixed(0)} bytes a message`);
  const own = ['index rows', 'index terms', 'index session', 'filters of messages'].reduce(
    (sum, name) => sum + (size[name] ?? 0),
    0,
  );
  const fts = (size['fts index'] ?? 0) + (size['fts column'] ?? 0);
  say(
    `Blind index in all: ${(own / messages).toFixed(0)} bytes a message, ${(own / fts).toFixed(2)} of full-text search with its column, ${(own / (size['trgm index'] ?? NaN)).toFixed(2)} of pg_trgm`,
  );
}

const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
// As root, PostgreSQL runs under another account, which has to get here.
chmodSync(directory, 0o711);
const postgres = await startPostgres({
  dir: join(directory, 'postgres'),
  port: await freePort(),
  log: () => undefined,
});
try {
  process.env['TEST_POSTGRES_URL'] = postgres.url('postgres');
  await prepareTemplate(postgres.url('postgres'));
  const database = await createTestDatabase();
  const staff = Array.from({ length: 40 }, (_, at) => ({ id: 600 + at, roles: ['agent' as const] }));
  await addProject(database.db, { ...testProject(), id: 'bench', telegram: { staffChat: -1, staff } });
  const owner = connect(database.ownerUrl, () => undefined, 2);
  say(
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  const corpus = createCorpus(SEED);
  await createPlain(owner);
  const size = { sessions: SESSIONS, messages: PER_SESSION, projectId: 'bench' };
  let terms = { termMs: 0 };
  const loading = await timed(async () => (terms = await load(database, owner, corpus, size)));
  const messages = SESSIONS * PER_SESSION;
  say(
    `${messages} messages in ${SESSIONS} sessions loaded in ${Math.round(loading / 1000)} s; terms take ${((terms.termMs / messages) * 1000).toFixed(0)} µs a message`,
  );
  const building = await timed(() => buildPeers(owner));
  say(`Indexes of the peers built, all tables vacuumed and analysed in ${Math.round(building / 1000)} s`);
  await sizes(owner);
  const peers = peersOf(owner);
  const rare = wordsAt(corpus, [6000, 9000, 14_000]);
  const middle = wordsAt(corpus, [300, 700, 1500]);
  const frequent = wordsAt(corpus, [3, 12, 60]);
  await recall(database, owner, peers, [...rare, ...middle, ...frequent]);
  await measure(database, peers, casesOf({ rare, middle, frequent }));
  say(`Load at the end ${loadavg()[0]?.toFixed(1)}`);
  await owner.destroy();
  await database.drop();
} finally {
  await postgres.stop();
  rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
