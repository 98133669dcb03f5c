import { Storage, type BucketMetadata } from '@google-cloud/storage';
import { mapGcsError, statusOf } from './gcs-errors.ts';
import type { GcsOptions } from './gcs.ts';

/** What of a bucket's settings decides whether a deletion is real. */
export interface BucketSettings {
  readonly bucket: string;
  /** For how long a deleted object can be brought back; 0 is never. */
  readonly softDeleteSeconds: number;
  readonly versioning: boolean;
  /** For how long after its writing no object can be deleted. */
  readonly retention: { readonly seconds: number; readonly locked: boolean } | null;
  /** New objects begin their life on hold. */
  readonly defaultHold: boolean;
  /** Whether single objects may have a retention of their own. */
  readonly objectRetention: boolean;
  /** The customer-managed key that new objects are encrypted with; Google's own otherwise. */
  readonly kmsKey: string | null;
  /** Access is by roles on the bucket alone, not object by object. */
  readonly uniformAccess: boolean;
  readonly publicAccessPrevented: boolean;
  /** Roles that everybody has; `null` where the service may not see them. */
  readonly publicRoles: readonly string[] | null;
  /** Lifecycle rules that delete objects, in words. */
  readonly deletingRules: readonly string[];
}

/**
 * Reads the settings of the bucket behind `gs://bucket/prefix`.
 *
 * @throws AppError `store_unavailable`, `not_found`, `not_allowed`
 */
export async function readBucketSettings(url: string, options: GcsOptions = {}): Promise<BucketSettings> {
  const name = new URL(url).hostname;
  const bucket = new Storage({
    ...options,
    retryOptions: { maxRetries: 1, totalTimeout: 20 },
  }).bucket(name);
  try {
    const [metadata] = (await bucket.getMetadata()) as [BucketMetadata, unknown];
    return { ...settingsOf(name, metadata), publicRoles: await publicRoles(bucket) };
  } catch (error) {
    throw mapGcsError({ bucket: name, object: '' }, error, { on404: 'bucket' });
  }
}

function settingsOf(bucket: string, metadata: BucketMetadata): Omit<BucketSettings, 'publicRoles'> {
  const { retentionPolicy, softDeletePolicy, iamConfiguration, lifecycle } = metadata;
  return {
    bucket,
    softDeleteSeconds: Number(softDeletePolicy?.retentionDurationSeconds ?? 0),
    versioning: metadata.versioning?.enabled ?? false,
    retention: retentionPolicy
      ? { seconds: Number(retentionPolicy.retentionPeriod ?? 0), locked: retentionPolicy.isLocked ?? false }
      : null,
    defaultHold: metadata.defaultEventBasedHold ?? false,
    objectRetention: metadata.objectRetention !== undefined,
    kmsKey: metadata.encryption?.defaultKmsKeyName ?? null,
    uniformAccess: iamConfiguration?.uniformBucketLevelAccess?.enabled ?? false,
    publicAccessPrevented: iamConfiguration?.publicAccessPrevention === 'enforced',
    deletingRules: (lifecycle?.rule ?? [])
      .filter(({ action }) => action?.type === 'Delete')
      .map(({ condition }) => JSON.stringify(condition ?? {})),
  };
}

const EVERYBODY = new Set(['allUsers', 'allAuthenticatedUsers']);

async function publicRoles(bucket: ReturnType<Storage['bucket']>): Promise<string[] | null> {
  try {
    const [policy] = await bucket.iam.getPolicy({ requestedPolicyVersion: 3 });
    return policy.bindings
      .filter(({ members }) => members.some((member) => EVERYBODY.has(member)))
      .map(({ role }) => role);
  } catch (error) {
    // To see who may what is a right of its own, which the service does not need.
    if ([401, 403, 404, 501].includes(statusOf(error) ?? 0)) return null;
    throw error;
  }
}

/**
 * From when on an object that was deleted at an instant is gone for good. Versioning does not delay it, since
 * every generation is deleted by its number; a soft-deleted one can be brought back by the bucket's owner
 * until then, though without its key nobody can read it.
 */
export function finalFrom(settings: Pick<BucketSettings, 'softDeleteSeconds'>, deletedAt: Date): Date {
  return new Date(deletedAt.getTime() + settings.softDeleteSeconds * 1000);
}
