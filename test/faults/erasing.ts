import type { Installation } from './installation.ts';
import { until } from './until.ts';

/** Asks for an erasure as a customer does, with both steps. */
export async function erase({ services }: Installation, telegramUserId: number) {
  const act = { projectId: 'shop', telegramUserId, now: new Date() };
  const { nonce } = await services.acts.requestErasure(act);
  return services.acts.confirmErasure({ ...act, nonce: nonce ?? '' });
}

export function erasureRow({ services }: Installation, id: string) {
  return services.db.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

export async function erasureDone(installation: Installation, id: string): Promise<void> {
  await until('the erasure is done', async () => (await erasureRow(installation, id)).state === 'done');
}
