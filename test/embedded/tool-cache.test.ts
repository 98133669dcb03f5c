import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fetchIntoCache } from '../../src/embedded/tool-cache.ts';
import type { ToolSource } from '../../src/embedded/tool-sources.ts';
import { findTemporalCli } from '../../src/embedded/tools.ts';

const directory = mkdtempSync(join(tmpdir(), 'retention-tools-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const log = (): void => undefined;

function source(text: string, onFetch = (): void => undefined): ToolSource {
  return {
    name: 'a source',
    fetch: (place) => {
      onFetch();
      writeFileSync(join(place, 'download'), text);
      return Promise.resolve({ file: join(place, 'download') });
    },
  };
}

const unreachable: ToolSource = { name: 'the moon', fetch: () => Promise.resolve({ failure: 'too far' }) };

describe('the cache of fetched tools', () => {
  it('holds the program of the first source that can give it, ready to run, and nothing else', async () => {
    const cache = mkdtempSync(join(directory, 'first-'));
    const target = join(cache, 'tool-1');
    const failures = await fetchIntoCache(
      target,
      join(target, 'tool'),
      [unreachable, source('program')],
      log,
    );
    assert.equal(failures, undefined);
    assert.equal(readFileSync(join(target, 'tool'), 'utf8'), 'program');
    assert.equal(statSync(join(target, 'tool')).mode & 0o111, 0o111);
    assert.deepEqual(readdirSync(cache), ['tool-1']);
  });

  it('answers with why, source by source, when none can give it', async () => {
    const cache = mkdtempSync(join(directory, 'none-'));
    const target = join(cache, 'tool-1');
    const failures = await fetchIntoCache(target, join(target, 'tool'), [unreachable, unreachable], log);
    assert.deepEqual(failures, ['the moon: too far', 'the moon: too far']);
    assert.deepEqual(readdirSync(cache), []);
  });

  it('leaves nothing behind when a source breaks', async () => {
    const cache = mkdtempSync(join(directory, 'broken-'));
    const target = join(cache, 'tool-1');
    const broken: ToolSource = { name: 'broken', fetch: () => Promise.reject(new Error('disk full')) };
    await assert.rejects(fetchIntoCache(target, join(target, 'tool'), [broken], log), /disk full/);
    assert.deepEqual(readdirSync(cache), []);
  });

  it('says what it does while it does it', async () => {
    const target = join(mkdtempSync(join(directory, 'told-')), 'tool-1');
    const lines: string[] = [];
    await fetchIntoCache(target, join(target, 'tool'), [unreachable, source('x')], (line) =>
      lines.push(line),
    );
    assert.deepEqual(lines, [
      'fetching from the moon…',
      'not to be had from the moon',
      'fetching from a source…',
      'ready after 0 s',
    ]);
  });
});

describe('the Temporal CLI', () => {
  it('is the program that the configuration names', async () => {
    const path = await findTemporalCli({ cacheDir: directory, path: process.execPath, log });
    assert.equal(path, process.execPath);
  });

  it('is refused when the configuration names no program', async () => {
    const path = join(directory, 'not-there');
    await assert.rejects(findTemporalCli({ cacheDir: directory, path, log }), {
      code: 'config_invalid',
      message: new RegExp(path),
    });
  });
});
