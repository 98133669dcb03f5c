import type { Hono } from 'hono';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { AccountActs } from '../acts/accounts.ts';
import type { Acts } from '../acts/acts.ts';
import type { Tables } from '../db/tables.ts';
import type { IsTrusted } from './client-address.ts';
import type { ConsoleContent } from './content.ts';
import type { ConsoleInstallation } from './installation.ts';
import type { Provider } from './sign-in/provider.ts';
import type { Sealer } from './sign-in/authenticator.ts';
import type { SignInLimits } from './sign-in/limits.ts';

/** What the pages of the console work with. */
export interface ConsoleDeps {
  readonly db: Kysely<Tables>;
  readonly acts: Acts;
  readonly accounts: AccountActs;
  readonly clock: () => Date;
  readonly log: Logger;
  /** The console as browsers see it, such as `https://console.example.com`; no path. */
  readonly url: string;
  /** Who says who people are; absent where passwords do. */
  readonly provider: Provider | undefined;
  /** Whether people sign in with a password and a code of their authenticator. */
  readonly passwords: boolean;
  readonly limits: SignInLimits;
  /** Whose word counts on where a request comes from; nobody's where left out. */
  readonly isTrustedProxy?: IsTrusted;
  /** Seals the secrets of authenticators with a key of the installation. */
  readonly sealer: Sealer;
  /** Opens what is sealed: archives, files, names, exports. */
  readonly content: ConsoleContent;
  /** The installation itself: its proof, its files, and what it depends on. */
  readonly installation: ConsoleInstallation;
  /** Where the Temporal UI shows a session's workflow; `null` where there is no UI. */
  readonly workflowUrl: (sessionId: string) => string | null;
  /** The same for an erasure's. */
  readonly erasureWorkflowUrl: (erasureId: string) => string | null;
  /** Puts the JSON API beside the pages. */
  readonly mountApi?: (app: Hono) => void;
}
