import type { ApiMethods, Opts } from '@grammyjs/types';
import type { Hub } from '../hub.ts';
import type { Desk } from '../messages.ts';
import type { BotRecord, Upload } from '../records.ts';
import type { Updates } from '../updates.ts';

/** Who calls, and what the call may use. */
export interface Call {
  hub: Hub;
  updates: Updates;
  desk: Desk;
  bot: BotRecord;
  /** Ends when the caller hangs up. */
  signal?: AbortSignal;
}

export type Method = keyof ApiMethods<Upload>;
/** The arguments as they may really arrive: any of them may be missing. */
export type Given<M extends Method> = Partial<Opts<Upload>[M]>;
export type Result<M extends Method> = ReturnType<ApiMethods<Upload>[M]>;

/** Methods by their name in the Bot API, so that the compiler holds arguments and results to it. */
export type Methods = {
  [M in Method]?: (call: Call, given: Given<M>) => Result<M> | Promise<Result<M>>;
};
