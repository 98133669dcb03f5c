import { Composer, InlineKeyboard, type Context } from 'grammy';
import { findStaff } from '../db/staff.ts';
import { factsByTelegramId, type SubjectFacts } from '../db/subjects.ts';
import { isJurisdiction, JURISDICTIONS, type Jurisdiction } from '../domain/jurisdictions.ts';
import type { DeskDeps } from './deps.ts';
import { SETTINGS_TEXTS, TEXTS } from './texts.ts';

/** What a customer sets for themselves: where they live, and whether to be kept longer. */
export function createSettingsDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const chat = composer.chatType('private');
  chat.command('settings', (context) => open(deps, context));
  chat.callbackQuery('s:menu', (context) => showMenu(deps, context));
  chat.callbackQuery('s:places', (context) =>
    show(context, SETTINGS_TEXTS.whereFrom(), places('Back', 's:menu')),
  );
  chat.callbackQuery(/^s:place:([A-Z-]+)$/, (context) => choosePlace(deps, context, context.match[1] ?? ''));
  chat.callbackQuery('s:skip', (context) => show(context, SETTINGS_TEXTS.placeSkipped()));
  chat.callbackQuery('s:longer', (context) => show(context, SETTINGS_TEXTS.askLonger(), confirmLonger()));
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
  await context.reply(SETTINGS_TEXTS.whereFrom(), { reply_markup: places('Skip', 's:skip') });
}

async function open(deps: DeskDeps, context: Context) {
  if (await findStaff(deps.db, deps.project.id, context.from?.id ?? 0)) {
    await context.reply(TEXTS.staffWelcome(deps.project.name));
    return;
  }
  const { text, keyboard } = menu(deps, await factsOf(deps, context));
  await context.reply(text, { reply_markup: keyboard });
}

async function showMenu(deps: DeskDeps, context: Context, said?: string) {
  const { text, keyboard } = menu(deps, await factsOf(deps, context));
  await show(context, text, keyboard, said);
}

function menu(deps: DeskDeps, facts: SubjectFacts | undefined) {
  const place = facts ? placeWords(facts) : SETTINGS_TEXTS.placeUnknown();
  const longer = facts?.authorizedAt ?? null;
  return {
    text: SETTINGS_TEXTS.settings(deps.project.name, place, longer),
    keyboard: new InlineKeyboard()
      .text('Where I live', 's:places')
      .row()
      .text(
        longer ? 'No longer than usual' : 'Keep my conversations longer',
        longer ? 's:longer:no' : 's:longer',
      ),
  };
}

function placeWords({ jurisdiction, jurisdictionOrigin, defaultJurisdiction }: SubjectFacts): string {
  if (!jurisdiction || !jurisdictionOrigin)
    return SETTINGS_TEXTS.placeDefault(JURISDICTIONS[defaultJurisdiction]);
  return SETTINGS_TEXTS.placeKnown(JURISDICTIONS[jurisdiction], jurisdictionOrigin);
}

async function choosePlace(deps: DeskDeps, context: Context, id: string) {
  // A button of an older version may name what this one does not know.
  if (isJurisdiction(id))
    await deps.acts.chooseJurisdiction({ ...customer(deps, context), jurisdiction: id });
  await showMenu(deps, context, SETTINGS_TEXTS.noted());
}

async function setLonger(deps: DeskDeps, context: Context, granted: boolean) {
  await deps.acts.authorizeLonger({ ...customer(deps, context), granted });
  await showMenu(deps, context, SETTINGS_TEXTS.noted());
}

function places(leave: string, data: string): InlineKeyboard {
  const keyboard = new InlineKeyboard();
  const all = Object.entries(JURISDICTIONS) as [Jurisdiction, string][];
  all.forEach(([id, name], at) => {
    if (at % 2 === 0) keyboard.row();
    keyboard.text(capitalized(name), `s:place:${id}`);
  });
  return keyboard.row().text(leave, data);
}

function confirmLonger(): InlineKeyboard {
  return new InlineKeyboard().text('Yes, keep them longer', 's:longer:yes').text('Back', 's:menu');
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
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
