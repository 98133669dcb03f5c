import { BlockList, isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';

/** Under this name a request keeps the address of its client. */
const ADDRESS = 'client-address';

/** Whether an address is one of the proxies in front. */
export type IsTrusted = (address: string) => boolean;

/**
 * @param proxies addresses and networks, such as `10.0.0.7` and `fd00::/8`
 * @throws RangeError where one of them is neither
 */
export function trustedProxies(proxies: readonly string[]): IsTrusted {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const version = isIP(address);
    const widest = version === 4 ? 32 : 128;
    const bits = prefix === undefined ? widest : Number(prefix);
    if (version === 0 || !/^\d{0,3}$/.test(prefix ?? '') || prefix === '' || bits > widest)
      throw new RangeError(`${proxy} is neither an address nor a network`);
    list.addSubnet(address, bits, familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

/**
 * Who a request comes from: the address that is connected, or, behind trusted proxies, the nearest one before
 * them. Only what a trusted proxy wrote counts; whatever stands further left a client may have made up.
 *
 * @param forwarded the header `X-Forwarded-For`, to which each proxy adds on the right
 */
export function clientAddress(
  connected: string,
  forwarded: string | undefined,
  isTrusted: IsTrusted,
): string {
  let address = plain(connected);
  for (const entry of (forwarded ?? '').split(',').reverse()) {
    if (!isTrusted(address)) break;
    const before = plain(entry);
    if (isIP(before) === 0) break;
    address = before;
  }
  return address;
}

/** What attempts are counted by: an IPv6 client has 2^64 addresses of its own, so they count together. */
export function countedAs(address: string): string {
  return isIP(address) === 6 ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address;
}

/** Notes who each request comes from, for `addressOf`. */
export function notesAddress(isTrusted: IsTrusted): MiddlewareHandler {
  return async (c, next) => {
    const address = clientAddress(connectedTo(c), c.req.header('x-forwarded-for'), isTrusted);
    c.set(ADDRESS as never, countedAs(address) as never);
    await next();
  };
}

/** Where a request comes from, as it is counted. */
export function addressOf(c: Context): string {
  return (c.get(ADDRESS as never) as string | undefined) ?? countedAs(plain(connectedTo(c)));
}

function connectedTo(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** An address without port and brackets; one of IPv4 that is written as IPv6 is one of IPv4. */
function plain(entry: string): string {
  const text = entry.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** The eight groups of an IPv6 address, in the one way that the URL standard writes them. */
function groupsOf(address: string): string[] {
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const of = (side: string) => side.split(':').filter(Boolean);
  if (right === undefined) return of(left);
  const missing = 8 - of(left).length - of(right).length;
  return [...of(left), ...Array<string>(missing).fill('0'), ...of(right)];
}
