import type { ArchiveStore } from '../../src/archive/store.ts';
import { AppError } from '../../src/domain/errors.ts';

/** Makes every call to the store fail. @returns what mends it */
export function breakDown(store: ArchiveStore): () => void {
  const whole = { ...store };
  const away = () => new AppError('store_unavailable', 'The archive store is away. It is tried again.');
  const refuse = () => Promise.reject(away());
  const refuseAll = () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) });
  Object.assign(store, { put: refuse, stat: refuse, delete: refuse, get: refuseAll, list: refuseAll });
  return () => void Object.assign(store, whole);
}
