import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { JURISDICTION_IDS } from '../../src/domain/jurisdictions.ts';
import { PACK_IDS, PACKS } from '../../src/domain/packs.ts';
import { findingInWords, parsePolicyDocument } from '../../src/domain/policy-document.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { ENTITIES } from '../../src/domain/tagging.ts';
import { BASE_TEXT } from './stage.ts';

const PAGE = await readFile('docs/policy.md', 'utf8');

describe('the page about the policy', () => {
  it('explains every key of a policy, a rule, a condition and a start', () => {
    interface Shape {
      properties?: Record<string, Shape>;
      items?: Shape;
      anyOf?: Shape[];
    }
    const keysOf = ({ properties = {}, items, anyOf = [] }: Shape): string[] => [
      ...Object.keys(properties),
      ...[...Object.values(properties), ...(items ? [items] : []), ...anyOf].flatMap(keysOf),
    ];
    const keys = keysOf(z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' }) as Shape);
    assert.ok(keys.length > 30);
    for (const key of keys) assert.ok(new RegExp(`\`[^\`\n]*\\b${key}\\b[^\`\n]*\``).test(PAGE), key);
  });

  it('lists every pack with its sources, every jurisdiction and every entity', () => {
    for (const pack of PACK_IDS) {
      const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${pack}\``));
      for (const tag of PACKS[pack].tags)
        if (!row?.includes('the same')) assert.ok(row?.includes(`\`${tag}\``), `${pack}: ${tag}`);
      assert.ok(row, pack);
    }
    for (const word of [...JURISDICTION_IDS, ...ENTITIES]) assert.ok(PAGE.includes(`\`${word}\``), word);
  });

  it('shows examples that are good', () => {
    const examples = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');
    assert.equal(examples.length, 3);
    for (const example of examples) {
      const parsed = parsePolicyDocument(BASE_TEXT + example);
      assert.ok('policy' in parsed, 'errors' in parsed ? parsed.errors.map(findingInWords).join('\n') : '');
    }
  });
});
