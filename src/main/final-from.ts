import { finalFrom, readBucketSettings } from '../archive/bucket-settings.ts';

/** From when on what a store deleted cannot be brought back: a bucket may keep it for a time, a directory does not. */
export function createFinalFrom(
  gcsEndpoint: string | undefined,
): (storeUrl: string, deletedAt: Date) => Promise<Date> {
  const options = gcsEndpoint === undefined ? {} : { apiEndpoint: gcsEndpoint };
  return async (storeUrl, deletedAt) =>
    storeUrl.startsWith('gs:')
      ? finalFrom(await readBucketSettings(storeUrl, options), deletedAt)
      : deletedAt;
}
