import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ENDPOINTS } from '../../../src/console/api/endpoints.ts';
import { PERMISSIONS } from '../../../src/console/api/permissions.ts';
import { createApiStage, type ApiStage } from './stage.ts';

let stage: ApiStage;
before(async () => (stage = await createApiStage()));
after(() => stage.close());

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document of every operation, for anybody', async () => {
    const response = await stage.send('/openapi.json', {});
    const document = (await response.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; security: unknown[] }>>;
      components: { schemas: Record<string, object> };
    };
    assert.equal(document.openapi, '3.1.0');
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    assert.ok(operations.length >= 37);
    assert.ok(operations.every(({ operationId, security }) => operationId && security.length === 1));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const schema of Object.values(document.components.schemas))
      assert.equal(ajv.validateSchema(schema), true, JSON.stringify(ajv.errors));
  });

  it('is told in docs/api.md, each operation in one line with its right', async () => {
    const rows = (await readFile('docs/api.md', 'utf8'))
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, name]) => /^`[a-zA-Z]+`$/.test(name ?? ''));
    assert.deepEqual(
      rows.map((cells) => cells.slice(1, 5)),
      ENDPOINTS.map(({ operation, method, path, summary }) => [
        `\`${operation}\``,
        `\`${method.toUpperCase()} ${path}\``,
        `\`${PERMISSIONS[operation]}\``,
        summary,
      ]),
    );
  });
});
