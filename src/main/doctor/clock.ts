import { failure, ok, warning, type Check, type Verdict } from '../../domain/doctor.ts';

/** Another clock, and what it says now; `undefined` where it cannot be asked. */
export interface OtherClock {
  readonly name: string;
  readonly read: () => Promise<Date | undefined>;
}

/** From here on a step waits rather than delete by a wrong clock. */
const WAITS_MS = 300_000;
const DRIFTS_MS = 30_000;

/** This machine's clock against others. */
export function checkClocks(clocks: readonly OtherClock[], clock: () => Date = () => new Date()): Check {
  return {
    area: 'clock',
    check: 'agreement',
    run: () => Promise.all(clocks.map((other) => compare(other, clock))),
  };
}

async function compare({ name, read }: OtherClock, clock: () => Date): Promise<Verdict> {
  const before = clock().getTime();
  const other = await read();
  // Half way between question and answer is when the other clock was read, as well as can be known.
  const here = (before + clock().getTime()) / 2;
  if (!other)
    return {
      check: name,
      ...warning(
        'cannot be asked',
        'A difference to it would go unseen.',
        `Check that ${name} is reachable from here.`,
      ),
    };
  const ms = here - other.getTime();
  const found = `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms < 0 ? 'behind' : 'ahead'}`;
  const mend = 'Have both machines follow a time server: timedatectl set-ntp true';
  if (Math.abs(ms) >= WAITS_MS)
    return {
      check: name,
      ...failure(found, 'Reviews and deletions wait until the clocks agree to five minutes.', mend),
    };
  if (Math.abs(ms) >= DRIFTS_MS)
    return { check: name, ...warning(found, 'At five minutes reviews and deletions will wait.', mend) };
  return { check: name, ...ok(found) };
}

/** The clock of a web server, from the date of its answer, which has whole seconds. */
export function clockOfServer(name: string, url: string): OtherClock {
  return {
    name,
    async read() {
      const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).catch(
        () => undefined,
      );
      const date = response?.headers.get('date');
      return date ? new Date(new Date(date).getTime() + 500) : undefined;
    },
  };
}
