import { setTimeout as pause } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const KINDS = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
} as const;

/** gRPC's numbers; the package that names them is not ours. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/** Temporal keeps runs that ended for so long: the record of what happened is in PostgreSQL. */
const KEEP_ENDED = '3 days';
const LEARN_MS = 60_000;
const PAUSE_MS = 500;

/** Creates what is missing of a namespace and its search attributes; safe to repeat. */
export async function ensureNamespace(options: {
  readonly address: string;
  readonly namespace: string;
  readonly searchAttributes: Readonly<Record<string, keyof typeof KINDS>>;
}): Promise<void> {
  const { address, namespace, searchAttributes } = options;
  const connection = await Connection.connect({ address });
  try {
    await register(connection, namespace);
    const deadline = Date.now() + LEARN_MS;
    while (!(await hasSearchAttributes(connection, namespace, searchAttributes, deadline)))
      await pause(PAUSE_MS);
  } finally {
    await connection.close();
  }
}

async function register(connection: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs(KEEP_ENDED);
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!hasCode(error, ALREADY_EXISTS)) throw error;
  }
}

/** Adds what is missing; a server takes some seconds until it knows of a namespace that it has just made. */
async function hasSearchAttributes(
  { operatorService }: Connection,
  namespace: string,
  wanted: Readonly<Record<string, keyof typeof KINDS>>,
  deadline: number,
): Promise<boolean> {
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(wanted).filter(([name]) => !(name in customAttributes));
    if (missing.length === 0) return true;
    const searchAttributes = Object.fromEntries(missing.map(([name, kind]) => [name, KINDS[kind]]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (!hasCode(error, NOT_FOUND) || Date.now() > deadline) throw error;
  }
  return false;
}

function hasCode(error: unknown, code: number): boolean {
  return isGrpcServiceError(error) && (error.code as number) === code;
}
