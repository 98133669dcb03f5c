import { readExport } from '../../src/db/exports.ts';
import type { ExportState } from '../../src/domain/exports.ts';
import { tellExports } from '../../src/main/exports.ts';
import type { LifeStage } from '../support/life.ts';
import { until } from '../support/until.ts';

export const operator = { actor: { kind: 'operator', id: 'cli:test' }, roles: [] } as const;

/** Tells the workflows of exports what their rows say. */
export async function tell(stage: LifeStage): Promise<void> {
  const now = await stage.now();
  await tellExports(stage, stage.env.client, () => now);
}

/** Asks for an export, and has its workflow begin. */
export async function askForExport(stage: LifeStage, query: string): Promise<string> {
  const id = await stage.acts.requestExport({
    ...{ projectId: 'shop', query, format: 'jsonl', reader: operator, reason: 'TICKET-9' },
    now: await stage.now(),
  });
  await tell(stage);
  return id;
}

/** Waits until an export stands so. */
export function exportBecomes(stage: LifeStage, exportId: string, state: ExportState) {
  return until(`export to be ${state}`, async () => {
    const row = await readExport(stage.aside, exportId);
    return row.state === state && row;
  });
}
