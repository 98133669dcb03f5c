import { Composer, InlineKeyboard, type Context } from 'grammy';
import { answerButton, customerOf, unlessGone } from './customer-speech.ts';
import { offerCommandsIn } from './commands.ts';
import type { DeskDeps } from './deps.ts';

/** `/language`: the language the bot writes to a customer in. */
export function createLanguageDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const chat = composer.chatType('private');
  chat.command('language', async (context) => {
    const { speech } = await customerOf(deps, context);
    await context.reply(speech.say('choose-language'), { reply_markup: languages(deps) });
  });
  chat.callbackQuery(/^o:lang:([a-z]{2})$/, async (context) => {
    await chooseLanguage(deps, context, context.match[1] ?? '');
    const { speech } = await customerOf(deps, context);
    const said = speech.say('language-chosen', { language: speech.languageName(speech.language) });
    await unlessGone(() => context.editMessageText(said));
    await answerButton(context);
  });
  return composer;
}

/** Notes the language a customer wants; one that does not exist here changes nothing. */
export async function chooseLanguage(deps: DeskDeps, context: Context, language: string): Promise<void> {
  const { from } = context;
  if (!from || !deps.texts.languages.includes(language)) return;
  await deps.acts.chooseLanguage({
    projectId: deps.project.id,
    telegramUserId: from.id,
    chosen: language,
    ...(from.language_code && { language: from.language_code }),
    now: deps.clock(),
  });
  // The list of commands is a comfort: without it everything works.
  await offerCommandsIn(context.api, deps, { chatId: from.id, language }).catch(() =>
    deps.log.warn('Telegram did not take the list of commands of one chat'),
  );
}

/** Each language under its own name, as whoever looks for it knows it. */
function languages({ texts, project }: DeskDeps): InlineKeyboard {
  const keyboard = new InlineKeyboard();
  texts.languages.forEach((tag, at) => {
    if (at % 2 === 0) keyboard.row();
    const name = texts.speech([tag], project.timeZone).languageName(tag);
    keyboard.text(name.charAt(0).toLocaleUpperCase(tag) + name.slice(1), `o:lang:${tag}`);
  });
  return keyboard;
}
