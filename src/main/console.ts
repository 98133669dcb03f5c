import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { createAccountActs } from '../acts/accounts.ts';
import type { Config } from '../config.ts';
import { createConsole } from '../console/app.ts';
import { trustedProxies } from '../console/client-address.ts';
import type { Sealer } from '../console/sign-in/authenticator.ts';
import { createSignInLimits } from '../console/sign-in/limits.ts';
import { createProvider } from '../console/sign-in/provider.ts';
import { AppError } from '../domain/errors.ts';
import { readOrMakeSecretFile } from '../vault/secret-file.ts';
import { openApi } from './api.ts';
import { openContent } from './console-content.ts';
import { openInstallation } from './console-installation.ts';
import { countingSearches, metricsOf } from './metrics.ts';
import type { Services } from './services.ts';
import { erasureWorkflowUrl, workflowUrl } from './workflow-url.ts';

/** The console as browsers see it. */
export function consoleUrl({ console: { url, port } }: Pick<Config, 'console'>): string {
  return url ?? `http://127.0.0.1:${port}`;
}

/** The web console over the services of this process. */
export async function openConsole(services: Services): Promise<Hono> {
  const { config, db, log } = services;
  const acts = countingSearches(services.acts, metricsOf(services).onSearch);
  const url = consoleUrl(config);
  const { provider, passwords } = config.console;
  const key = await consoleKey(config.secretsDir);
  return createConsole({
    db,
    acts,
    accounts: createAccountActs({ db }),
    clock: () => new Date(),
    log,
    url,
    provider: provider && createProvider({ ...provider, url }),
    passwords,
    limits: createSignInLimits({ db, key: derived(key, 'limits') }),
    isTrustedProxy: trustedProxies(config.console.trustedProxies),
    sealer: createSealer(derived(key, 'authenticators')),
    content: openContent({ ...services, exportTo: config.exportTo }),
    installation: openInstallation(services),
    workflowUrl: (sessionId) => workflowUrl(config.temporal, sessionId),
    erasureWorkflowUrl: (erasureId) => erasureWorkflowUrl(config.temporal, erasureId),
    mountApi: (app) => void app.route('/api/v1', openApi({ ...services, acts })),
  });
}

/** One key for what the console seals and hashes; a file of its own, like every key of the installation. */
async function consoleKey(secretsDir: string): Promise<Buffer> {
  const path = join(secretsDir, 'console-key');
  const text = (await readOrMakeSecretFile(path, () => randomBytes(32).toString('hex'))).toString().trim();
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new AppError('config_invalid', `${path} is not the key of the console. Restore it from its backup.`);
}

function derived(key: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `retention console ${use}`, 32));
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals with AES-256-GCM: nonce 12 | ciphertext | tag 16, the account's id authenticated beside it. */
export function createSealer(key: Buffer): Sealer {
  const about = (accountId: string) => createHash('sha256').update(`account:${accountId}`).digest();
  return {
    seal(accountId, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(about(accountId));
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(accountId, sealed) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(about(accountId)).setAuthTag(sealed.subarray(-TAG_BYTES));
        const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new AppError(
          'sealed_text_damaged',
          `The authenticator of account ${accountId} does not open: console-key is another one. Restore it, or reset the account.`,
          { cause },
        );
      }
    },
  };
}
