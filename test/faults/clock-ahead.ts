const AHEAD = 'TEST_CLOCK_AHEAD_MS';

/** The environment of a process whose clock is ahead by this much, or behind. */
export function withClockAhead(ms: number): Record<string, string> {
  return { [AHEAD]: String(ms), NODE_OPTIONS: `--import ${import.meta.url}` };
}

// Loaded before anything else of such a process.
const ahead = Number(process.env[AHEAD] ?? 0);
if (ahead !== 0) {
  const RightDate = Date;
  const now = () => RightDate.now() + ahead;
  globalThis.Date = new Proxy(RightDate, {
    construct: (target, args: unknown[], wanted) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, wanted) as object,
    get: (target, name, receiver) =>
      name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
  });
}
