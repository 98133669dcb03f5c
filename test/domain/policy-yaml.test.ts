import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diff } from '../../src/domain/policy-diff.ts';
import { parsePolicyDocument } from '../../src/domain/policy-document.ts';
import { policyAsYaml } from '../../src/domain/policy-yaml.ts';
import { policySchema } from '../../src/domain/policy.ts';

const POLICY = policySchema.parse({
  ...{ demo: true, idle: 'P7D', reopen: 'PT12H', archiveWithin: 'PT20H', keep: 'P12M' },
  packs: ['gdpr', 'transactions'],
  rules: [
    {
      ...{ id: 'books', when: { tag: ['transaction', 'invoice'], jurisdiction: 'EU' }, keepAtLeast: 'P10Y' },
      ...{ duty: 'legal', exemptFromErasure: true, because: 'tax law: books', source: 'AO § 147' },
    },
    {
      id: 'consent',
      when: { authorized: false },
      keepAtMost: 'P6M',
      from: 'last-message',
      because: 'no consent',
    },
    {
      ...{ id: 'contract', when: { tag: 'contract' }, keep: 'P3Y', because: 'claims' },
      from: { event: 'contract-end', atLatest: 'P5Y' },
    },
    {
      ...{ id: 'health', when: { tag: 'health' }, readers: ['compliance'], attachments: 'reference' },
      because: 'special categories',
    },
  ],
  tagging: [
    { id: 'refunds', tag: 'transaction', when: { keywords: ['refund*'], kind: 'private' }, because: 'money' },
  ],
  review: { window: 'P14D', onSilence: 'hold', secondPerson: true },
  spam: { deleteAfter: 'P7D' },
  inactivity: { eraseAfter: 'P90D', warnBefore: 'P7D' },
  breaker: { sharePerDay: 0.05, orFewerThan: 7 },
});

describe('a policy written out', () => {
  it('says the same when it is read again', () => {
    const document = parsePolicyDocument(policyAsYaml(POLICY));
    assert.ok('policy' in document, JSON.stringify(document));
    assert.deepEqual(diff(POLICY, document.policy), []);
  });

  it('names its packs, and leaves out what they bring', () => {
    const text = policyAsYaml(POLICY);
    assert.match(text, /packs:\n {2}- gdpr/);
    assert.equal(text.match(/^ {2}- id: /gm)?.length, 5);
  });
});
