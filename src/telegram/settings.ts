import { Composer, InlineKeyboard, type Context } from 'grammy';
import { findStaff } from '../db/staff.ts';
import { factsByTelegramId, type SubjectFacts } from '../db/subjects.ts';
import { isJurisdiction, JURISDICTION_IDS } from '../domain/jurisdictions.ts';
import { customerOf, speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';

/** What a customer sets for themselves: where they live, and whether to be kept longer. */
export function createSettingsDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const chat = composer.chatType('private');
  chat.command('settings', (context) => open(deps, context));
  chat.callbackQuery('s:menu', (context) => showMenu(deps, context));
  chat.callbackQuery('s:places', async (context) => {
    const { speech } = await customerOf(deps, context);
    await show(context, speech.say('where-from'), places(speech, 'button-back', 's:menu'));
  });
  chat.callbackQuery(/^s:place:([A-Z-]+)$/, (context) => choosePlace(deps, context, context.match[1] ?? ''));
  chat.callbackQuery('s:skip', async (context) => {
    const { speech } = await customerOf(deps, context);
    await show(context, speech.say('place-skipped'));
  });
  chat.callbackQuery('s:longer', async (context) => {
    const { speech } = await customerOf(deps, context);
    await show(context, speech.say('ask-longer'), confirmLonger(speech));
  });
  chat.callbackQuery(/^s:longer:(yes|no)$/, (context) =>
    setLonger(deps, context, context.match[1] === 'yes'),
  );
  return composer;
}

/**
 * Asks a customer where they live, unless a person has said so already. Nothing waits for the answer:
 * what they write meanwhile is taken as ever.
 */
export async function offerPlaces(deps: DeskDeps, context: Context): Promise<void> {
  const facts = await factsOf(deps, context);
  if (facts?.jurisdictionOrigin === 'customer' || facts?.jurisdictionOrigin === 'staff') return;
  const { speech } = await customerOf(deps, context);
  await context.reply(speech.say('where-from'), { reply_markup: places(speech, 'button-skip', 's:skip') });
}

async function open(deps: DeskDeps, context: Context) {
  if (await findStaff(deps.db, deps.project.id, context.from?.id ?? 0)) {
    await context.reply(speechToStaff(deps).say('staff-welcome', { project: deps.project.name }));
    return;
  }
  const { speech } = await customerOf(deps, context);
  const { text, keyboard } = menu(deps, speech, await factsOf(deps, context));
  await context.reply(text, { reply_markup: keyboard });
}

async function showMenu(deps: DeskDeps, context: Context, isNoted = false) {
  const { speech } = await customerOf(deps, context);
  const { text, keyboard } = menu(deps, speech, await factsOf(deps, context));
  await show(context, text, keyboard, isNoted ? speech.say('alert-noted') : undefined);
}

function menu(deps: DeskDeps, speech: Speech, facts: SubjectFacts | undefined) {
  const { say, day } = speech;
  const longer = facts?.authorizedAt ?? null;
  const kept = longer ? say('settings-kept-longer', { date: day(longer) }) : say('settings-kept-usual');
  return {
    text: say('settings', { project: deps.project.name, place: placeWords(speech, facts), kept }),
    keyboard: new InlineKeyboard()
      .text(say('button-where-i-live'), 's:places')
      .row()
      .text(say(longer ? 'button-usual-time' : 'button-keep-longer'), longer ? 's:longer:no' : 's:longer'),
  };
}

function placeWords({ say, place }: Speech, facts: SubjectFacts | undefined): string {
  if (!facts) return say('place-not-known');
  const { jurisdiction, jurisdictionOrigin, defaultJurisdiction } = facts;
  if (!jurisdiction || !jurisdictionOrigin)
    return say('place-default', { place: place(defaultJurisdiction) });
  return say('you-live-here', {
    place: place(jurisdiction),
    origin: say(`origin-${jurisdictionOrigin}`),
  });
}

async function choosePlace(deps: DeskDeps, context: Context, id: string) {
  // A button of an older version may name what this one does not know.
  if (isJurisdiction(id))
    await deps.acts.chooseJurisdiction({ ...customer(deps, context), jurisdiction: id });
  await showMenu(deps, context, true);
}

async function setLonger(deps: DeskDeps, context: Context, granted: boolean) {
  await deps.acts.authorizeLonger({ ...customer(deps, context), granted });
  await showMenu(deps, context, true);
}

function places(
  { say, place, language }: Speech,
  leave: 'button-back' | 'button-skip',
  data: string,
): InlineKeyboard {
  const keyboard = new InlineKeyboard();
  JURISDICTION_IDS.forEach((id, at) => {
    if (at % 2 === 0) keyboard.row();
    keyboard.text(capitalized(place(id), language), `s:place:${id}`);
  });
  return keyboard.row().text(say(leave), data);
}

function confirmLonger({ say }: Speech): InlineKeyboard {
  return new InlineKeyboard()
    .text(say('button-yes-longer'), 's:longer:yes')
    .text(say('button-back'), 's:menu');
}

function capitalized(name: string, language: string): string {
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

async function show(context: Context, text: string, keyboard?: InlineKeyboard, said?: string) {
  await context.answerCallbackQuery(said ? { text: said } : {});
  await context.editMessageText(text, keyboard ? { reply_markup: keyboard } : {});
}

function customer(deps: DeskDeps, context: Context) {
  const { from } = context;
  return {
    projectId: deps.project.id,
    telegramUserId: from?.id ?? 0,
    ...(from?.language_code && { language: from.language_code }),
    now: deps.clock(),
  };
}

function factsOf(deps: DeskDeps, context: Context): Promise<SubjectFacts | undefined> {
  return factsByTelegramId(deps.db, deps.project.id, context.from?.id ?? 0);
}
