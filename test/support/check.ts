// node test/support/check.ts
// Everything that can be checked without running the service. All of it runs, whatever fails.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '../../node_modules/.bin');

const CHECKS = [
  ['types', 'tsc', '--noEmit'],
  ['lint', 'eslint', '.'],
  ['format', 'prettier', '--check', '.'],
  ['dependency rules', 'depcruise', 'src', 'workflows', 'activities', '--config', '.dependency-cruiser.cjs'],
  ['unused code', 'knip'],
] as const;

let failed = 0;
for (const [name, program, ...args] of CHECKS) {
  const began = performance.now();
  const { code, output } = await run(join(bin, program), args);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name} (${program}, ${seconds} s)`);
  if (code !== 0) {
    failed++;
    console.log(output.trimEnd());
  }
}
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${CHECKS.length} checks failed.`);
process.exitCode = failed === 0 ? 0 : 1;

async function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return await new Promise((done) => {
    child.on('error', (error) => done({ code: -1, output: error.message }));
    child.on('close', (code) => done({ code: code ?? -1, output }));
  });
}
