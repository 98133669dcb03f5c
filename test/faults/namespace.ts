import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { until } from './until.ts';

/** As temporal.api.enums.v1.IndexedValueType numbers them. */
const KINDS = { Text: 1, Keyword: 2, Int: 3, Bool: 5, Datetime: 6 } as const;

/** Makes a namespace of its own on a running server, so that installations can share the server. */
export async function addNamespace(address: string): Promise<string> {
  const namespace = `retention-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    // The server learns of a new namespace a moment after it has taken it.
    await until('the new namespace is known', () => addAttributes(connection, namespace).catch(() => false));
    return namespace;
  } finally {
    await connection.close();
  }
}

async function addAttributes(connection: Connection, namespace: string): Promise<boolean> {
  const wanted = Object.entries(SEARCH_ATTRIBUTES);
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = wanted.filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return true;
  const searchAttributes = Object.fromEntries(missing.map(([name, kind]) => [name, KINDS[kind]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  return false;
}
