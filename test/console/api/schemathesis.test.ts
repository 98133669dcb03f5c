import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../../src/embedded/ports.ts';
import { runProgram } from '../../../src/embedded/programs.ts';
import { listenHttp } from '../../../src/main/listen-http.ts';
import { testTools } from '../../support/servers.ts';
import { createApiStage, type ApiStage } from './stage.ts';

/** So many requests of each operation in each phase: both runs take a minute on two cores. */
const EXAMPLES = 25;
const SEED = 20260301;
const LIMIT_MS = 280_000;

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
];

let stage: ApiStage;
let server: { stop(): Promise<void> };
let directory: string;
let packages: string;
let url: string;
/** The operations that were answered with something other than a problem. */
const succeeded = new Set<string>();

before(async () => {
  stage = await createApiStage({
    onAnswer({ operation, status }) {
      if (status < 300) succeeded.add(operation);
    },
  });
  packages = await testTools.schemathesis();
  directory = await mkdtemp(join(tmpdir(), 'retention-schemathesis-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}/api/v1`;
  server = await listenHttp(stage.app, port);
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
  await stage.close();
});

/**
 * Where a path has two names and both are given, Schemathesis believes it sent something else for one of them,
 * and misses the refusal.
 */
const NAMED_TWICE = ['readAuditEntry', 'readPolicyVersion'].flatMap((operation) => [
  '[[operations]]',
  `include-operation-id = "${operation}"`,
  'checks.negative_data_rejection.enabled = false',
]);

/** So many of the operations succeed by what is given and made up; the others need a state of their own. */
const SUCCEED = 26;

/** Runs it against the server; `names` are what paths name, instead of anything that fits. */
async function run(names: Readonly<Record<string, string | number>>) {
  const config = join(directory, 'schemathesis.toml');
  const parameters = Object.entries(names).map(
    ([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`,
  );
  await writeFile(
    config,
    ['[parameters]', ...parameters, ...(parameters.length > 0 ? NAMED_TWICE : []), ''].join('\n'),
  );
  return runProgram(
    'python3',
    [
      ...[join(packages, 'bin/st'), '--config-file', config],
      ...['run', `${url}/openapi.json`, '--url', url],
      ...['--header', `Authorization: Bearer ${stage.token}`],
      ...['--checks', CHECKS.join(','), '--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', String(EXAMPLES), '--seed', String(SEED), '--generation-database', 'none'],
      ...['--suppress-health-check', 'all', '--no-shrink', '--continue-on-failure', '--no-color'],
      ...['--warnings', 'off', '--report-dir', directory],
    ],
    { env: { ...process.env, PYTHONPATH: packages, HOME: directory }, timeoutMs: LIMIT_MS },
  );
}

/** One thing of each kind, for paths to name. */
async function things() {
  const { acts, db } = stage.database;
  const session = await stage.reviewSession();
  await stage.openSession('A question about a refund');
  const act = { actor: { kind: 'staff', id: 'somebody-else' } as const, now: stage.now };
  const other = await stage.openSession();
  const hold = await acts.placeHold({ ...act, sessionId: other, reason: 'lawsuit' });
  const second = await acts.placeHold({ ...act, sessionId: other, reason: 'lawsuit' });
  const release = await acts.releaseHold({ ...act, holdId: second });
  const { subjectId: whose } = await db
    .selectFrom('participant')
    .select('subject_id as subjectId')
    .where('session_id', '=', other)
    .executeTakeFirstOrThrow();
  const whom = { subjectId: whose };
  const { number } = await acts.fileErasureRequest({ ...act, projectId: 'shop', whom, proof: 'T-1' });
  const reader = { actor: act.actor, roles: ['supervisor'] } as const;
  const order = {
    projectId: 'shop',
    query: 'hello',
    format: 'jsonl',
    reason: 'T-1',
    now: stage.now,
  } as const;
  const schedule = await acts.addExportSchedule({ ...order, reader, cron: 'daily' });
  const exported = await acts.requestExport({ ...order, reader });
  const entry = await db
    .selectFrom('audit_entry')
    .select('seq')
    .where('project_id', '=', 'shop')
    .orderBy('seq')
    .executeTakeFirstOrThrow();
  await stage.signAudit();
  const approval = release.outcome === 'requested' ? release.approvalId : '';
  return {
    project: 'shop',
    session,
    hold,
    approval,
    erasure: number,
    seq: entry.seq,
    version: 1,
    schedule,
    export: exported,
  };
}

describe('the API under requests of every kind that its document allows and forbids', () => {
  it(
    'never fails, and answers as its document says, where paths name nothing',
    { timeout: LIMIT_MS },
    async () => {
      const { code, output } = await run({});
      assert.equal(code, 0, output.slice(-12_000));
    },
  );

  it('nor where they name what is there', { timeout: LIMIT_MS }, async () => {
    succeeded.clear();
    const { code, output } = await run(await things());
    assert.equal(code, 0, output.slice(-12_000));
    assert.ok(succeeded.size >= SUCCEED, `only ${[...succeeded].join(', ')} succeeded`);
  });
});
