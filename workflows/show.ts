import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { NextStep } from '../src/domain/next-step.ts';
import { describe } from '../src/domain/next-step-words.ts';

const phase = defineSearchAttributeKey('Phase', 'KEYWORD');
const dueAt = defineSearchAttributeKey('DueAt', 'DATETIME');
const held = defineSearchAttributeKey('Held', 'BOOL');

/** What an operator can search a session by, as its next step has it. */
export function attributesOf(next: NextStep): SearchAttributePair[] {
  return [
    { key: phase, value: next.phase },
    { key: held, value: next.held },
    ...(next.at ? [{ key: dueAt, value: new Date(next.at) }] : []),
  ];
}

/** Shows operators, in words, where a session stands and what happens next and when. */
export function show(next: NextStep, trouble?: string): void {
  const known = workflowInfo().typedSearchAttributes;
  const changed =
    known.get(phase) !== next.phase ||
    known.get(held) !== next.held ||
    (known.get(dueAt)?.getTime() ?? 0) !== (next.at ?? 0);
  // What is done at once is not worth an event that says it is due.
  if (changed && next.at !== 0)
    upsertSearchAttributes([
      ...attributesOf(next),
      ...(next.at === null ? [{ key: dueAt, value: null }] : []),
    ]);
  setCurrentDetails(trouble ? `${describe(next)}\n\n**Stuck:** ${trouble}` : describe(next));
}
