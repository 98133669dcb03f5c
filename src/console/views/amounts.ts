/** A count with its thousands apart. */
export function number(count: number): string {
  return count.toLocaleString('en');
}

/** A count with its noun: "1 session", "2 sessions". */
export function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** A size in the largest unit that fits. */
export function bytes(count: number): string {
  const step = count < 1 ? 0 : Math.min(Math.floor(Math.log(count) / Math.log(1024)), SIZES.length - 1);
  return `${(count / 1024 ** step).toLocaleString('en', { maximumFractionDigits: 1 })} ${SIZES[step] ?? 'B'}`;
}

/** US dollars; what is next to nothing is not nothing. */
export function dollars(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'under $0.01' : `$${amount.toFixed(2)}`;
}

/** A length of time given in seconds. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
