import { botMethods } from './bot.ts';
import { changingMethods } from './changing.ts';
import { chatMethods } from './chats.ts';
import { kindMethods } from './kinds.ts';
import type { Call } from './method.ts';
import { sendingMethods } from './sending.ts';
import { topicMethods } from './topics.ts';
import { updateMethods } from './updates.ts';

type AnyMethod = (call: Call, given: Record<string, unknown>) => unknown;

/** Every method of the Bot API that the sandbox plays, by its name in lower case: Telegram ignores case. */
export const METHODS: ReadonlyMap<string, AnyMethod> = new Map(
  [
    botMethods,
    updateMethods,
    sendingMethods,
    kindMethods,
    changingMethods,
    topicMethods,
    chatMethods,
  ].flatMap((methods) =>
    Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method as AnyMethod] as const),
  ),
);
