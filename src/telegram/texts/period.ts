const UNITS = { Y: 'year', M: 'month', W: 'week', D: 'day', H: 'hour', m: 'minute', S: 'second' } as const;

/** `P1Y6M` as `1 year, 6 months`. */
export function periodIn(language: string, duration: string): string {
  const [date = '', time = ''] = duration.replace('P', '').split('T');
  const parts = [...`${date}${time.replace('M', 'm')}`.matchAll(/(\d+(?:[.,]\d+)?)([YMWDHmS])/g)].map(
    ([, count = '0', unit = 'D']) =>
      new Intl.NumberFormat(language, {
        style: 'unit',
        unit: UNITS[unit as keyof typeof UNITS],
        unitDisplay: 'long',
      }).format(Number(count.replace(',', '.'))),
  );
  return parts.join(' ');
}
