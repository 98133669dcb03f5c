// npm run bench -- NAME [options]
// Runs one of the benchmarks beside this file; each prints figures and judges nothing.
import { readdirSync } from 'node:fs';

const names = readdirSync(import.meta.dirname)
  .map((file) => /^(.+)\.ts$/.exec(file)?.[1])
  .filter((name) => name !== undefined && name !== 'run')
  .sort();
const [name] = process.argv.splice(2, 1);
if (name === undefined || !names.includes(name)) {
  console.error(`Name one of the benchmarks: ${names.join(', ')}. Example: npm run bench -- lifecycle`);
  process.exitCode = 2;
} else {
  await import(`./${name}.ts`);
}
