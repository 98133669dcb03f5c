import type { Api } from 'grammy';
import type { DeskDeps } from './deps.ts';
import type { TopicQueue } from './topic-queue.ts';

/** What sends deliveries works with. */
export interface SenderDeps extends DeskDeps {
  readonly api: Api;
  /** Resolves when something new may be there to send, or when the signal ends it. */
  readonly news: (signal: AbortSignal) => Promise<void>;
  /** Makes topics one after the other. */
  readonly topicQueue: TopicQueue;
}

/** How one delivery ended: sent, or the reason why it never will be. */
export type SendOutcome =
  'sent' | 'gone' | 'blocked' | 'unsubscribed' | 'refused' | 'no_topic' | 'untranslated' | 'unknown_kind';

/** A delivery that is kept for later, such as for the end of the quiet hours. */
export interface Wait {
  readonly until: Date;
}
