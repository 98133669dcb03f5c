import * as oidc from 'openid-client';
import { AppError } from '../../domain/errors.ts';

/** What a provider said of somebody. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly telegramUserId: number | undefined;
  /** When they signed in there; not every provider says. */
  readonly authenticatedAt: Date | undefined;
}

/** What has to be known again when the person comes back. */
export interface Errand {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** An OpenID Connect provider: the team's own, or Telegram. */
export interface Provider {
  /** As the button names it. */
  readonly name: string;
  /** Where to send the browser; with `fresh`, the person signs in there anew. */
  begin(options: { readonly fresh: boolean }): Promise<{ url: string; errand: Errand }>;
  /**
   * Exchanges the code that the browser brought back, and checks all that came with it.
   *
   * @throws AppError `not_allowed` when it does not fit
   */
  finish(query: URLSearchParams, errand: Errand, options: { readonly fresh: boolean }): Promise<Identity>;
}

export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly name: string;
  /** The claim that holds a person's Telegram id, where the provider is trusted to say it. */
  readonly telegramClaim: string | undefined;
  /** The console as browsers see it. */
  readonly url: string;
}

/** What a provider's answer may be late, or its clock wrong. */
const FRESH_SECONDS = 120;

/** Nothing is asked of the provider before somebody signs in, so the console starts without it. */
export function createProvider(settings: ProviderSettings): Provider {
  const redirectUri = new URL('/sign-in/callback', settings.url).href;
  let found: Promise<oidc.Configuration> | undefined;
  const configuration = () => {
    found ??= discover(settings).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  return {
    name: settings.name,
    async begin({ fresh }) {
      const errand = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        codeVerifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        // Telegram gives the id together with the profile, of which nothing else is read.
        scope: settings.telegramClaim === undefined ? 'openid' : 'openid profile',
        state: errand.state,
        nonce: errand.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(errand.codeVerifier),
        code_challenge_method: 'S256',
        ...(fresh && { max_age: '0', prompt: 'login' }),
      });
      return { url: url.href, errand };
    },
    async finish(query, errand, { fresh }) {
      const back = new URL(redirectUri);
      back.search = query.toString();
      const claims = await exchange(await configuration(), back, errand, fresh);
      return identityOf(claims, settings.telegramClaim);
    },
  };
}

async function discover({ issuer, clientId, clientSecret }: ProviderSettings): Promise<oidc.Configuration> {
  // Plain http is for a provider on the same machine; src/config.ts takes no other.
  const plain = new URL(issuer).protocol === 'http:';
  try {
    return await oidc.discovery(
      new URL(issuer),
      clientId,
      clientSecret,
      clientSecret ? undefined : oidc.None(),
      plain ? { execute: [oidc.allowInsecureRequests] } : undefined,
    );
  } catch (cause) {
    throw new AppError(
      'not_running',
      'The provider of sign-ins cannot be reached. Try again in a moment; if it stays, check RETENTION_CONSOLE_OIDC_ISSUER.',
      { cause },
    );
  }
}

async function exchange(
  configuration: oidc.Configuration,
  back: URL,
  errand: Errand,
  fresh: boolean,
): Promise<oidc.IDToken> {
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, back, {
      expectedState: errand.state,
      expectedNonce: errand.nonce,
      pkceCodeVerifier: errand.codeVerifier,
      idTokenExpected: true,
      ...(fresh && { maxAge: FRESH_SECONDS }),
    });
    const claims = tokens.claims();
    if (claims) return claims;
  } catch (cause) {
    throw refused(cause);
  }
  throw refused();
}

function refused(cause?: unknown): AppError {
  return new AppError(
    'not_allowed',
    'The provider did not confirm this sign-in, or confirmed another one. Begin again.',
    { cause },
  );
}

function identityOf(claims: oidc.IDToken, telegramClaim: string | undefined): Identity {
  const id = telegramClaim === undefined ? NaN : Number(claims[telegramClaim]);
  return {
    issuer: claims.iss,
    subject: claims.sub,
    telegramUserId: Number.isSafeInteger(id) && id > 0 ? id : undefined,
    authenticatedAt: claims.auth_time === undefined ? undefined : new Date(claims.auth_time * 1000),
  };
}
