import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';
import { freePort } from '../../src/embedded/ports.ts';

/** Who is at the provider's keyboard, and what it says of them. */
export interface AtProvider {
  subject: string;
  telegramId?: number;
}

/** A real OpenID Connect provider that signs in whoever the test says, without asking. */
export interface ProviderStage {
  readonly issuer: string;
  readonly who: AtProvider;
  /** Goes from the console's redirection through the provider; returns where it sends the browser back to. */
  visit(authorizationUrl: string): Promise<URL>;
  close(): Promise<void>;
}

export const CLIENT = { clientId: 'console', clientSecret: 'only-for-tests' } as const;

/** @param options.authTime whether it says when somebody signed in without being asked */
export async function startProvider(redirectUri: string, { authTime = true } = {}): Promise<ProviderStage> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const who: AtProvider = { subject: 'nobody' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [redirectUri],
        require_auth_time: authTime,
      },
    ],
    cookies: { keys: ['only-for-tests'] },
    claims: { openid: ['sub', 'telegram_id'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...(who.telegramId !== undefined && { telegram_id: who.telegramId }) }),
    }),
  });
  const handle = provider.callback();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/')) void answer(provider, who, request, response);
    else void handle(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    issuer,
    who,
    visit: (authorizationUrl) => follow(authorizationUrl, issuer),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  provider: Provider,
  who: AtProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: who.subject } });
    return;
  }
  const grant = new provider.Grant({
    accountId: session?.accountId ?? who.subject,
    clientId: String(params['client_id']),
  });
  grant.addOIDCScope(String(params['scope']));
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, { consent: { grantId } });
}

async function follow(start: string, issuer: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  while (url.origin === issuer) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (!location) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
  }
  return url;
}
