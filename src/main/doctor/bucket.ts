import type { BucketSettings } from '../../archive/bucket-settings.ts';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';

const DAY_S = 86_400;

/** The bucket of an archive: everything that makes a deletion unreal, and who gets at it. */
export function checkArchiveBucket(read: () => Promise<BucketSettings>): Check {
  return {
    area: 'archive',
    check: 'bucket',
    async run() {
      const settings = await read();
      return Object.entries(ARCHIVE_CHECKS).map(([check, look]) => ({
        check: `${settings.bucket}: ${check}`,
        ...look(settings, `gs://${settings.bucket}`),
      }));
    },
  };
}

const ARCHIVE_CHECKS: Record<string, (settings: BucketSettings, url: string) => Verdict> = {
  'soft delete': ({ softDeleteSeconds }, url) =>
    softDeleteSeconds === 0
      ? ok('off')
      : failure(
          `on, for ${days(softDeleteSeconds)}`,
          `Every deletion is final only ${days(softDeleteSeconds)} later: an erasure in 48 hours is not possible, and its receipt says so.`,
          `gcloud storage buckets update ${url} --clear-soft-delete`,
        ),
  versioning: ({ versioning }, url) =>
    versioning
      ? warning(
          'on',
          'Objects that somebody else overwrites or deletes stay as old generations until this service deletes those too.',
          `gcloud storage buckets update ${url} --no-versioning`,
        )
      : ok('off'),
  'retention policy': ({ retention }, url) => {
    if (!retention) return ok('none');
    const what = `objects are kept for ${days(retention.seconds)}, ${retention.locked ? 'locked' : 'not locked'}`;
    return failure(
      what,
      'No object can be deleted before: deletions and erasures of younger ones fail.',
      retention.locked
        ? `A locked policy never goes away: make a new bucket without one, and name it in RETENTION_ARCHIVE.`
        : `gcloud storage buckets update ${url} --clear-retention-period`,
    );
  },
  'default hold': ({ defaultHold }, url) =>
    defaultHold
      ? failure(
          'on',
          'Every new object begins on hold, and nothing of this service takes that off: it can never be deleted.',
          `gcloud storage buckets update ${url} --no-default-event-based-hold`,
        )
      : ok('off'),
  'object retention': ({ objectRetention }) =>
    objectRetention
      ? warning(
          'allowed',
          'Whoever may write can lock single objects against their deletion.',
          'It cannot be switched off: make a new bucket without it, and name it in RETENTION_ARCHIVE.',
        )
      : ok('not allowed'),
  'lifecycle rules': ({ deletingRules }, url) =>
    deletingRules.length > 0
      ? failure(
          `delete objects: ${deletingRules.join(', ')}`,
          'They pass over every hold, review and audit entry: archives vanish, and the log cannot say why.',
          `gcloud storage buckets update ${url} --clear-lifecycle`,
        )
      : ok('none that delete'),
  'public access': ({ publicRoles, publicAccessPrevented, uniformAccess }, url) => {
    if (publicRoles && publicRoles.length > 0)
      return failure(
        `everybody has ${publicRoles.join(', ')}`,
        'Anybody can list or read the archive. It is sealed, but its names and sizes are not.',
        `gcloud storage buckets update ${url} --public-access-prevention`,
      );
    if (publicAccessPrevented && uniformAccess) return ok('prevented');
    return warning(
      publicAccessPrevented ? 'prevented, but access is set object by object' : 'not prevented',
      'One wrong setting can open the bucket, or single objects of it, to everybody.',
      `gcloud storage buckets update ${url} --public-access-prevention --uniform-bucket-level-access`,
    );
  },
  encryption: ({ kmsKey }) =>
    ok(
      kmsKey
        ? `with ${kmsKey}; objects are sealed before besides`
        : `Google's own keys; objects are sealed before`,
    ),
};

/** The bucket of the audit log's anchor, which is good for what makes the other one bad. */
export function checkAnchorBucket(read: () => Promise<BucketSettings>): Check {
  return {
    area: 'anchor',
    check: 'bucket',
    async run() {
      const { bucket, retention } = await read();
      const check = `${bucket}: retention policy`;
      if (retention?.locked) return { check, ...ok(`locked, ${days(retention.seconds)}`) };
      return {
        check,
        ...warning(
          retention ? 'not locked' : 'none',
          'Whoever gets at the bucket can take the signed heads away, and then rewrite the audit log unseen.',
          `gcloud storage buckets update gs://${bucket} --retention-period=10y && gcloud storage buckets update gs://${bucket} --lock-retention-period`,
        ),
      };
    },
  };
}

/** A span of time, rounded to days, or to hours below one. */
export function days(seconds: number): string {
  const [count, unit] =
    seconds < DAY_S ? [Math.round(seconds / 3600), 'hour'] : [Math.round(seconds / DAY_S), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
