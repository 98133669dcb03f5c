import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Check, Finding } from '../../src/domain/doctor.ts';
import { runChecks } from '../../src/main/doctor/run-checks.ts';

/** What was found, without the words around it. */
export async function levels(...checks: Check[]): Promise<Record<string, Finding['level']>> {
  return Object.fromEntries((await runChecks(checks)).map(({ check, level }) => [check, level]));
}

/** A web server that answers each path as it is told. */
export async function startAnswers(answers: () => Record<string, unknown>) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname;
    const body = answers()[path];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: { code: 404, message: 'Not Found' } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((done) => server.close(done)),
  };
}
