/** Where things of each part of a project are listed. */
const LISTS: Readonly<Record<string, readonly [path: string, label: string]>> = {
  sessions: ['sessions', 'To the sessions'],
  customers: ['sessions', 'To the sessions'],
  reviews: ['reviews', 'To the reviews'],
  approvals: ['approvals', 'To what waits for a second person'],
  erasures: ['erasures', 'To the erasures'],
  exports: ['exports', 'To the exports'],
  policies: ['policies', 'To the policy'],
  holds: ['holds', 'To the holds'],
  audit: ['audit', 'To the audit log'],
  tokens: ['tokens', 'To the API tokens'],
  webhooks: ['webhooks', 'To the webhooks'],
};
/** Those of them that have no page of their own. */
const PAGELESS: ReadonlySet<string> = new Set(['holds', 'tokens']);
const ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|E-[0-9A-Z-]+)$/;

/**
 * From an address inside a project that failed back to the thing that it is about, or to the list of such things where that is
 * gone. Whoever may not open a list is not sent there.
 */
export function wayBack(path: string, status: number): { href: string; label: string } | undefined {
  const [, , project = '', part = '', id = '', ...further] = path.split('/');
  const list = Object.hasOwn(LISTS, part) ? LISTS[part] : undefined;
  if (!list || status === 403) return undefined;
  const hasPage = ID.test(id) && further.length > 0 && !PAGELESS.has(part);
  if (hasPage && status !== 404) return { href: `/p/${project}/${part}/${id}`, label: 'Back to it' };
  const href = `/p/${project}/${list[0]}`;
  return path === href ? undefined : { href, label: list[1] };
}
