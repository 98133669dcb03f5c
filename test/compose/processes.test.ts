import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { startPostgres, type RunningPostgres } from '../../src/embedded/postgres.ts';
import { sessionWorkflowId } from '../../src/temporal/ids.ts';
import { startPart, type Part, type PartProcess } from '../faults/processes.ts';
import { until } from '../faults/until.ts';
import { startDevServer, startFakeGcs } from '../support/servers.ts';
import { readComposeFile, ROOT } from './compose-file.ts';

const ONCE = ['prepare', 'migrate', 'namespace'] as const;
const RUNNING = ['sandbox', 'codec', 'worker', 'relay', 'bot'] as const;

const { services, secrets } = readComposeFile();

interface World {
  projects: { id: string; staffChatId: number; people: { user: { id: number }; role: string }[] }[];
}

interface Panel {
  sessions: { id: string; phase: string; topicId?: number }[];
}

describe('the processes of docker-compose.yml, without Docker', () => {
  let root: string;
  let postgres: RunningPostgres;
  let temporal: Awaited<ReturnType<typeof startDevServer>>;
  let gcs: Awaited<ReturnType<typeof startFakeGcs>>;
  let places: [string, string][];
  const ports = { sandbox: 0, codec: 0 };
  const running = new Map<Part, PartProcess>();

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'retention-compose-'));
    // As root, PostgreSQL runs under another account, which has to get here.
    chmodSync(root, 0o711);
    makeSecrets(root);
    // A cluster of its own: roles belong to a whole cluster, and this makes them from nothing.
    postgres = await startPostgres({
      ...{ dir: join(root, 'postgres'), port: await freePort(), durable: false },
      log: () => undefined,
    });
    temporal = await startDevServer();
    gcs = await startFakeGcs();
    await makeBuckets(gcs.endpoint);
    ports.sandbox = await freePort();
    ports.codec = await freePort();
    places = [
      // The one secret that PostgreSQL has in a container and this cluster has already.
      ['/run/secrets/database-superuser', join(root, 'postgres/superuser-password')],
      ['/run/secrets', join(root, 'secrets')],
      ['/var/lib/retention', join(root, 'state')],
      ['/etc/retention/projects', join(ROOT, 'src/embedded/projects')],
      ['postgres:5432', `127.0.0.1:${postgres.port}`],
      ['http://gcs:4443', gcs.endpoint],
      ['temporal:7233', temporal.address],
      ['sandbox:8090', `127.0.0.1:${ports.sandbox}`],
      ['0.0.0.0', '127.0.0.1'],
    ];
  });

  after(async () => {
    await Promise.all([...running.values()].filter((one) => one.isRunning()).map((one) => one.kill()));
    await gcs.stop();
    await temporal.stop();
    await postgres.stop();
    rmSync(realpathSync(join(root, 'postgres')), { recursive: true, force: true });
    rmSync(root, { recursive: true, force: true });
  });

  /** The variables of a service in the compose file, with the places that they mean here. */
  function settingsOf(part: Part): Record<string, string> {
    const here = (value: string) =>
      places.reduce((text, [there, place]) => text.replace(there, place), value);
    const settings = Object.entries(services[part]?.environment ?? {});
    return {
      ...Object.fromEntries(settings.map(([name, value]) => [name, here(value)])),
      RETENTION_READY: readyFile(part),
      ...(part === 'sandbox' && { RETENTION_SANDBOX_PORT: String(ports.sandbox) }),
      ...(part === 'codec' && { RETENTION_CODEC_PORT: String(ports.codec) }),
    };
  }

  /** Plays people through the sandbox's page, or asks what it shows. */
  async function play<T>(path: string, body?: object): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${ports.sandbox}/play/${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as T;
  }

  async function sessions(): Promise<Panel['sessions']> {
    return (await play<Panel>('panel')).sessions;
  }

  async function statusOf(sessionId: string): Promise<string | false> {
    const connection = await Connection.connect({ address: temporal.address });
    const namespace = settingsOf('worker')['RETENTION_TEMPORAL_NAMESPACE'] ?? '';
    const { workflow } = new Client({ connection, namespace });
    const described = await workflow
      .getHandle(sessionWorkflowId(sessionId))
      .describe()
      .catch(() => undefined);
    await connection.close();
    return described?.status.name ?? false;
  }

  function readyFile(part: Part): string {
    return join(root, `${part}.ready`);
  }

  it('prepare an installation, and prepare it again without harm', async () => {
    for (const part of [...ONCE, ...ONCE]) {
      const once = startPart(part, settingsOf(part), root);
      assert.equal(await once.ended, 0, once.output());
    }
    const connection = await Connection.connect({ address: temporal.address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: settingsOf('worker')['RETENTION_TEMPORAL_NAMESPACE'] ?? '',
    });
    await connection.close();
    for (const name of Object.keys(SEARCH_ATTRIBUTES)) assert.ok(name in customAttributes, name);
  });

  it('start, and say when they are ready', async () => {
    for (const part of RUNNING) {
      const process = startPart(part, settingsOf(part), root);
      running.set(part, process);
      await until(`${part} is ready`, () => {
        assert.ok(process.isRunning(), process.output());
        return existsSync(readyFile(part));
      });
    }
  });

  it('take a message from the sandbox into a session with a running workflow, and archive it', async () => {
    const world = await play<World>('world');
    const project = world.projects.find(({ id }) => id === 'demo');
    assert.ok(project);
    const { id: customer } = await play<{ id: number }>('people', { projectId: 'demo', firstName: 'Eve' });
    await play(`${customer}/send`, { text: 'Where is my parcel?' });
    const session = await until('the session has a topic', async () =>
      (await sessions()).find(({ topicId }) => topicId !== undefined),
    );
    assert.equal(await until('its workflow runs', () => statusOf(session.id)), 'RUNNING');

    const agent = project.people.find(({ role }) => role === 'agent');
    await play(`${agent?.user.id}/send`, {
      ...{ chatId: project.staffChatId, threadId: session.topicId },
      text: '/close',
    });
    await until('it is archived', async () => (await sessions())[0]?.phase === 'archived');
    assert.match(readdirSync(gcs.dir, { recursive: true }).join('\n'), new RegExp(`/${session.id}/.*sealed`));
  });

  it('open payloads for the Temporal UI alone', async () => {
    const decode = async (origin: string) => {
      const answer = await fetch(`http://127.0.0.1:${ports.codec}/decode`, {
        ...{ method: 'POST', body: '{"payloads":[]}' },
        headers: { 'content-type': 'application/json', origin },
      });
      return answer.status;
    };
    assert.equal(await decode(new URL(settingsOf('codec')['RETENTION_TEMPORAL_UI'] ?? '').origin), 200);
    assert.equal(await decode('http://127.0.0.1:9999'), 403);
  });

  it('end with code 0 when asked to', async () => {
    for (const [part, process] of running) {
      assert.equal(await process.stop(), 0, process.output());
      assert.ok(!existsSync(readyFile(part)), `${part} says that it is ready after its end`);
    }
  });
});

/** Runs the commands that docs/operations.md gives, up to where Docker comes in. */
function makeSecrets(directory: string): void {
  const [, script = ''] =
    /```sh\n([\s\S]+?)\ndocker compose up/.exec(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')) ?? [];
  execFileSync('/bin/sh', ['-euc', script], { cwd: directory });
  assert.deepEqual(readdirSync(join(directory, 'secrets')).sort(), Object.keys(secrets).sort());
}

/** Does what the compose file's `gcs-bucket` does. */
async function makeBuckets(endpoint: string): Promise<void> {
  const [script = ''] = services['gcs-bucket']?.command ?? [];
  const path = /'http:\/\/gcs:4443(.+?)'/.exec(script)?.[1] ?? '';
  for (const [, body = ''] of script.matchAll(/'(\{"name":.+?\})'/g)) {
    const answer = await fetch(endpoint + path, {
      ...{ method: 'POST', body },
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 200, body);
  }
}
