/** Puts and replaces objects in the store of its first argument, telling of each, until it is killed. */
import { createHash, randomBytes } from 'node:crypto';
import { openStore } from '../../src/archive/open-store.ts';

const store = await openStore(process.argv[2] ?? '');
for (let round = 0; ; round++) {
  const name = `killed/object-${Math.floor(round / 2)}`;
  const body = randomBytes(300_000);
  const ifGeneration = (await store.stat(name))?.generation ?? '0';
  const sha256 = createHash('sha256').update(body).digest('hex');
  const stored = await store.put(name, body, { ifGeneration, metadata: { sha256 } });
  process.stdout.write(`${JSON.stringify(stored)}\n`);
}
