import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { addressOf } from './client-address.ts';
import type { PublicPage } from './page.ts';

const MINUTE_S = 60;
/** Far more than a person reads: many may share one address. */
const PER_MINUTE = 120;

/** Slows down who asks for public pages too often. Counted in memory alone: nobody's address is kept. */
export function createPublicLimit(
  points = PER_MINUTE,
): <P extends PublicPage>(show: (page: P) => Promise<Response>) => (page: P) => Promise<Response> {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE_S });
  return (show) => async (page) => {
    try {
      await limiter.consume(addressOf(page.c));
    } catch (state) {
      if (!(state instanceof RateLimiterRes)) throw state;
      page.c.header('retry-after', String(Math.ceil(state.msBeforeNext / 1000)));
      return page.html({ title: 'Slower, please', body: '', lead: 'Go on in a minute.' }, 429);
    }
    return show(page);
  };
}
