// npm run chaos -- [--kills 1000] [--seed N]
// Kills the processes of an installation at random while it works, and looks whether anything was lost or done twice.
import { parseArgs } from 'node:util';
import { reportText, runChaos } from './chaos.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  say('Example: npm run chaos -- --kills 1000 --seed 7');
  process.exit(2);
}
say(`Seed ${seed}; the same choices again with: npm run chaos -- --kills ${kills} --seed ${seed}`);
const report = await runChaos({ kills, seed, log: say });
say(reportText(report));
process.exitCode = report.violations.length === 0 ? 0 : 1;
