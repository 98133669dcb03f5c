import { z } from 'zod';
import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.ts';
import type { TemporalFacts } from '../../temporal/server-facts.ts';

/** The oldest server the tests ran on; older ones lack what the comparing of workflows asks for. */
const OLDEST_MINOR = 29;
const LOOKED_BACK_DAYS = 3;
const CREATE = 'node src/main/service.ts namespace';

/** The Temporal server: version, namespace, search attributes. */
export function checkTemporal(read: () => Promise<TemporalFacts>, namespace: string): Check {
  return {
    area: 'temporal',
    check: 'server',
    async run() {
      const facts = await read();
      return [
        { check: 'version', ...version(facts) },
        { check: `retention of namespace ${namespace}`, ...retention(facts, namespace) },
        { check: 'search attributes', ...attributes(facts) },
      ];
    },
  };
}

function version({ version: text }: TemporalFacts): Verdict {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  if (major > 1 || minor >= OLDEST_MINOR) return ok(text);
  return warning(
    text,
    'Nobody has tested this service on it.',
    'Upgrade the Temporal server, one minor version at a time.',
  );
}

function retention({ retentionDays }: TemporalFacts, namespace: string): Verdict {
  const found = `${Math.round(retentionDays * 10) / 10} days`;
  if (retentionDays >= LOOKED_BACK_DAYS) return ok(found);
  return warning(
    found,
    'Runs that somebody terminated or reset may be gone before they are reported.',
    `temporal operator namespace update --namespace ${namespace} --retention ${LOOKED_BACK_DAYS}d`,
  );
}

function attributes({ searchAttributes }: TemporalFacts): Verdict {
  const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !searchAttributes.includes(name));
  if (missing.length === 0) return ok('all there');
  return failure(`${missing.join(', ')} missing`, 'No workflow can start: every start names them.', CREATE);
}

/** As the UI names them; those it does not send are off. */
const uiSettings = z.object({
  Auth: z.object({ Enabled: z.boolean() }).partial().optional(),
  DisableWriteActions: z.boolean().optional(),
  BatchActionsDisabled: z.boolean().optional(),
});

/** Who may do what in the Temporal UI, as it tells its own page. */
export function checkTemporalUi(ui: string): Check {
  return {
    area: 'temporal',
    check: 'UI',
    async run() {
      const response = await fetch(new URL('/api/v1/settings', ui), { signal: AbortSignal.timeout(5000) });
      const parsed = uiSettings.safeParse(await response.json());
      if (!response.ok || !parsed.success)
        return warning(
          `answers ${response.status}`,
          'Whether everybody may write in it is not known.',
          'Check RETENTION_TEMPORAL_UI.',
        );
      return uiVerdict(parsed.data, new URL(ui).hostname);
    },
  };
}

function uiVerdict(settings: z.output<typeof uiSettings>, hostname: string): Verdict {
  const { Auth, DisableWriteActions: readOnly, BatchActionsDisabled: single } = settings;
  if (Auth?.Enabled) return ok('asks people to sign in');
  if (readOnly) return ok('only shows');
  if (['127.0.0.1', '::1', 'localhost'].includes(hostname))
    return ok('writes, and this machine alone reaches it');
  const consequence =
    'Whoever reaches it can decide reviews in any name, and terminate or reset every workflow' +
    (single ? '.' : ', all at once.');
  return failure(
    'writes, and asks nobody to sign in',
    consequence,
    'Set TEMPORAL_AUTH_ENABLED with its provider, or TEMPORAL_DISABLE_WRITE_ACTIONS=true, where the UI runs.',
  );
}
