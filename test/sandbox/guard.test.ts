import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { loopbackOnly } from '../../src/sandbox/guard.ts';

const ask = async (headers: Record<string, string>, knownAs?: string) => {
  const app = new Hono().use(loopbackOnly(knownAs)).get('/play/world', (c) => c.text('the world'));
  return (await app.request('/play/world', { headers })).status;
};

describe('who may reach the sandbox', () => {
  it('is this machine, by a name of loopback and on any published port', async () => {
    assert.equal(await ask({ host: '127.0.0.1:8090', origin: 'http://127.0.0.1:8090' }), 200);
    assert.equal(await ask({ host: 'localhost:8091' }), 200);
    assert.equal(await ask({ host: 'sandbox:8090' }), 403);
  });

  it('is another container too, by the one name that it was told', async () => {
    assert.equal(await ask({ host: 'sandbox:8090' }, 'sandbox:8090'), 200);
    assert.equal(await ask({ host: '127.0.0.1:8090' }, 'sandbox:8090'), 200);
    assert.equal(await ask({ host: 'sandbox.example:8090' }, 'sandbox:8090'), 403);
  });

  it('is never a page of another origin', async () => {
    const origin = 'http://attacker.example';
    assert.equal(await ask({ host: 'attacker.example', origin }, 'sandbox:8090'), 403);
    assert.equal(await ask({ host: '127.0.0.1:8090', origin }, 'sandbox:8090'), 403);
    assert.equal(await ask({ host: '127.0.0.1:8090', 'sec-fetch-site': 'cross-site' }, 'sandbox:8090'), 403);
  });
});
