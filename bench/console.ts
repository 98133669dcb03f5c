// npm run bench -- console [--sessions 1000000] [--requests 30] [--only TEXT]
// The first byte of every page of the console that a supervisor, a compliance officer and an administrator may
// open, over HTTP, with so many sessions in the database. Beside it, in the same run: the page's own statements
// without the page, and the plainest query of the same data. Slow statements come with their plans.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CompiledQuery } from 'kysely';
import { createActs } from '../src/acts/acts.ts';
import { consolePages } from '../src/console/pages/all.ts';
import type { Route } from '../src/console/registry.ts';
import { connect } from '../src/db/connect.ts';
import { renewOverviews } from '../src/db/overview.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { openConsoleStage, type Browser, type ConsoleStage } from '../test/console/stage.ts';
import { prepareTemplate } from '../test/support/database.ts';
import { fill } from './console/fill.ts';
import { PLAIN, type Plain } from './console/plain.ts';
import { noteStatements, planOf, type Statements } from './console/statements.ts';
import { firstByte, pagesFor, visitors } from './console/visits.ts';

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '30' },
    only: { type: 'string', default: '' },
  },
});
const SESSIONS = Number(options.sessions);
const REQUESTS = Number(options.requests);
const PROJECT = 'shop';
/** A page that takes longer than this is noticed. */
const SLOW_MS = 100;

const say = (text: string) => void console.log(text);
const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
const cell = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(1));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

interface Slow {
  readonly name: string;
  readonly statements: readonly CompiledQuery[];
}

const HEADINGS = [
  ...['page', 'as', 'first visit ms', 'median / 95 % ms', 'statements: number, median ms'],
  ...['page against them', 'plain query: median / 95 % ms', 'page against it: median / 95 %'],
];

async function measure(
  stage: ConsoleStage,
  statements: Statements,
  routes: readonly Route[],
): Promise<Slow[]> {
  const address = await stage.serve(routes);
  const slow: Slow[] = [];
  say(`| ${HEADINGS.join(' | ')} |\n|${' --- |'.repeat(HEADINGS.length)}`);
  for (const visitor of await visitors(stage, { address, projectId: PROJECT }))
    for (const { route, query } of pagesFor(visitor, routes, options.only)) {
      const path = route.path.replace(':project', PROJECT) + query;
      const first = await firstByte(visitor.browser, path);
      // A page that leads elsewhere, or that is not served here, is not one to wait for.
      if (first.status !== 200) continue;
      statements.take();
      await firstByte(visitor.browser, path);
      const asked = statements.take();
      const plain = PLAIN[route.path]?.(PROJECT);
      const times = await takeTurns(stage, { asked, plain, path, browser: visitor.browser });
      say(
        `| ${[`${route.path}${query}`, visitor.role, cell(first.ms), ...cellsOf(times, asked.length)].join(' | ')} |`,
      );
      if (quantile(times.page, 0.5) > SLOW_MS) slow.push({ name: path, statements: asked });
    }
  return slow;
}

interface Times {
  readonly page: number[];
  readonly own: number[];
  readonly plain: number[];
}

/** The page, its own statements and the plain query in turn, so that what else the machine does hits them alike. */
async function takeTurns(
  { database: { db } }: ConsoleStage,
  of: { asked: readonly CompiledQuery[]; plain: Plain | undefined; path: string; browser: Browser },
): Promise<Times> {
  const times: Times = { page: [], own: [], plain: [] };
  for (let at = 0; at < REQUESTS; at += 1) {
    times.page.push((await firstByte(of.browser, of.path)).ms);
    const own = await timed(async () => {
      for (const one of of.asked) await db.executeQuery(one);
    });
    times.own.push(own);
    const { plain } = of;
    if (plain) times.plain.push(await timed(() => plain.execute(db)));
  }
  return times;
}

function cellsOf({ page, own, plain }: Times, statements: number): string[] {
  const both = (values: readonly number[]) =>
    `${cell(quantile(values, 0.5))} / ${cell(quantile(values, 0.95))}`;
  const against = (share: number) => cell(quantile(page, share) / quantile(plain, share));
  return [
    both(page),
    ...(statements > 0
      ? [`${statements}, ${cell(quantile(own, 0.5))}`, cell(quantile(page, 0.5) / quantile(own, 0.5))]
      : ['0', '']),
    ...(plain.length > 0 ? [both(plain), `${against(0.5)} / ${against(0.95)}`] : ['', '']),
  ];
}

/** The statements that make a page slow, with their plans; each once, whoever looks at the page. */
async function explain({ database }: ConsoleStage, slow: readonly Slow[]): Promise<void> {
  const seen = new Set<string>();
  for (const { name, statements } of slow)
    for (const one of statements) {
      const ms = await timed(() => database.db.executeQuery(one));
      if (ms < SLOW_MS / 4 || seen.has(one.sql)) continue;
      seen.add(one.sql);
      say(
        `\n${name}: ${ms.toFixed(0)} ms\n${one.sql.replace(/\s+/g, ' ').trim()}\n${await planOf(database.db, one)}`,
      );
    }
}

const directory = mkdtempSync(join(tmpdir(), 'retention-bench-'));
// As root, PostgreSQL runs under another account, which has to get here.
chmodSync(directory, 0o711);
const postgres = await startPostgres({
  dir: join(directory, 'postgres'),
  port: await freePort(),
  log: () => undefined,
});
process.env['TEST_POSTGRES_URL'] = postgres.url('postgres');
await prepareTemplate(postgres.url('postgres'));
const stage = await openConsoleStage();
try {
  const { database, deps } = stage;
  const owner = connect(database.ownerUrl, () => undefined, 1);
  const seconds = (await timed(() => fill(owner, { projectId: PROJECT, sessions: SESSIONS }))) / 1000;
  await owner.destroy();
  say(
    `${SESSIONS} sessions, filled in ${seconds.toFixed(0)} s; ${REQUESTS} requests a page; ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n`,
  );
  const counted = await timed(() => renewOverviews(database.db, new Date()));
  say(`The overview, counted beside the pages: ${counted.toFixed(0)} ms for all projects\n`);
  const statements = noteStatements(database.db);
  const acts = createActs({ ...database, db: statements.db });
  const routes = consolePages({ ...deps, db: statements.db, acts });
  const slow = await measure(stage, statements, routes);
  say(slow.length > 0 ? '\nSlow:' : `\nNo page takes longer than ${SLOW_MS} ms.`);
  await explain(stage, slow);
} finally {
  await stage.close();
  await postgres.stop();
  rmSync(realpathSync(join(directory, 'postgres')), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
