import { createHash } from 'node:crypto';
import { InlineKeyboard } from 'grammy';
import { usedTags } from '../db/desk.ts';
import type { Life } from '../db/life.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';

/** A keyboard that nobody scrolls through. */
const MOST = 16;
const PER_ROW = 2;

/** What every team can make use of, whatever its rules say. */
const COMMON = ['complaint', 'refund', 'transaction', 'sensitive', 'spam'] as const;

/** The tags to choose from: those it has, those that rules name, those the team uses, and some of ours. */
export async function tagChoices({ db }: Pick<DeskDeps, 'db'>, life: Life): Promise<string[]> {
  const ofRules = [
    ...life.policy.rules.flatMap(({ when }) => when.tag ?? []),
    ...life.policy.tagging.map(({ tag }) => tag),
  ];
  const used = await usedTags(db, life.projectId, MOST);
  return [...new Set([...life.tags, ...ofRules, ...used, ...COMMON])].slice(0, MOST);
}

/** The choices as buttons; those the session has are ticked, and pressing takes them off. */
export function tagKeyboard({ say }: Speech, life: Life, choices: readonly string[]): InlineKeyboard {
  const keyboard = new InlineKeyboard();
  for (const [at, tag] of choices.entries()) {
    const label = life.tags.includes(tag) ? `✓ ${tag}` : tag;
    keyboard.text(label, `c:tag:${life.sessionId}:${tagKey(tag)}`);
    if (at % PER_ROW === PER_ROW - 1) keyboard.row();
  }
  return keyboard.row().text(say('button-back'), `c:back:${life.sessionId}`);
}

/** A tag in a button: of 64 bytes, the session's id leaves too few for the longest one. */
export function tagKey(tag: string): string {
  return createHash('sha256').update(tag).digest('hex').slice(0, 8);
}
