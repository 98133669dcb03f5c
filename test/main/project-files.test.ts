import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BUNDLED_PROJECTS } from '../../src/config.ts';
import { readProjectFiles } from '../../src/main/project-files.ts';

const GOOD = `id: shop
name: Shop
notice: { version: '1' }
policy:
  idle: P7D
  reopen: PT12H
  keep: P12M
  review: { window: P7D }
  spam: { deleteAfter: P7D }
`;

describe('project files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retention-projects-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function refused(text: string, name = 'shop.yaml'): Promise<string> {
    await writeFile(join(directory, name), text);
    const error: unknown = await readProjectFiles(directory).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error && 'code' in error && error.code === 'config_invalid');
    return error.message;
  }

  it('that are bundled are good: a demo in seconds, a support project in months', async () => {
    const projects = await readProjectFiles(BUNDLED_PROJECTS);
    assert.deepEqual(
      projects.map(({ id, policy }) => [id, policy.demo]),
      [
        ['demo', true],
        ['support', false],
      ],
    );
  });

  it('a wrong value names the file, the place in it and what was expected', async () => {
    const message = await refused(GOOD.replace('P12M', '12 months'));
    assert.match(message, /shop\.yaml: policy\.keep: expected an ISO 8601 duration.*P12M/);
  });

  it('every wrong value is told at once', async () => {
    const message = await refused(GOOD.replace('id: shop', 'id: Shop').replace('PT12H', 'PT30H'));
    assert.match(message, /: id: expected a lower-case word/);
    assert.match(message, /: policy\.reopen: expected less than archiveWithin/);
  });

  it('an unknown key is named', async () => {
    assert.match(await refused(`${GOOD}colour: red\n`), /colour/);
  });

  it('what is not YAML is told with its line', async () => {
    assert.match(await refused('id: [unclosed'), /shop\.yaml: not YAML\..*line 1/s);
  });

  it('an empty directory says where a file is expected', async () => {
    await assert.rejects(readProjectFiles(directory), { message: /no project file .* RETENTION_PROJECTS/ });
  });

  it('two files with one id are refused', async () => {
    await writeFile(join(directory, 'other.yaml'), GOOD);
    assert.match(await refused(GOOD), /Two files .* have the project id shop/);
  });
});
