import type { Connection } from '@temporalio/client';

/** What the Temporal server says of itself and of the namespace. */
export interface TemporalFacts {
  readonly version: string;
  /** For how long it keeps runs that ended, in days. */
  readonly retentionDays: number;
  readonly searchAttributes: readonly string[];
}

export async function readTemporalFacts(
  connection: Pick<Connection, 'workflowService' | 'operatorService'>,
  namespace: string,
): Promise<TemporalFacts> {
  const { workflowService, operatorService } = connection;
  const [system, described, attributes] = await Promise.all([
    workflowService.getSystemInfo({}),
    workflowService.describeNamespace({ namespace }),
    operatorService.listSearchAttributes({ namespace }),
  ]);
  const seconds = described.config?.workflowExecutionRetentionTtl?.seconds ?? 0;
  return {
    version: system.serverVersion,
    retentionDays: Number(seconds) / 86_400,
    searchAttributes: Object.keys(attributes.customAttributes),
  };
}
