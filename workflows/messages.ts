import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ErasureStep } from '../src/domain/erasure-steps.ts';
import type { LifeEvent } from '../src/domain/events.ts';
import type { NextStep } from '../src/domain/next-step.ts';

/**
 * Every signal and query of this service. Payloads arrive from buttons, the console, the command line
 * and by hand from the Temporal UI, so a handler takes `unknown` and reads it itself.
 */

/** Tells that a session's rows changed: the workflow reads them again. */
export const news: Record<Exclude<LifeEvent, 'decided'>, ReturnType<typeof defineSignal<[unknown]>>> = {
  opened: defineSignal<[unknown]>('opened'),
  closed: defineSignal<[unknown]>('closed'),
  reopened: defineSignal<[unknown]>('reopened'),
  tagged: defineSignal<[unknown]>('tagged'),
  held: defineSignal<[unknown]>('held'),
  released: defineSignal<[unknown]>('released'),
  imported: defineSignal<[unknown]>('imported'),
  redated: defineSignal<[unknown]>('redated'),
  erased: defineSignal<[unknown]>('erased'),
};

/**
 * A supervisor's decision on a review: `{"decision": "approve", "by": "name"}`. Decisions are `approve`,
 * `extend` (with `until`), `relabel` (with `tag`) and `hold`.
 */
export const decideReview = defineSignal<[unknown]>('decideReview');

/** Wakes a workflow, which then reads its rows again. For operators, and for the watchdog. */
export const nudge = defineSignal<[unknown]>('nudge');

/** Tells an erasure's workflow that its rows changed: a second request joined it, it was confirmed or taken back. */
export const erasureNews = defineSignal<[unknown]>('changed');

/** Tells an export's workflow that its rows changed: it was cancelled, or removed before its time. */
export const exportNews = defineSignal<[unknown]>('export-changed');

/** What an erasure does next, and when. */
export const whatNextOfErasure = defineQuery<ErasureStep>('whatNext');

/** Where the session stands, what happens next and when. */
export const whatNext = defineQuery<NextStep>('whatNext');
