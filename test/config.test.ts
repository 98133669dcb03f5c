import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readConfig } from '../src/config.ts';

const ENOUGH = {
  RETENTION_DATABASE_URL: 'postgres://retention_service@db/retention',
  RETENTION_KEYS_DATABASE_URL: 'postgres://retention_service:own@db/retention_keys',
  RETENTION_SECRETS: '/keys',
  RETENTION_ARCHIVE: 'gs://archive',
};

describe('the configuration', () => {
  let directory: string;
  before(() => (directory = mkdtempSync(join(tmpdir(), 'retention-config-'))));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('needs two databases, keys and an archive, and has a default for the rest', () => {
    const config = readConfig(ENOUGH);
    assert.equal(config.databaseUrl, ENOUGH.RETENTION_DATABASE_URL);
    assert.deepEqual(config.temporal, { address: '127.0.0.1:7233', namespace: 'default', ui: undefined });
    assert.deepEqual([config.sandbox.host, config.codec.host], ['127.0.0.1', '127.0.0.1']);
    assert.deepEqual(config.bots, {});
  });

  it('puts a password into the addresses that have none', () => {
    const config = readConfig({ ...ENOUGH, RETENTION_DATABASE_PASSWORD: 'p@ss/word' });
    assert.equal(config.databaseUrl, 'postgres://retention_service:p%40ss%2Fword@db/retention');
    assert.equal(config.keysDatabaseUrl, ENOUGH.RETENTION_KEYS_DATABASE_URL);
  });

  it('reads any variable from a file that RETENTION_…_FILE names', () => {
    const file = join(directory, 'value');
    writeFileSync(file, ' 7:token \n');
    const config = readConfig({
      ...ENOUGH,
      RETENTION_DATABASE_PASSWORD_FILE: file,
      RETENTION_BOT_TOKEN_MY_SHOP_FILE: file,
    });
    assert.equal(new URL(config.databaseUrl).password, '7%3Atoken');
    assert.deepEqual(config.bots, { 'my-shop': { token: '7:token', apiRoot: 'https://api.telegram.org' } });
  });

  it('takes a variable that is set to nothing as not set', () => {
    assert.equal(readConfig({ ...ENOUGH, RETENTION_GCS_ENDPOINT: '' }).gcsEndpoint, undefined);
  });

  const faults: [string, NodeJS.ProcessEnv, RegExp][] = [
    [
      'a missing variable',
      { RETENTION_ARCHIVE: '' },
      /RETENTION_ARCHIVE is not set: expected gs:.* or file:/,
    ],
    [
      'an address of another kind',
      { RETENTION_DATABASE_URL: 'mysql://db' },
      /RETENTION_DATABASE_URL is not usable: expected an address such as postgres:/,
    ],
    ['no port', { RETENTION_SANDBOX_PORT: '99999' }, /RETENTION_SANDBOX_PORT .*: expected a port from 0 to/],
    ['no log level', { RETENTION_LOG_LEVEL: 'loud' }, /RETENTION_LOG_LEVEL .*: expected one of fatal, error/],
    [
      'no address',
      { RETENTION_SANDBOX_API: 'sandbox' },
      /RETENTION_SANDBOX_API .*: expected an address such/,
    ],
    [
      'a file that is not there',
      { RETENTION_DATABASE_PASSWORD_FILE: '/nowhere' },
      /RETENTION_DATABASE_PASSWORD_FILE .*: expected a file that this process may read at \/nowhere \(ENOENT\)/,
    ],
    [
      'a variable and its file at once',
      { RETENTION_SECRETS_FILE: '/nowhere' },
      /Both RETENTION_SECRETS and RETENTION_SECRETS_FILE are set\. Take one of them away/,
    ],
  ];
  for (const [what, change, message] of faults)
    it(`names the variable, what was expected, and what to do: ${what}`, () => {
      assert.throws(() => readConfig({ ...ENOUGH, ...change }), { code: 'config_invalid', message });
    });

  it('never shows a value that may be secret', () => {
    const url = 'postgre://role:hidden@db/x';
    assert.throws(
      () => readConfig({ ...ENOUGH, RETENTION_DATABASE_URL: url }),
      (error: Error) => !error.message.includes('hidden'),
    );
  });
});
