import type { InlineKeyboardMarkup, ReplyKeyboardMarkup } from '@grammyjs/types';
import { badRequest } from './refusal.ts';

/** Telegram's bound on what a button brings back. */
const LONGEST_DATA_BYTES = 64;

/** The inline keyboard among the possible markups, checked; undefined for the other kinds. */
export function inlineKeyboard(markup: unknown): InlineKeyboardMarkup | undefined {
  if (markup === undefined) return undefined;
  if (typeof markup !== 'object' || markup === null) throw badRequest('object expected as reply markup');
  if (!('inline_keyboard' in markup)) return undefined;
  const keyboard = markup as InlineKeyboardMarkup;
  if (!Array.isArray(keyboard.inline_keyboard)) {
    throw badRequest('field "inline_keyboard" must be of type Array');
  }
  const rows = keyboard.inline_keyboard.filter((row) => row.length > 0);
  for (const button of rows.flat()) checkButton(button);
  return { inline_keyboard: rows };
}

function checkButton(button: InlineKeyboardMarkup['inline_keyboard'][number][number]): void {
  if (typeof button.text !== 'string' || button.text === '') {
    throw badRequest('can\'t parse inline keyboard button: field "text" must be of type String');
  }
  const effects = Object.keys(button).filter(
    (key) => !['text', 'style', 'icon_custom_emoji_id'].includes(key),
  );
  if (effects.length === 0) {
    throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
  }
  if ('callback_data' in button) {
    const bytes = Buffer.byteLength(button.callback_data);
    if (bytes === 0 || bytes > LONGEST_DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID');
  }
  if ('url' in button && !URL.canParse(button.url)) throw badRequest('BUTTON_URL_INVALID');
}

/** The keyboard that replaces the customer's own, if the markup is one. */
export function replyKeyboard(markup: unknown): ReplyKeyboardMarkup | undefined {
  return typeof markup === 'object' && markup !== null && 'keyboard' in markup
    ? (markup as ReplyKeyboardMarkup)
    : undefined;
}
