import type { BucketSettings } from '../../archive/bucket-settings.ts';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';
import { days } from './bucket.ts';

/** A bucket that exports are delivered to: what keeps files there that are to be gone, and who reads them. */
export function checkExportBucket(read: () => Promise<BucketSettings>): Check {
  return {
    area: 'exports',
    check: 'bucket',
    async run() {
      const settings = await read();
      return Object.entries(CHECKS).map(([check, look]) => ({
        check: `${settings.bucket}: ${check}`,
        ...look(settings, `gs://${settings.bucket}`),
      }));
    },
  };
}

// Unlike an archive, an export lies there in clear: no destroyed key makes unreadable what the bucket keeps.
const CHECKS: Record<string, (settings: BucketSettings, url: string) => Verdict> = {
  'soft delete': ({ softDeleteSeconds }, url) =>
    softDeleteSeconds === 0
      ? ok('off')
      : failure(
          `on, for ${days(softDeleteSeconds)}`,
          `An export that expires or is removed stays readable for ${days(softDeleteSeconds)}, and an erasure that reaches it is not verified before they are over.`,
          `gcloud storage buckets update ${url} --clear-soft-delete`,
        ),
  versioning: ({ versioning }, url) =>
    versioning
      ? warning(
          'on',
          'Files that somebody else overwrites or deletes stay readable as old generations until the export expires.',
          `gcloud storage buckets update ${url} --no-versioning`,
        )
      : ok('off'),
  'retention policy': ({ retention }, url) => {
    if (!retention) return ok('none');
    return failure(
      `objects are kept for ${days(retention.seconds)}, ${retention.locked ? 'locked' : 'not locked'}`,
      `No export can be removed before it has lain there for ${days(retention.seconds)}: it stays readable after it expired, and an erasure that reaches it is not verified.`,
      retention.locked
        ? 'A locked policy never goes away: make a new bucket without one, and name it in RETENTION_EXPORT_TO.'
        : `gcloud storage buckets update ${url} --clear-retention-period`,
    );
  },
  'default hold': ({ defaultHold }, url) =>
    defaultHold
      ? failure(
          'on',
          'Every new file begins on hold, and nothing of this service takes that off: no export is ever removed, and no erasure that reaches one is verified.',
          `gcloud storage buckets update ${url} --no-default-event-based-hold`,
        )
      : ok('off'),
  'public access': ({ publicRoles, publicAccessPrevented, uniformAccess }, url) => {
    if (publicRoles && publicRoles.length > 0)
      return failure(
        `everybody has ${publicRoles.join(', ')}`,
        'Anybody can list or read what was exported, which lies there in clear.',
        `gcloud storage buckets update ${url} --public-access-prevention`,
      );
    if (publicAccessPrevented && uniformAccess) return ok('prevented');
    return warning(
      publicAccessPrevented ? 'prevented, but access is set object by object' : 'not prevented',
      'One wrong setting shows what was exported, which lies there in clear, to everybody.',
      `gcloud storage buckets update ${url} --public-access-prevention --uniform-bucket-level-access`,
    );
  },
};
