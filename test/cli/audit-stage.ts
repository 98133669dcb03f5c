import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { anchorHeads, sequenceEntries, signHead, type AuditLogDeps } from '../../src/acts/audit-log.ts';
import { openStore } from '../../src/archive/open-store.ts';
import { createAuditLogCommands } from '../../src/cli/audit-log.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { createRegisterCommand } from '../../src/cli/register.ts';
import { readConfig } from '../../src/config.ts';
import { auditTools, createAuditServices } from '../../src/main/audit-cli.ts';
import { openAuditLog } from '../../src/main/audit-deps.ts';
import { isOutage } from '../../src/main/outage.ts';
import { createRegisterServices } from '../../src/main/register-cli.ts';
import type { Services } from '../../src/main/services.ts';
import { createTestDatabase, testProject, type TestDatabase } from '../support/database.ts';
import { OPERATOR, type Outcome } from './stage.ts';

/** The program on a database whose audit log is kept, with an anchor in a directory. */
export interface AuditCliStage {
  readonly database: TestDatabase;
  readonly log: AuditLogDeps;
  readonly services: Pick<Services, 'config' | 'db' | 'projects' | 'stores' | 'close'>;
  readonly dir: string;
  readonly anchorUrl: string;
  now: Date;
  /** Gives entries their place, signs the head and anchors it. */
  keep(): Promise<void>;
  run(...args: string[]): Promise<Outcome>;
  json<T>(...args: string[]): Promise<T>;
  close(): Promise<void>;
}

export async function createAuditCliStage(): Promise<AuditCliStage> {
  const database = await createTestDatabase();
  const dir = await mkdtemp(join(tmpdir(), 'retention-audit-'));
  const anchorUrl = pathToFileURL(join(dir, 'anchor')).href;
  const config = readConfig({
    RETENTION_DATABASE_URL: database.url,
    RETENTION_KEYS_DATABASE_URL: database.keysUrl,
    RETENTION_SECRETS: database.secretsDir,
    RETENTION_ARCHIVE: pathToFileURL(join(dir, 'archive')).href,
    RETENTION_AUDIT_ANCHOR: anchorUrl,
    RETENTION_TEMPORAL_UI: 'http://127.0.0.1:8233',
  });
  const services = {
    config,
    db: database.db,
    projects: [testProject()],
    stores: { at: (url: string) => openStore(url), of: () => openStore(config.archiveUrl) },
    close: () => Promise.resolve(),
  };
  const log = await openAuditLog(services);
  const stage: AuditCliStage = {
    database,
    log,
    services,
    dir,
    anchorUrl,
    now: new Date('2026-03-01T12:00:00Z'),
    async keep() {
      while ((await sequenceEntries(log)) > 0);
      await signHead(log, stage.now);
      await anchorHeads(log, stage.now);
    },
    async run(...args) {
      const [stdout, stderr] = [collect(), collect()];
      const deps = {
        stdout: stdout.stream,
        stderr: stderr.stream,
        clock: () => stage.now,
        actor: OPERATOR,
        isOutage,
      };
      // The rest of the services is not asked for by these commands.
      const open = () => Promise.resolve({ db: database.db, close: () => Promise.resolve() } as never);
      const cli: CliDeps = { ...deps, open, migrate: () => Promise.resolve([]) };
      const program = createProgram(
        cli,
        [createRegisterCommand({ ...deps, open: () => Promise.resolve(createRegisterServices(services)) })],
        createAuditLogCommands({ ...deps, open: () => createAuditServices(services), tools: auditTools }),
      );
      const code = await runProgram(cli, program, args);
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    },
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await stage.run(...args, '--json');
      if (code !== 0) throw new Error(`retention ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    async close() {
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return stage;
}

/** The program as a process that finds nothing of an installation: no database, no keys, no anchor. */
export async function runAlone(cwd: string, ...args: string[]): Promise<Outcome> {
  const program = join(import.meta.dirname, '../../src/main/cli.ts');
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      INIT_CWD: cwd,
      RETENTION_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/no',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((done) => child.on('close', (code) => done(code ?? -1)));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

function collect(): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer | string, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
