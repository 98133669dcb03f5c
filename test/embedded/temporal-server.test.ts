import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { isRunning } from '../../src/embedded/pid-file.mjs';
import { freePort } from '../../src/embedded/ports.ts';
import { startTemporalServer } from '../../src/embedded/temporal-server.ts';
import type { SearchAttributeKind } from '../../src/embedded/temporal-server.ts';
import { testTools } from '../support/servers.ts';

const directory = mkdtempSync(join(tmpdir(), 'retention-temporal-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const namespace = 'kept';
const dbFile = join(directory, 'temporal.db');
const logFile = join(directory, 'temporal.log');
const portsFile = join(directory, 'ports.json');

async function start(searchAttributes: Record<string, SearchAttributeKind>) {
  const cli = await testTools.temporalCli();
  const ports = { portsFile, port: await freePort(), uiPort: await freePort() };
  return await startTemporalServer({
    cli,
    dbFile,
    ...ports,
    namespace,
    searchAttributes,
    logFile,
    log: () => undefined,
  });
}

describe('the embedded Temporal server', () => {
  it('keeps workflows over a restart, and gains the attributes that a newer release asks for', async () => {
    const first = await start({ Phase: 'Keyword' });
    const before = await Connection.connect({ address: first.address });
    await new Client({ connection: before, namespace }).workflow.start('sleeper', {
      workflowId: 'sleeping',
      taskQueue: 'nobody',
    });
    await before.close();
    await first.stop();
    assert.equal(isRunning(first.pid), false);

    const second = await start({ Phase: 'Keyword', Held: 'Bool', DueAt: 'Datetime' });
    try {
      const connection = await Connection.connect({ address: second.address });
      const handle = new Client({ connection, namespace }).workflow.getHandle('sleeping');
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      for (const [name, type] of [
        ['Phase', 2],
        ['Held', 5],
        ['DueAt', 6],
      ] as const) {
        assert.equal(customAttributes[name], type);
      }
      await connection.close();
      const page = await fetch(second.uiUrl ?? '');
      assert.match(await page.text(), /<html/);
    } finally {
      await second.stop();
    }
  });

  it('shows its database and its log to nobody else', () => {
    assert.equal(statSync(dbFile).mode & 0o077, 0);
    assert.equal(statSync(logFile).mode & 0o077, 0);
  });

  it('replaces a server that a killed service left behind', async () => {
    const orphan = await start({});
    // As after kill -9: nobody called stop().
    const next = await start({});
    try {
      assert.equal(isRunning(orphan.pid), false);
      assert.equal(isRunning(next.pid), true);
    } finally {
      await next.stop();
    }
    assert.equal(existsSync(`${dbFile}.pid`), false);
  });

  it('says where its log is when it does not come up', async () => {
    const failing = startTemporalServer({
      cli: process.execPath,
      port: await freePort(),
      uiPort: false,
      namespace,
      searchAttributes: {},
      logFile,
      log: () => undefined,
    });
    await assert.rejects(failing, { code: 'not_running', message: new RegExp(logFile) });
  });
});
