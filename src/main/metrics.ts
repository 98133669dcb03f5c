import { Hono } from 'hono';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Acts } from '../acts/acts.ts';
import type { Answered } from '../console/api/endpoint.ts';
import { readHeavyFacts, readLightFacts } from '../db/metrics.ts';
import { listenHttp } from './listen-http.ts';
import { HEAVY_GAUGES, LIGHT_GAUGES, type GaugeOf } from './metrics-gauges.ts';
import type { Services } from './services.ts';

/** How old the figures may be that take a look at every session: 4.4 s of one core for a million (measured). */
const HEAVY_MS = 300_000;

/** What is counted and shown, in Prometheus' form. Labels hold projects and closed words, never ids of people. */
export interface Metrics {
  readonly registry: Registry;
  readonly onAnswer: (answer: Answered) => void;
  readonly onSearch: (search: { seconds: number; hits: number }) => void;
}

/** Makes the metrics of this process; gauges are read from the database when somebody looks. */
export function createMetrics(
  deps: Pick<Services, 'db'> & { readonly withAnchor: boolean; readonly clock?: () => Date },
): Metrics {
  const registry = new Registry();
  const clock = deps.clock ?? (() => new Date());
  addGauges(registry, LIGHT_GAUGES, () => readLightFacts(deps.db, clock()), clock);
  const heavy = kept(HEAVY_MS, () => readHeavyFacts(deps.db, clock(), { withAnchor: deps.withAnchor }));
  addGauges(registry, HEAVY_GAUGES, heavy, clock);
  return { registry, ...createCounters(registry) };
}

/** All gauges of a group come out of one reading of the facts. */
function addGauges<F>(
  registry: Registry,
  gauges: readonly GaugeOf<F>[],
  read: () => Promise<F>,
  clock: () => Date,
): void {
  let reading: Promise<F> | undefined;
  const shared = () =>
    (reading ??= read().finally(() => {
      reading = undefined;
    }));
  for (const { name, help, labels, samples } of gauges)
    new Gauge({
      ...{ name, help, labelNames: [...labels] },
      registers: [registry],
      async collect() {
        const facts = await shared();
        this.reset();
        for (const sample of samples(facts, clock())) this.set(sample.labels, sample.value);
      },
    });
}

/** What was read last, and in the background something newer once that is old: only the first look waits. */
function kept<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: { value: T; at: number } | undefined;
  let reading: Promise<T> | undefined;
  const renew = () =>
    (reading ??= read()
      .then((value) => {
        last = { value, at: Date.now() };
        return value;
      })
      .finally(() => {
        reading = undefined;
      }));
  return async () => {
    if (!last) return renew();
    // What is away is shown by the gauges that are read at every look.
    if (Date.now() - last.at > ms) renew().catch(() => undefined);
    return last.value;
  };
}

function createCounters(registry: Registry): Omit<Metrics, 'registry'> {
  const registers = [registry];
  const requests = new Histogram({
    ...{ name: 'retention_http_request_seconds', registers },
    help: 'Requests to the API, by operation, method and status.',
    labelNames: ['operation', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const searches = new Histogram({
    ...{ name: 'retention_search_seconds', registers },
    help: 'How long searches in the console and by the API take.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const hits = new Counter({
    ...{ name: 'retention_search_hits_total', registers },
    help: 'Sessions that they found.',
  });
  return {
    onAnswer: ({ operation, method, status, seconds }) =>
      requests.observe({ operation, method: knownMethod(method), status: String(status) }, seconds),
    onSearch(search) {
      searches.observe(search.seconds);
      hits.inc(search.hits);
    },
  };
}

/** The same acts, with every search timed and counted, whether a page of the console or the API asks. */
export function countingSearches<A extends Pick<Acts, 'searchSessions'>>(
  acts: A,
  onSearch: Metrics['onSearch'],
): A {
  return {
    ...acts,
    async searchSessions(act: Parameters<Acts['searchSessions']>[0]) {
      const began = performance.now();
      const found = await acts.searchSessions(act);
      onSearch({ seconds: (performance.now() - began) / 1000, hits: found.hits.length });
      return found;
    },
  };
}

/** Whoever calls chooses the method, and would choose the labels with it. */
function knownMethod(method: string): string {
  return ['GET', 'POST', 'HEAD', 'OPTIONS'].includes(method) ? method : 'other';
}

/** Serves the metrics: on loopback, without a token. */
export function metricsPage({ registry }: Pick<Metrics, 'registry'>): Hono {
  const app = new Hono();
  app.get('/metrics', async (c) =>
    c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType }),
  );
  app.onError((_error, c) => c.text('The figures cannot be read: is the database away?\n', 503));
  return app;
}

const known = new WeakMap<Services['db'], Metrics>();

/** The metrics of this process, which all its parts count in. */
export function metricsOf({ db, config }: Pick<Services, 'db' | 'config'>): Metrics {
  const metrics = known.get(db) ?? createMetrics({ db, withAnchor: config.audit.anchorUrl !== undefined });
  known.set(db, metrics);
  return metrics;
}

/** Serves the metrics of this process on a port of their own. */
export async function startMetrics(
  services: Pick<Services, 'db' | 'config'>,
  port = services.config.metrics.port,
): Promise<{ stop(): Promise<void> }> {
  const metrics = metricsOf(services);
  // So that the first to look does not wait for what takes seconds.
  metrics.registry.metrics().catch(() => undefined);
  return listenHttp(metricsPage(metrics), port, services.config.metrics.host);
}
