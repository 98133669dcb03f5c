import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import { createPayloadCodec } from '../../src/temporal/codec.ts';
import { createCodecServer } from '../../src/temporal/codec-server.ts';

const keys = { old: randomBytes(32), new: randomBytes(32) };
const payload = () => {
  const made = defaultPayloadConverter.toPayload({ decision: 'approve', by: 'CANARY' });
  return made ?? assert.fail('no payload');
};

describe('the payload codec', () => {
  it('hides what it seals and opens it again', async () => {
    const codec = createPayloadCodec({ current: 'new', keys });
    const [sealed] = await codec.encode([payload()]);
    assert.ok(sealed);
    assert.ok(!Buffer.from(sealed.data ?? []).includes('CANARY'));
    const [opened] = await codec.decode([sealed]);
    assert.deepEqual(defaultPayloadConverter.fromPayload(opened ?? {}), {
      decision: 'approve',
      by: 'CANARY',
    });
  });

  it('opens what an older key sealed, so that a run started years ago goes on', async () => {
    const before = createPayloadCodec({ current: 'old', keys });
    const after = createPayloadCodec({ current: 'new', keys });
    const opened = await after.decode(await before.encode([payload()]));
    assert.deepEqual(defaultPayloadConverter.fromPayload(opened[0] ?? {}), {
      decision: 'approve',
      by: 'CANARY',
    });
  });

  it('lets pass what an operator sent from the Temporal UI', async () => {
    const codec = createPayloadCodec({ current: 'new', keys });
    assert.deepEqual(await codec.decode([payload()]), [payload()]);
  });

  it('names the key it does not have', async () => {
    const sealed = await createPayloadCodec({ current: 'old', keys }).encode([payload()]);
    const codec = createPayloadCodec({ current: 'new', keys: { new: keys.new } });
    await assert.rejects(async () => codec.decode(sealed), { code: 'key_unknown', message: /no key old/ });
  });
});

describe('the codec server', () => {
  const origin = 'http://127.0.0.1:8233';
  const codec = createPayloadCodec({ current: 'new', keys });
  const app = createCodecServer(codec, origin);
  const body = async () => {
    const [sealed] = await codec.encode([payload()]);
    const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
    const metadata = Object.fromEntries(
      Object.entries(sealed?.metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    );
    return JSON.stringify({ payloads: [{ metadata, data: base64(sealed?.data) }] });
  };
  const post = async (from: string) =>
    app.request('/decode', {
      method: 'POST',
      body: await body(),
      headers: { origin: from, 'content-type': 'application/json' },
    });

  it('POST /decode opens payloads for the Temporal UI', async () => {
    const response = await post(origin);
    const { payloads } = (await response.json()) as { payloads: { data: string }[] };
    assert.match(Buffer.from(payloads[0]?.data ?? '', 'base64').toString(), /CANARY/);
    assert.equal(response.headers.get('access-control-allow-origin'), origin);
  });

  it('POST /decode from any other page opens nothing', async () => {
    const response = await post('http://evil.example');
    assert.equal(response.status, 403);
    assert.doesNotMatch(await response.text(), /CANARY/);
  });
});
