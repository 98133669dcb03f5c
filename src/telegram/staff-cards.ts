import { Composer, type Context, type InlineKeyboard } from 'grammy';
import { readLife } from '../db/life.ts';
import { isOfProject } from '../db/staff-entries.ts';
import type { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import type { Action } from '../domain/roles.ts';
import { cardKeyboard } from './card-session.ts';
import { tagChoices, tagKey, tagKeyboard } from './card-tags.ts';
import { answerButton, speechTo, speechToStaff, unlessGone } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { historyMessage } from './history.ts';
import { orSayWhy, refused } from './refusals.ts';
import { actorOf, memberWho } from './staff-member.ts';
import { colleagueByShortId } from './staff-transfer.ts';

interface Press {
  readonly deps: DeskDeps;
  readonly context: Context;
  readonly sessionId: string;
  readonly actor: Actor;
  readonly now: Date;
  /** What the button names besides the session: a tag, a member of staff. */
  readonly choice: string;
}

interface Button {
  readonly needs: Action;
  readonly run: (press: Press) => Promise<unknown>;
}

/** The reason that stands for a button: whoever has more to say uses the command. */
const BY_BUTTON = 'by button';

/** The buttons of a session's card, each with what its command needs. */
export const CARD_BUTTONS: Readonly<Record<string, Button>> = {
  close: {
    needs: 'session.close',
    run: ({ deps, ...act }) => deps.acts.closeSession({ ...act, reason: 'agent' }),
  },
  reopen: { needs: 'session.reopen', run: ({ deps, ...act }) => deps.acts.reopenSession(act) },
  hold: {
    needs: 'hold.place',
    run: ({ deps, ...act }) => deps.acts.placeHold({ ...act, reason: BY_BUTTON }),
  },
  release: {
    needs: 'hold.release',
    run: ({ deps, ...act }) => deps.acts.releaseHolds({ ...act, reason: BY_BUTTON }),
  },
  tags: { needs: 'session.tag', run: (press) => turn(press, true) },
  back: { needs: 'session.read', run: (press) => turn(press, false) },
  tag: { needs: 'session.tag', run: changeTag },
  history: { needs: 'session.read', run: showHistory },
  to: { needs: 'session.transfer', run: transfer },
};

/** What staff do with the buttons of a card. */
export function createCardDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  composer.callbackQuery(/^c:([a-z]+):([0-9a-f-]{36})(?::([0-9a-f]{8}))?$/, (context) => {
    const [, name = '', sessionId = '', choice = ''] = context.match;
    return orSayWhy(deps, context, async () => {
      await press(deps, context, { name, sessionId, choice });
      await answerButton(context, speechTo(deps, context).say('alert-done'));
    });
  });
  return composer;
}

async function press(
  deps: DeskDeps,
  context: Context,
  { name, sessionId, choice }: { name: string; sessionId: string; choice: string },
) {
  const button = Object.hasOwn(CARD_BUTTONS, name) ? CARD_BUTTONS[name] : undefined;
  const isKnown = button && (await isOfProject(deps.db, { sessionId, projectId: deps.project.id }));
  if (!isKnown) throw unknownButton();
  const member = await memberWho(deps, context.from?.id ?? 0, button.needs);
  await button.run({ deps, context, sessionId, choice, actor: actorOf(member), now: deps.clock() });
}

function unknownButton(): AppError {
  return refused('not_found', 'button-unknown');
}

/** Turns a card to its tags, or back. */
async function turn({ deps, context, sessionId, now }: Press, toTags: boolean) {
  const life = await readLife(deps.db, sessionId, now);
  const keyboard = toTags
    ? tagKeyboard(speechToStaff(deps), life, await tagChoices(deps, life))
    : cardKeyboard(speechToStaff(deps), life, now);
  await show(context, keyboard);
}

async function show(context: Context, keyboard: InlineKeyboard) {
  await unlessGone(() => context.editMessageReplyMarkup({ reply_markup: keyboard }));
}

/** Puts a tag on, or takes it off where the session has it. */
async function changeTag({ deps, context, sessionId, choice, actor, now }: Press) {
  const life = await readLife(deps.db, sessionId, now);
  const tag = (await tagChoices(deps, life)).find((one) => tagKey(one) === choice);
  if (!tag) throw unknownButton();
  const change = life.tags.includes(tag) ? 'remove' : 'add';
  await deps.acts.changeTag({ sessionId, tag, change, actor, now });
  const changed = await readLife(deps.db, sessionId, now);
  await show(context, cardKeyboard(speechToStaff(deps), changed, now));
}

async function showHistory({ deps, context, sessionId }: Press) {
  const { text, entities } = await historyMessage(deps, sessionId);
  await context.reply(text, {
    entities,
    link_preview_options: { is_disabled: true },
    ...threadOf(context),
  });
}

/** A button's message can be too old for Telegram to say in which topic it stands; then the group is told. */
function threadOf(context: Context) {
  const threadId = context.msg?.message_thread_id;
  return threadId === undefined ? {} : { message_thread_id: threadId };
}

async function transfer({ deps, sessionId, choice, actor, now }: Press) {
  const { id } = await colleagueByShortId(deps, choice);
  await deps.acts.transferSession({ sessionId, to: id, actor, now });
}
