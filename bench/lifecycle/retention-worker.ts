// The worker process of the service: its worker and its outbox relay, as `npm start` runs them.
import { readConfig } from '../../src/config.ts';
import { startRelay } from '../../src/main/relay.ts';
import { openServices } from '../../src/main/services.ts';
import { startWorker } from '../../src/main/worker.ts';
import { serveUntilStopped } from './worker-process.ts';

const services = await openServices(readConfig());
const worker = await startWorker(services);
const relay = startRelay(services);
await serveUntilStopped(async () => {
  await relay.stop();
  await worker.stop();
  await services.close();
});
