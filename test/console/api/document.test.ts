import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
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
});
