import { InlineKeyboard } from 'grammy';
import type { Card } from './review-card.ts';
import type { Speech } from './texts.ts';
import { isPlainTextId, isTextId, type TextId } from './texts/list.ts';

/**
 * Calls for people, and the all-clear once it is over. The key carries what it is about: `overdue:KIND:COUNT`,
 * `store-away:MINUTES`, `archive-damaged:COUNT`, `objects-missing:COUNT`, `audit-KIND`, `updates-gap:FROM/UNTIL`, `cleared:KIND`.
 *
 * @returns undefined for a key that is no alarm
 */
export function alarmCard(speech: Speech, key: string, project: string): Card | undefined {
  if (key === 'deletions-paused-restored')
    return {
      text: speech.say(key, { project }),
      keyboard: new InlineKeyboard().text(speech.say('button-resume-deletions'), 'b:resume'),
    };
  const text = alarmText(speech, key, project);
  return text === undefined ? undefined : { text, keyboard: undefined };
}

type OverdueId = Extract<TextId, `overdue-${string}`>;
type ClearedId = Extract<TextId, `cleared-${string}`>;

function alarmText(speech: Speech, key: string, project: string): string | undefined {
  const { say } = speech;
  if (key.startsWith('audit-') && isPlainTextId(key)) return say(key);
  const [, kind = '', count = ''] = /^overdue:([a-z]+):(\d+)$/.exec(key) ?? [];
  const overdue = `overdue-${kind}`;
  if (isTextId(overdue))
    return say('overdue', { project, what: say(overdue as OverdueId, { count: Number(count) }) });
  const [, minutes] = /^store-away:(\d+)$/.exec(key) ?? [];
  if (minutes) return say('store-away', { project, minutes: Number(minutes) });
  const [, objects, found] = /^(archive-damaged|objects-missing):(\d+)$/.exec(key) ?? [];
  if (objects)
    return say(objects as 'archive-damaged' | 'objects-missing', { project, count: Number(found) });
  const [, from, until] = /^updates-gap:(\S+)\/(\S+)$/.exec(key) ?? [];
  if (from && until) return say('updates-gap', { project, from: shown(from), until: shown(until) });
  return clearedText(speech, key, project);
}

function clearedText({ say }: Speech, key: string, project: string): string | undefined {
  const [, over = ''] = /^cleared:(.+)$/.exec(key) ?? [];
  const cleared = `cleared-${over}`;
  if (isTextId(cleared)) return say(cleared as ClearedId, { project });
  const [, number] = /^erasure:(\S+)$/.exec(over) ?? [];
  return number && say('erasure-no-longer-late', { project, number });
}

function shown(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
