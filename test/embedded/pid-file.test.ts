import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { holdDataDirectory } from '../../src/embedded/lock.ts';
import { livingHolder, releasePidFile, takePidFile, writePidFile } from '../../src/embedded/pid-file.mjs';

const directory = mkdtempSync(join(tmpdir(), 'retention-pid-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A process that takes the file given, and holds it until it is ended. */
async function holder(file: string) {
  const module = new URL('../../src/embedded/pid-file.mjs', import.meta.url).href;
  const code = `import { takePidFile } from ${JSON.stringify(module)};
    console.log(JSON.stringify(takePidFile(${JSON.stringify(file)}))); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    pid: child.pid,
    turn: JSON.parse(line.toString()) as { taken: boolean },
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('a pid file', () => {
  it('is held by one living process', async () => {
    const file = join(directory, 'one');
    const other = await holder(file);
    try {
      assert.deepEqual(takePidFile(file), { taken: false, pid: other.pid });
    } finally {
      await other.kill();
    }
  });

  it('is free when its holder was killed', async () => {
    const file = join(directory, 'killed');
    const other = await holder(file);
    await other.kill();
    assert.deepEqual(takePidFile(file), { taken: true });
    assert.equal(livingHolder(file), process.pid);
  });

  it('is free when its number now belongs to a later process', () => {
    const file = join(directory, 'reused');
    writeFileSync(file, `${process.pid} 1\n`);
    assert.equal(livingHolder(file), undefined);
    assert.deepEqual(takePidFile(file), { taken: true });
  });

  it('is free when what it holds is no note of ours', () => {
    const file = join(directory, 'damaged');
    writeFileSync(file, 'not a number');
    assert.deepEqual(takePidFile(file), { taken: true });
  });

  it('goes to exactly one of many that come at once after a crash', async () => {
    const file = join(directory, 'race');
    writeFileSync(file, '1 1\n');
    const all = await Promise.all(Array.from({ length: 6 }, async () => await holder(file)));
    try {
      assert.equal(all.filter(({ turn }) => turn.taken).length, 1);
    } finally {
      await Promise.all(all.map(async ({ kill }) => await kill()));
    }
  });

  it('is gone after its release, and nothing else is left', () => {
    const place = mkdtempSync(join(directory, 'clean-'));
    const file = join(place, 'held');
    takePidFile(file);
    releasePidFile(file);
    assert.deepEqual(readdirSync(place), []);
  });

  it('is not released by a process that it does not name', async () => {
    const file = join(directory, 'theirs');
    const other = await holder(file);
    try {
      releasePidFile(file);
      assert.equal(livingHolder(file), other.pid);
    } finally {
      await other.kill();
    }
  });

  it('can name another process', async () => {
    const file = join(directory, 'child');
    const other = await holder(join(directory, 'unrelated'));
    writePidFile(file, other.pid ?? 0);
    assert.equal(livingHolder(file), other.pid);
    await other.kill();
    assert.equal(livingHolder(file), undefined);
  });
});

describe('a data directory', () => {
  it('tells a second service which process holds it and how to stop that', async () => {
    const data = mkdtempSync(join(directory, 'data-'));
    const other = await holder(join(data, 'service.pid'));
    try {
      assert.throws(() => holdDataDirectory(data), {
        code: 'already_running',
        message: new RegExp(`kill ${other.pid}`),
      });
    } finally {
      await other.kill();
    }
  });

  it('can be held again after its release', () => {
    const data = join(directory, 'again');
    holdDataDirectory(data)();
    holdDataDirectory(data)();
  });
});
