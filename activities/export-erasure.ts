import { Context } from '@temporalio/activity';
import { exportsWith } from '../src/db/exports.ts';
import { readErasure } from '../src/db/erasures.ts';
import type { ActivityDeps } from './deps.ts';
import type { ErasureActivities } from './erasure.ts';
import { removeExport, sealForGood } from './export-remove.ts';
import { whileBeating } from './heartbeat.ts';

/**
 * Erasures reach into exports: with the keys of a person go those of every export that holds anything of them,
 * and before it counts as verified what was written of these is removed, wherever it was delivered.
 */
export function reachingExports(deps: ActivityDeps, erasures: ErasureActivities): ErasureActivities {
  const theirs = async (erasureId: string) =>
    exportsWith(deps.db, (await readErasure(deps.db, erasureId)).subject_id);
  return {
    ...erasures,
    async destroyErasureKeys(moment) {
      await whileBeating(async () => {
        for (const exportId of await theirs(moment.erasureId)) {
          await sealForGood(deps, exportId, 'erasure');
          Context.current().heartbeat();
        }
      });
      return await erasures.destroyErasureKeys(moment);
    },
    async verifyErasure(moment) {
      await whileBeating(async () => {
        const now = new Date(moment.now);
        for (const exportId of await theirs(moment.erasureId))
          await removeExport(deps, { exportId, ending: 'erasure', now });
      });
      return await erasures.verifyErasure(moment);
    },
  };
}
