import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';

/** What an endpoint answered: a status, or why there is none. */
export type WebhookAnswer = { readonly status: number } | { readonly failure: string };

/** An address that is called from inside must lead outside: these are networks of this machine and its own. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');

/** Of IPv6 only this part is given out for the internet; in it lie two ways back into IPv4, and examples. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const NOT_GLOBAL = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const)
  NOT_GLOBAL.addSubnet(network, prefix, 'ipv6');

/** Whether an address is one on the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !PRIVATE.check(address, 'ipv4');
  return isIP(address) === 6 && GLOBAL.check(address, 'ipv6') && !NOT_GLOBAL.check(address, 'ipv6');
}

const ANSWER_MS = 15_000;

/**
 * Posts to an endpoint and answers with its status; redirects are not followed and bodies not read. The
 * address that is checked is the one that is called, so a name cannot point elsewhere in between.
 *
 * @param options.allowPrivate also http, and addresses of this machine and its networks
 */
export async function callWebhook(
  url: string,
  message: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  options: { readonly allowPrivate: boolean; readonly signal?: AbortSignal },
): Promise<WebhookAnswer> {
  const target = new URL(url);
  if (target.protocol !== 'https:' && !options.allowPrivate) return { failure: 'not https' };
  try {
    const address = await addressOf(target.hostname, options.allowPrivate);
    if (address === undefined) return { failure: 'private address' };
    return { status: await post(target, address, message, options.signal) };
  } catch (error) {
    return { failure: (error as { code?: string }).code ?? 'no answer' };
  }
}

/** A public address of a name; one name that leads inside as well is not called at all. */
async function addressOf(hostname: string, allowPrivate: boolean): Promise<string | undefined> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(bare) ? [bare] : (await lookup(bare, { all: true })).map(({ address }) => address);
  return allowPrivate || addresses.every(isPublicAddress) ? addresses[0] : undefined;
}

function post(
  target: URL,
  address: string,
  { body, headers }: { body: string; headers: Readonly<Record<string, string>> },
  signal: AbortSignal | undefined,
): Promise<number> {
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  const timeout = AbortSignal.timeout(ANSWER_MS);
  return new Promise((resolve, reject) => {
    const call = request(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      lookup: (_name, settings, done) => {
        const family = isIP(address);
        if (settings.all) (done as unknown as AllFound)(null, [{ address, family }]);
        else done(null, address, family);
      },
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      agent: false,
    });
    call.on('response', (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end(body);
  });
}

type AllFound = (error: null, addresses: { address: string; family: number }[]) => void;
