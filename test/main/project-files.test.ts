import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BUNDLED_PROJECTS } from '../../src/config.ts';
import { findingInWords, parseProjectDocument } from '../../src/domain/policy-document.ts';
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

  it('that are bundled give no reason for a warning', async () => {
    for (const name of ['demo', 'support']) {
      const parsed = parseProjectDocument(await readFile(join(BUNDLED_PROJECTS, `${name}.yaml`), 'utf8'));
      assert.ok(!('errors' in parsed));
      assert.deepEqual(parsed.warnings.map(findingInWords), []);
    }
  });

  it('a wrong value names the file, line and column, and what to write', async () => {
    const message = await refused(GOOD.replace('P12M', '12 months'));
    assert.match(message, /shop\.yaml:7:9: policy\.keep: "12 months" is no ISO 8601 duration.* Write P12M\./);
  });

  it('every wrong value is told at once', async () => {
    const message = await refused(GOOD.replace('id: shop', 'id: Shop').replace('PT12H', 'PT30H'));
    assert.match(message, /shop\.yaml:1:5: id: "Shop" is not possible here: .* Write shop\.$/m);
    assert.match(message, /shop\.yaml:6:11: policy\.reopen: .* Write less than archiveWithin/);
  });

  it('of every file at once', async () => {
    await writeFile(join(directory, 'other.yaml'), GOOD.replace('P12M', '1 year'));
    const message = await refused(GOOD.replace('P12M', '12 months'));
    assert.match(message, /other\.yaml:7:9: .* Write P1Y\.\n.*shop\.yaml:7:9: /);
  });

  it('an unknown key is named', async () => {
    assert.match(await refused(`${GOOD}colour: red\n`), /shop\.yaml:10:1: colour: unknown key colour\./);
  });

  it('what is not YAML is told with its line', async () => {
    assert.match(await refused('id: [unclosed'), /shop\.yaml:1:14: not YAML: /);
  });

  it('an empty directory says where a file is expected', async () => {
    await assert.rejects(readProjectFiles(directory), { message: /no project file .* RETENTION_PROJECTS/ });
  });

  it('two files with one id are refused', async () => {
    await writeFile(join(directory, 'other.yaml'), GOOD);
    assert.match(await refused(GOOD), /Two files .* have the project id shop/);
  });
});
