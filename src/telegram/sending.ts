import type { Api } from 'grammy';
import type { DeskDeps } from './deps.ts';

/** What sends deliveries works with. */
export interface SenderDeps extends DeskDeps {
  readonly api: Api;
  /** Resolves when something new may be there to send, or when the signal ends it. */
  readonly news: (signal: AbortSignal) => Promise<void>;
}

/** How one delivery ended: sent, or the reason why it never will be. */
export type SendOutcome =
  'sent' | 'gone' | 'blocked' | 'unsubscribed' | 'refused' | 'no_topic' | 'unknown_kind';
