import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { AppError } from '../domain/errors.ts';

// protobufjs builds its namespaces at run time, so they come as one default import.
const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCODING = 'binary/retention-aes-gcm';
const KEY_ID = 'retention-key-id';

/** The keys of the codec: one seals, the others still open what older runs carry. */
export interface CodecKeys {
  readonly current: string;
  readonly keys: Readonly<Record<string, Buffer>>;
}

/**
 * Seals every payload that Temporal stores. What it carries is opaque ids and counts already; this is
 * the second line. Payloads it did not seal pass through, so an operator's signal from the Temporal UI
 * is understood.
 */
export function createPayloadCodec({ current, keys }: CodecKeys): PayloadCodec {
  // Measured on Node 24: a cipher takes 20 µs with a key as bytes and 5 µs with a key object.
  const objects = Object.fromEntries(Object.entries(keys).map(([id, bytes]) => [id, createSecretKey(bytes)]));
  const sealKey = objects[current];
  if (!sealKey)
    throw new AppError(
      'config_invalid',
      `The payload codec has no key ${current}. Put it back into its key file.`,
    );
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => seal(payload, current, sealKey))),
    decode: (payloads) => Promise.resolve(payloads.map((payload) => open(payload, objects))),
  };
}

function seal(payload: Payload, keyId: string, key: KeyObject): Payload {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const plain = PayloadMessage.encode(payload).finish();
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(keyId) }, data };
}

function open(payload: Payload, keys: Readonly<Record<string, KeyObject>>): Payload {
  if (text(payload.metadata?.['encoding']) !== ENCODING || !payload.data) return payload;
  const keyId = text(payload.metadata?.[KEY_ID]);
  const key = keys[keyId];
  // Not to be mended by waiting, but the workflow task is retried until the key is back: nothing is lost.
  if (!key)
    throw new AppError(
      'key_unknown',
      `The payload codec has no key ${keyId}. Put it back into its key file and restart the worker.`,
    );
  const data = Buffer.from(payload.data);
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, 12));
  decipher.setAuthTag(data.subarray(-16));
  const plain = Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
  return PayloadMessage.decode(plain);
}

function text(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes).toString() : '';
}
