import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { countingSearches, createMetrics, metricsPage, type Metrics } from '../../../src/main/metrics.ts';
import { HEAVY_GAUGES, LIGHT_GAUGES } from '../../../src/main/metrics-gauges.ts';
import { readFile } from 'node:fs/promises';
import { createApiStage, type ApiStage } from './stage.ts';

let stage: ApiStage;
let metrics: Metrics;
before(async () => {
  stage = await createApiStage({ onAnswer: (answer) => metrics.onAnswer(answer) }, (acts) =>
    countingSearches(acts, (search) => metrics.onSearch(search)),
  );
  metrics = createMetrics({ db: stage.database.db, withAnchor: false, clock: () => stage.now });
});
after(() => stage.close());

async function look(): Promise<string> {
  const response = await metricsPage(metrics).request('/metrics');
  assert.equal(response.status, 200);
  return response.text();
}

describe('GET /metrics', () => {
  it('shows sessions, reviews, queues, the audit and requests, in the form of Prometheus', async () => {
    await stage.openSession('Anna asks');
    await stage.reviewSession();
    await stage.signAudit();
    await stage.get('/projects/shop/reviews');
    await stage.post('/projects/shop/search', { query: 'anna', reason: 'T-1' });
    const text = await look();
    for (const line of [
      'retention_sessions{project="shop",phase="open"} 1',
      'retention_sessions{project="shop",phase="review"} 1',
      'retention_reviews_waiting{project="shop"} 1',
      'retention_queue_waiting{queue="webhooks"} 0',
      'retention_overdue{kind="archive"} 0',
      'retention_search_hits_total 1',
      'retention_http_request_seconds_count{operation="listReviews",method="GET",status="200"} 1',
    ])
      assert.ok(text.includes(`${line}\n`), `${line} is missing in\n${text}`);
    assert.match(text, /retention_audit_entries\{upto="signed"\} [1-9]/);
  });

  it('holds no ids and nothing of a person, and no labels of whoever calls', async () => {
    await stage.send('/nowhere/Anna', { method: 'BREW' });
    const text = await look();
    assert.doesNotMatch(text, /[0-9a-f]{8}-[0-9a-f]{4}|Anna|BREW|token:/);
  });

  it('says nothing of the database when it cannot be read', async () => {
    const away = createMetrics({
      db: {
        selectFrom: () => {
          throw new Error('password');
        },
      } as never,
      withAnchor: false,
    });
    const response = await metricsPage(away).request('/metrics');
    assert.equal(response.status, 503);
    assert.doesNotMatch(await response.text(), /password/);
  });

  it('is described in docs/api.md, every one of them', async () => {
    const docs = await readFile('docs/api.md', 'utf8');
    const text = await look();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    assert.ok(names.length >= LIGHT_GAUGES.length + HEAVY_GAUGES.length);
    assert.deepEqual(
      names.filter((name) => !docs.includes(`\`${name}\``)),
      [],
    );
  });
});
