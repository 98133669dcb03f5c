import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BOT_TOKEN_PREFIX, VARIABLES } from '../../src/config.ts';
import { PARTS } from '../../src/main/parts.ts';
import { complaintsAbout, complaintsAboutImage } from './check-compose.ts';
import { ownServices, readComposeFile, ROOT, type ComposeFile, type ComposeService } from './compose-file.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('docker-compose.yml', () => {
  it('follows the Compose Specification, the code, and the rules for an installation', () => {
    assert.deepEqual(complaintsAbout(readComposeFile()), []);
  });

  it('runs every part of the service', () => {
    const run = ownServices(readComposeFile()).map(([, { command }]) => command?.[0]);
    assert.deepEqual(run.sort(), Object.keys(PARTS).sort());
  });

  it('puts Temporal and the GCS emulator where the service looks for them', () => {
    const { services } = readComposeFile();
    const environment = services['worker']?.environment ?? {};
    assert.equal(
      services['temporal-ui']?.environment?.['TEMPORAL_DEFAULT_NAMESPACE'],
      environment['RETENTION_TEMPORAL_NAMESPACE'],
    );
    assert.equal(
      services['temporal-ui']?.environment?.['TEMPORAL_CORS_ORIGINS'],
      environment['RETENTION_TEMPORAL_UI'],
    );
    assert.ok(
      services['gcs']?.command?.includes(`-external-url=${environment['RETENTION_GCS_ENDPOINT'] ?? ''}`),
    );
    for (const store of ['RETENTION_ARCHIVE', 'RETENTION_LEDGER', 'RETENTION_AUDIT_ANCHOR']) {
      const bucket = new URL(environment[store] ?? '').host;
      assert.match(services['gcs-bucket']?.command?.join() ?? '', new RegExp(`"name":"${bucket}"`));
    }
  });
});

describe('the check of docker-compose.yml', () => {
  const breaks: [string, (services: Record<string, ComposeService>, file: ComposeFile) => void, RegExp][] = [
    ['a key that Compose does not know', ({ bot }) => Object.assign(bot!, { comand: [] }), /additional prop/],
    [
      'an image without a version',
      ({ temporal }) => (temporal!.image = 'temporalio/server:latest'),
      /pinned/,
    ],
    ['another version of this image', ({ bot }) => (bot!.image = 'telegram-retention:9.9.9'), /9\.9\.9/],
    ['a port for everybody', ({ sandbox }) => (sandbox!.ports = ['8090:8090']), /loopback alone/],
    ['a part that is not there', ({ bot }) => (bot!.command = ['robot']), /no part robot/],
    ['a variable nobody reads', ({ bot }) => (bot!.environment!['RETENTION_X'] = '1'), /no variable/],
    ['a secret in the file', ({ temporal }) => (temporal!.environment!['POSTGRES_PWD'] = 'x'), /a secret/],
    [
      'a password in an address',
      ({ bot }) => (bot!.environment!['RETENTION_DATABASE_URL'] = 'postgres://a:b@postgres:5432/c'),
      /holds a password/,
    ],
    ['a secret that is not given', ({ worker }) => (worker!.secrets = []), /read but not given/],
    ['a secret that is not defined', (_, { secrets }) => delete secrets['database-owner'], /not defined/],
    ['a secret that git takes', (_, { secrets }) => (secrets['database-owner']!.file = './x'), /git may/],
    ['a volume that is not defined', (_, { volumes }) => delete volumes['keys'], /volume keys/],
    ['keys that a new container loses', ({ worker }) => (worker!.volumes = []), /nothing is mounted/],
    ['a host that is not there', (services) => delete services['gcs'], /leads to gcs:4443/],
    [
      'waiting for the health of what ends',
      ({ worker }) => (worker!.depends_on!['migrate'] = { condition: 'service_healthy' }),
      /does not fit/,
    ],
    ['a service without a health check', ({ relay }) => delete relay!.healthcheck, /no health check/],
  ];
  for (const [what, change, complaint] of breaks)
    it(`finds ${what}`, () => {
      const file = structuredClone(readComposeFile());
      change(file.services, file);
      assert.match(complaintsAbout(file).join('\n'), complaint);
    });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');
  const ignore = read('.dockerignore');

  it('is built from what is there, pinned, and runs as nobody special', () => {
    assert.deepEqual(complaintsAboutImage(dockerfile, ignore), []);
  });

  it('is checked for paths that are gone or not sent, floating bases and root', () => {
    const broken = dockerfile
      .replace('COPY src ./src', 'COPY source ./src')
      .replace(/FROM .*/, 'FROM node:24-slim')
      .replace('USER node', '');
    assert.deepEqual(complaintsAboutImage(broken, ignore), [
      'node:24-slim is not a pinned Node 24',
      'no source here',
      'source is not sent to the build',
      'it runs as root',
    ]);
  });
});

describe('docs/configuration.md', () => {
  it('explains every variable and no other', () => {
    const rows = [...read('docs/configuration.md').matchAll(/^\| `(RETENTION_[A-Z_]+?)(<[A-Z]+>)?` +\|/gm)];
    const explained = rows.map(([, name]) => name);
    // Read apart from the others, by `npm start` alone.
    const local = ['RETENTION_TEMPORAL_CLI', 'RETENTION_CACHE', 'RETENTION_DATA'];
    assert.deepEqual(explained.sort(), [...VARIABLES, ...local, BOT_TOKEN_PREFIX].sort());
  });
});
