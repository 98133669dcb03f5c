import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec, type CodecKeys } from './codec.ts';

/** How payloads and failures are written: sealed, on every side the same. */
export function createDataConverter(keys: CodecKeys): DataConverter {
  return {
    payloadCodecs: [createPayloadCodec(keys)],
    failureConverterPath: fileURLToPath(import.meta.resolve('./failure-converter.ts')),
  };
}

/** A client of the Temporal server that connects when it is first used, so that others start without it. */
export function createTemporalClient(options: {
  address: string;
  namespace: string;
  dataConverter: DataConverter;
}): { client: Client; close: () => Promise<void> } {
  const connection = Connection.lazy({ address: options.address });
  const client = new Client({
    connection,
    namespace: options.namespace,
    dataConverter: options.dataConverter,
  });
  return { client, close: () => connection.close() };
}
