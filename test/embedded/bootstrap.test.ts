import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';

const directory = mkdtempSync(join(tmpdir(), 'retention-bootstrap-'));
after(() => rmSync(directory, { recursive: true, force: true }));

let root: string;
let bin: string;

/** A checkout with one dependency, and an npm that takes a moment, notes its call and "installs" it. */
beforeEach(() => {
  root = mkdtempSync(join(directory, 'checkout-'));
  bin = join(root, 'bin');
  mkdirSync(join(root, 'src', 'embedded'), { recursive: true });
  mkdirSync(bin);
  for (const name of ['bootstrap.mjs', 'pid-file.mjs']) {
    copyFileSync(new URL(`../../src/embedded/${name}`, import.meta.url), join(root, 'src', 'embedded', name));
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  lockVersion('1.0.0');
  program(
    'npm',
    'echo "$@" >> npm-calls; sleep 0.3; mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json',
  );
  entry('');
});

function lockVersion(version: string): void {
  const packages = {
    '': {},
    'node_modules/needed': { version },
    'node_modules/for-another-system': { version, optional: true, os: ['plan9'] },
  };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
}

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

function entry(code: string): void {
  writeFileSync(join(root, 'entry.ts'), code);
}

function start(...args: string[]) {
  const path = [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  const child = spawn(process.execPath, [join(root, 'src', 'embedded', 'bootstrap.mjs'), ...args], {
    cwd: root,
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, ended };
}

function installs(): number {
  return readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n').length;
}

describe('the bootstrap', () => {
  it('runs the entry with its arguments and answers with its exit code', async () => {
    entry('const code: number = 7; console.log(process.argv.slice(2).join("|")); process.exit(code);');
    const { code, stdout } = await start('entry.ts', '--json', 'a b').ended;
    assert.equal(stdout, '--json|a b\n');
    assert.equal(code, 7);
  });

  it('installs the dependencies once, and again when the lock file changes', async () => {
    await start('entry.ts').ended;
    await start('entry.ts').ended;
    assert.equal(installs(), 1);
    lockVersion('1.0.1');
    await start('entry.ts').ended;
    assert.equal(installs(), 2);
  });

  it('repeats an install that was cut short', async () => {
    await start('entry.ts').ended;
    rmSync(join(root, 'node_modules', '.package-lock.json'));
    await start('entry.ts').ended;
    assert.equal(installs(), 2);
  });

  it('lets one of two starts install while the other waits', async () => {
    entry('console.log("ran")');
    const results = await Promise.all([start('entry.ts').ended, start('entry.ts').ended]);
    assert.deepEqual(
      results.map(({ stdout }) => stdout),
      ['ran\n', 'ran\n'],
    );
    assert.equal(installs(), 1);
  });

  it('prints nothing of its own to standard output', async () => {
    program(
      'npm',
      'echo added 1 package; mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json',
    );
    const { stdout, stderr } = await start('--quiet', 'entry.ts').ended;
    assert.equal(stdout, '');
    assert.match(stderr, /Installing/);
    assert.deepEqual(await start('--quiet', 'entry.ts').ended, { code: 0, stdout: '', stderr: '' });
  });

  it('says so when the dependencies cannot be installed', async () => {
    program('npm', 'exit 1');
    const { code, stderr } = await start('entry.ts').ended;
    assert.equal(code, 1);
    assert.match(stderr, /could not be installed: mend what npm says above, then start again/);
  });

  it('passes a signal on and waits for the entry to finish with it', async () => {
    entry(`process.on('SIGTERM', () => { console.log('stopping'); process.exit(3); });
      console.log('ready'); setInterval(() => {}, 1e6);`);
    const { child, ended } = start('entry.ts');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, { code: 3, stdout: 'ready\nstopping\n', stderr: (await ended).stderr });
  });

  it('gives the child its own node_modules first on PATH', async () => {
    entry('console.log(process.env.PATH?.split(":")[0])');
    assert.equal((await start('entry.ts').ended).stdout, `${join(root, 'node_modules', '.bin')}\n`);
  });

  it('names an entry that is not there', async () => {
    const { code, stderr } = await start('nowhere.ts').ended;
    assert.equal(code, 1);
    assert.match(stderr, /There is no .*nowhere\.ts to run/);
  });
});
