import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { createTokenCommand } from '../../src/cli/token.ts';
import { createWebhookCommand } from '../../src/cli/webhook.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { findToken } from '../../src/db/tokens.ts';
import { isOutage } from '../../src/main/outage.ts';
import { openWebhookSecrets } from '../../src/main/webhooks.ts';
import { createStage, OPERATOR, type Outcome, type Stage } from './stage.ts';

let stage: Stage;
before(async () => (stage = await createStage()));
after(() => stage.close());

function collect() {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}

async function run(...args: string[]): Promise<Outcome> {
  const [stdout, stderr] = [collect(), collect()];
  const { db, acts, secretsDir } = stage.database;
  const deps: CliDeps = {
    ...{ stdout: stdout.stream, stderr: stderr.stream, clock: () => stage.now, actor: OPERATOR, isOutage },
    open: () => Promise.reject(new Error('not needed')),
    migrate: () => Promise.resolve([]),
  };
  const close = () => Promise.resolve();
  const secretOf = await openWebhookSecrets(secretsDir);
  const commands: Command[] = [
    createTokenCommand({ ...deps, open: () => Promise.resolve({ db, acts, close }) }),
    createWebhookCommand({ ...deps, open: () => Promise.resolve({ db, acts, close, secretOf }) }),
  ];
  const code = await runProgram(deps, createProgram(deps, commands), args);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

describe('retention token', () => {
  it('shows a token once, lists how it begins, and takes it out of use', async () => {
    const made = await run(
      'token',
      'create',
      '--project',
      'shop',
      '--name',
      'helpdesk',
      '--role',
      'agent',
      '--role',
      'supervisor',
      '--days',
      '30',
      '--json',
    );
    assert.equal(made.code, 0, made.stderr);
    const { token, prefix } = JSON.parse(made.stdout) as { token: string; prefix: string };
    const found = await findToken(stage.database.db, token, stage.now);
    assert.deepEqual(found?.roles, ['agent', 'supervisor']);
    const listed = await run('token', 'list');
    assert.match(listed.stdout, new RegExp(`${prefix} .*helpdesk .*in force`));
    assert.ok(!listed.stdout.includes(token));
    assert.equal((await run('token', 'revoke', prefix)).code, 0);
    assert.equal(await findToken(stage.database.db, token, stage.now), undefined);
    assert.equal((await run('token', 'revoke', prefix)).code, 4);
    assert.match((await run('token', 'list', '--project', 'shop')).stdout, /revoked/);
  });

  it('refuses unknown roles, unknown projects and too long a time', async () => {
    const create = (...more: string[]) => run('token', 'create', '--name', 'x', ...more);
    assert.equal((await create('--project', 'shop', '--role', 'king')).code, 2);
    assert.equal((await create('--project', 'nowhere', '--role', 'agent')).code, 3);
    assert.equal((await create('--project', 'shop', '--role', 'agent', '--days', '400')).code, 2);
  });
});

describe('retention webhook', () => {
  it('adds an endpoint with its secret, tries it out, shows what was sent, and removes it', async () => {
    const added = await run(
      'webhook',
      'add',
      '--project',
      'shop',
      '--event',
      'erasure.done',
      'https://desk.example/hook',
      '--json',
    );
    assert.equal(added.code, 0, added.stderr);
    const { id, secret, events } = JSON.parse(added.stdout) as {
      id: string;
      secret: string;
      events: string[];
    };
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual(events, ['erasure.done']);
    assert.match((await run('webhook', 'list')).stdout, /in use/);
    assert.equal((await run('webhook', 'test', id)).code, 0);
    assert.match((await run('webhook', 'deliveries', id)).stdout, /webhook\.test/);
    assert.equal((await run('webhook', 'remove', id)).code, 0);
    assert.equal((await run('webhook', 'deliveries', id)).code, 3);
    assert.match((await run('webhook', 'list')).stderr, /Nobody is told/);
  });

  it('refuses an address that is none of https, and an event that is none', async () => {
    const add = (...more: string[]) => run('webhook', 'add', '--project', 'shop', ...more);
    assert.equal((await add('ftp://x.example')).code, 2);
    assert.equal((await add('https://name:password@x.example')).code, 2);
    assert.equal((await add('--event', 'session.opened', 'https://x.example')).code, 2);
  });
});
