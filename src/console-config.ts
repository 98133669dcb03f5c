import { AppError } from './domain/errors.ts';
import type { Settings } from './settings.ts';

/** The console as the environment sets it. */
export interface ConsoleConfig {
  readonly host: string;
  readonly port: number;
  /** As browsers see it; the address it listens on where left out. */
  readonly url: string | undefined;
  readonly provider:
    | {
        readonly issuer: string;
        readonly clientId: string;
        readonly clientSecret: string | undefined;
        readonly name: string;
        /** The claim that holds a person's Telegram id. */
        readonly telegramClaim: string | undefined;
      }
    | undefined;
  /** Whether people sign in with passwords: where there is no provider, or where it is asked for. */
  readonly passwords: boolean;
  /** Proxies whose word counts on where a request comes from. */
  readonly trustedProxies: readonly string[];
}

/** Where Telegram signs people in: its identities carry the id by which projects know their staff. */
const TELEGRAM_ISSUER = 'https://oauth.telegram.org';

/** @throws AppError `config_invalid` for half a provider */
export function consoleOf(values: Settings): ConsoleConfig {
  const issuer = values.RETENTION_CONSOLE_OIDC_ISSUER;
  const clientId = values.RETENTION_CONSOLE_OIDC_CLIENT_ID;
  if ((issuer === undefined) !== (clientId === undefined))
    throw new AppError(
      'config_invalid',
      'Set both RETENTION_CONSOLE_OIDC_ISSUER and RETENTION_CONSOLE_OIDC_CLIENT_ID, or neither. See docs/configuration.md.',
    );
  const provider =
    issuer !== undefined && clientId !== undefined
      ? {
          issuer,
          clientId,
          clientSecret: values.RETENTION_CONSOLE_OIDC_CLIENT_SECRET,
          name: values.RETENTION_CONSOLE_OIDC_NAME ?? new URL(issuer).hostname,
          telegramClaim:
            values.RETENTION_CONSOLE_OIDC_TELEGRAM_CLAIM ?? (issuer === TELEGRAM_ISSUER ? 'id' : undefined),
        }
      : undefined;
  return {
    host: values.RETENTION_CONSOLE_HOST,
    port: values.RETENTION_CONSOLE_PORT,
    url: values.RETENTION_CONSOLE_URL && new URL(values.RETENTION_CONSOLE_URL).origin,
    provider,
    trustedProxies: values.RETENTION_TRUSTED_PROXIES,
    passwords: values.RETENTION_CONSOLE_PASSWORDS ? values.RETENTION_CONSOLE_PASSWORDS === 'on' : !provider,
  };
}
