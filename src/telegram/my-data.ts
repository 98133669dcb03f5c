import { Composer, InlineKeyboard, type Context } from 'grammy';
import { profileContext } from '../db/messages.ts';
import { consentsOf, countHeldSessions, heldSessions, type HeldSession, type Person } from '../db/my-data.ts';
import { policyInForce } from '../db/policies.ts';
import { decide } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import type { SubjectProfile } from '../domain/messages.ts';
import type { Policy } from '../domain/policy.ts';
import { shortId } from './cards.ts';
import { answerButton, customerOf, speechTo, unlessGone } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { ASK_BUTTON } from './erasure.ts';
import type { Speech } from './texts.ts';
import { createPace } from './pace.ts';
import { operatorText, privacyText } from './privacy-texts.ts';

const PAGE = 5;

/** What is held of a customer, by which rules, by whom, and no more contact. */
export function createMyDataDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const pace = createPace({
    perMinute: 5,
    clock: deps.clock,
    tooMuch: (context) => context.reply(speechTo(deps, context).say('slow-down')),
  });
  const chat = composer.chatType('private');
  chat.command('mydata', pace, async (context) => {
    const { text, keyboard } = await pageOf(deps, context, 0);
    await context.reply(text, { reply_markup: keyboard });
  });
  chat.callbackQuery(/^m:(\d{1,6})$/, async (context) => {
    const { text, keyboard } = await pageOf(deps, context, Number(context.match[1]));
    await unlessGone(() => context.editMessageText(text, { reply_markup: keyboard }));
    await answerButton(context);
  });
  chat.command('privacy', pace, async (context) => {
    const { speech } = await customerOf(deps, context);
    const { policy } = await policyInForce(deps.db, deps.project.id);
    for (const part of privacyText(speech, deps.project, policy)) await context.reply(part, NO_PREVIEW);
  });
  chat.command('developer_info', pace, async (context) => {
    const { speech } = await customerOf(deps, context);
    await context.reply(operatorText(speech, deps.project), NO_PREVIEW);
  });
  chat.command('unsubscribe', pace, (context) => unsubscribe(deps, context));
  return composer;
}

const NO_PREVIEW = { link_preview_options: { is_disabled: true } };

async function unsubscribe(deps: DeskDeps, context: Context) {
  const { person, speech } = await customerOf(deps, context);
  const { say } = speech;
  if (!person) {
    await context.reply(say('nothing-kept'));
    return;
  }
  const { id: projectId } = deps.project;
  await deps.customerData.unsubscribe({ projectId, subjectId: person.id, now: deps.clock() });
  await context.reply(say('unsubscribed'), {
    reply_markup: new InlineKeyboard().text(say('button-delete-too'), ASK_BUTTON),
  });
}

/** One page of what is held: of the sessions a few, and on the first page all else. */
async function pageOf(deps: DeskDeps, context: Context, wanted: number) {
  const { person, speech } = await customerOf(deps, context);
  const keyboard = new InlineKeyboard();
  if (!person) return { text: speech.say('nothing-kept'), keyboard };
  const { say } = speech;
  const count = await countHeldSessions(deps.db, person.id);
  const pages = Math.max(1, Math.ceil(count / PAGE));
  const page = Math.min(wanted, pages - 1);
  const sessions = await heldSessions(deps.db, person.id, deps.clock(), { limit: PAGE, offset: page * PAGE });
  const { policy } = await policyInForce(deps.db, deps.project.id);
  if (page > 0) keyboard.text(say('button-newer'), `m:${page - 1}`);
  if (page < pages - 1) keyboard.text(say('button-older'), `m:${page + 1}`);
  const text = [
    say('my-data-title', { project: deps.project.name }),
    ...(page === 0 ? [(await personLines(deps, speech, person)).join('\n')] : []),
    say('sessions-held', { count }),
    ...sessions.map((session) => sessionText(speech, session, policy, deps.clock())),
    ...(pages > 1 ? [say('page', { page: page + 1, pages })] : []),
    say('my-data-hint'),
  ].join('\n\n');
  return { text, keyboard };
}

/** Who a person is here: identity, where they live, and what they agreed to. */
export async function personLines(deps: DeskDeps, speech: Speech, person: Person): Promise<string[]> {
  const { say, day, place } = speech;
  const profile = await profileOf(deps, person);
  const name = [profile.firstName, profile.lastName].filter(Boolean).join(' ');
  const consents = (await consentsOf(deps.db, person.id)).map(({ choice, version, at }) =>
    say(`consent-${choice}`, { version, at: day(at) }),
  );
  const { jurisdiction, jurisdictionOrigin } = person;
  return [
    say('telegram-id', { id: String(person.telegramUserId) }),
    ...(name ? [say('name-is', { name })] : []),
    ...(profile.username ? [say('username-is', { username: profile.username })] : []),
    ...(person.language ? [say('language-is', { language: speech.languageName(person.language) })] : []),
    jurisdiction && jurisdictionOrigin
      ? say('place-is', { place: place(jurisdiction), origin: say(`place-origin-${jurisdictionOrigin}`) })
      : say('place-unknown', { place: place(deps.project.jurisdiction) }),
    ...(consents.length > 0 ? consents : [say('no-consent')]),
    ...(person.authorizedAt ? [say('kept-longer', { at: day(person.authorizedAt) })] : []),
    ...(person.unsubscribedAt ? [say('unsubscribed-since', { at: day(person.unsubscribedAt) })] : []),
  ];
}

/** The names a person was last seen under; none where their key is gone or they never had one. */
export async function profileOf(deps: DeskDeps, person: Person): Promise<SubjectProfile> {
  if (!person.profileSealed) return {};
  try {
    const opened = await deps.vault.open(person.profileSealed, profileContext(person.id));
    return JSON.parse(opened.toString()) as SubjectProfile;
  } catch (error) {
    if (error instanceof AppError && error.code === 'key_destroyed') return {};
    throw error;
  }
}

function sessionText(speech: Speech, session: HeldSession, policy: Policy, now: Date): string {
  const { say, day } = speech;
  const head = say('session', {
    id: shortId(session.sessionId),
    opened: day(session.openedAt),
    messages: session.messages,
  });
  if (session.erasing) return `${head}\n${say('phase-erasing')}`;
  if (session.deletionBeganAt) return `${head}\n${say('phase-deleting')}`;
  const phase = session.phase === 'deleted' ? 'deleting' : session.phase;
  return [
    head,
    [
      say(`phase-${phase}`),
      ...(session.restricted ? [say('restricted')] : []),
      ...(session.held ? [say('on-hold')] : []),
    ].join(' '),
    keptText(speech, session, policy, now),
  ].join('\n');
}

/** Until when and under which rule: as recorded, or for a running session as things stand. */
function keptText({ say, day }: Speech, session: HeldSession, policy: Policy, now: Date): string {
  const { restricted, keepUntil, keepRule } = session;
  const decision = decide(policy, { ...session, closedAt: session.closedAt ?? now });
  const rule = keepUntil ? (keepRule ?? decision.decidedBy) : decision.decidedBy;
  const line = decision.trace.find((one) => one.rule === rule);
  const own = rule === 'base' || rule === 'extension' || rule === 'spam' ? say(`rule-${rule}`) : undefined;
  const because = say('rule-is', { because: (own ?? line?.because ?? rule).replace(/\.$/, '') });
  if (restricted?.until) return `${say('kept-until', { until: day(restricted.until) })} ${because}`;
  const until = keepUntil
    ? say('kept-until', { until: day(keepUntil) })
    : say('kept-until-about', { until: day(decision.keepUntil) });
  return `${until} ${because}`;
}
