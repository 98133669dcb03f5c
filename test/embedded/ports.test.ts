import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { choosePort, freePort, isFreePort } from '../../src/embedded/ports.ts';

const directory = mkdtempSync(join(tmpdir(), 'retention-ports-'));
after(() => rmSync(directory, { recursive: true, force: true }));

async function occupy(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.close();
    await once(server, 'close');
  };
}

describe('the choice of a port', () => {
  it('is the wanted one when it is free', async () => {
    const wanted = await freePort();
    assert.equal(await choosePort(join(directory, 'free'), 'console', wanted), wanted);
  });

  it('is another one when the wanted one is busy, and stays that one afterwards', async () => {
    const file = join(directory, 'busy');
    const wanted = await freePort();
    const release = await occupy(wanted);
    const chosen = await choosePort(file, 'console', wanted);
    await release();
    assert.notEqual(chosen, wanted);
    assert.equal(await isFreePort(chosen), true);
    assert.equal(await choosePort(file, 'console', wanted), chosen);
  });

  it('follows a new wish', async () => {
    const file = join(directory, 'wish');
    const first = await freePort();
    const release = await occupy(first);
    await choosePort(file, 'console', first);
    await release();
    const second = await freePort();
    assert.equal(await choosePort(file, 'console', second), second);
  });

  it('keeps the names in one file apart', async () => {
    const file = join(directory, 'names');
    const [a, b] = [await freePort(), await freePort()];
    await choosePort(file, 'console', a);
    await choosePort(file, 'sandbox', b);
    assert.equal(await choosePort(file, 'console', a), a);
    assert.equal(await choosePort(file, 'sandbox', b), b);
  });

  it('is made again when the file is damaged', async () => {
    const file = join(directory, 'damaged');
    writeFileSync(file, '{"console":');
    const wanted = await freePort();
    assert.equal(await choosePort(file, 'console', wanted), wanted);
  });
});
