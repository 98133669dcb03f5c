import { Context } from '@temporalio/activity';
import { forgetQueriesOn } from '../src/acts/queries-on-person.ts';
import { exportsWith } from '../src/db/exports.ts';
import { readErasure } from '../src/db/erasures.ts';
import type { ActivityDeps } from './deps.ts';
import type { ErasureActivities } from './erasure.ts';
import { removeExport, sealForGood } from './export-remove.ts';
import { whileBeating } from './heartbeat.ts';
import { sourceOfActivity, workflowActor } from './source.ts';

/**
 * Erasures reach into exports: with the keys of a person go those of every export that holds anything of them.
 * Before it counts as verified what was written of these is removed, wherever it was delivered, and what names
 * the person in the words of staff is gone: schedules, saved searches, exports that are not written yet. Those
 * have to be opened to be told apart, which needs the key encryption key; the person's own keys wait for nothing.
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
        const act = { actor: workflowActor(), source: sourceOfActivity(), now };
        for (const exportId of await forgetQueriesOn(deps, await readErasure(deps.db, moment.erasureId), act))
          await sealForGood(deps, exportId, 'erasure');
      });
      return await erasures.verifyErasure(moment);
    },
  };
}
