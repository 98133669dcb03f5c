import { ALARM_TEXTS } from './list-alarms.ts';
import { CHATS_TEXTS } from './list-chats.ts';
import { CUSTOMER_TEXTS } from './list-customer.ts';
import { DATA_TEXTS } from './list-data.ts';
import { DECISION_TEXTS } from './list-decision.ts';
import { DESK_TEXTS } from './list-desk.ts';
import { PAGE_TEXTS } from './list-pages.ts';
import { REFUSAL_TEXTS } from './list-refusals.ts';
import { REVIEW_TEXTS } from './list-reviews.ts';
import { STAFF_TEXTS } from './list-staff.ts';

/**
 * Every text of the bot by its id, with what is filled in: `text` as it is, and `count` as a number, which
 * the language writes and inflects. What an id begins with says where it is shown and how long it may be:
 * `button-`, `alert-`, `refused-`, `command-`, `topic-`.
 */
export const TEXTS = {
  ...ALARM_TEXTS,
  ...CHATS_TEXTS,
  ...CUSTOMER_TEXTS,
  ...DATA_TEXTS,
  ...DECISION_TEXTS,
  ...DESK_TEXTS,
  ...PAGE_TEXTS,
  ...REFUSAL_TEXTS,
  ...REVIEW_TEXTS,
  ...STAFF_TEXTS,
} satisfies TextList;

export type TextId = keyof typeof TEXTS;

type TextList = Readonly<Record<string, Readonly<Record<string, 'text' | 'count'>>>>;

type NamesOf<Id extends TextId> = Id extends TextId ? keyof (typeof TEXTS)[Id] : never;
type KindOf<Id extends TextId, Name> = Id extends TextId
  ? Name extends keyof (typeof TEXTS)[Id]
    ? (typeof TEXTS)[Id][Name]
    : never
  : never;

/** What a text is filled in with; one of several texts, with what any of them needs. */
export type Said<Id extends TextId> = {
  readonly [Name in NamesOf<Id>]: KindOf<Id, Name> extends 'count' ? number : string;
};

/** Texts that nothing is filled in to. */
export type PlainTextId = { [Id in TextId]: NamesOf<Id> extends never ? Id : never }[TextId];

export function isTextId(id: string): id is TextId {
  return Object.hasOwn(TEXTS, id);
}

/** Whether an id that was put together at run time is that of a text that nothing is filled in to. */
export function isPlainTextId(id: string): id is PlainTextId {
  return isTextId(id) && Object.keys(TEXTS[id]).length === 0;
}

/** What is filled in to a text, by name. */
export function argumentsOf(id: TextId): Readonly<Record<string, 'text' | 'count'>> {
  return TEXTS[id];
}
