import { GrammyError } from 'grammy';
import { putDelivery } from '../db/deliveries.ts';
import { countWithoutTopic, dueWithEarlier, forgetTopic } from '../db/desk.ts';
import { readLife, type Life } from '../db/life.ts';
import { renewSessionCard } from './card-session.ts';
import { statusText, topicTitle } from './cards.ts';
import { speechToStaff } from './customer-speech.ts';
import type { SenderDeps } from './sending.ts';
import { mentionOfResponsible } from './staff-transfer.ts';

/**
 * The staff topic of a session, made where there is none yet. Its id is stored with what was sent in
 * one transaction; a crash in between leaves an empty topic behind and makes another. What an erasure hides
 * or restricts has none any more.
 */
export async function ensureTopic(deps: SenderDeps, sessionId: string): Promise<number | undefined> {
  return topicOf(deps, await readLife(deps.db, sessionId, deps.clock()));
}

/** The same for a session whose life was read already. */
export async function topicOf(deps: SenderDeps, life: Life): Promise<number | undefined> {
  const chatId = deps.project.staffChatId;
  if (life.topicId !== null || chatId === null) return life.topicId ?? undefined;
  if (life.erased || life.restrictedAt) return undefined;
  const topicId = await makeTopic(deps, chatId, life);
  const { numUpdatedRows } = await deps.db
    .updateTable('session')
    .set({ topic_id: topicId })
    .where('id', '=', life.sessionId)
    .where('deletion_began_at', 'is', null)
    .where('restricted_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) {
    await tellBacklog(deps, chatId);
    return topicId;
  }
  // An erasure came while Telegram made it, and has removed what topic there was.
  const content = { kind: 'delete-topic', chatId, topicId } as const;
  await putDelivery(deps.db, { projectId: deps.project.id, target: 'staff', content, now: deps.clock() });
  return undefined;
}

async function makeTopic(deps: SenderDeps, chatId: number, life: Life): Promise<number> {
  const { topicQueue: queue, api } = deps;
  try {
    if (queue.isSlow() && !queue.isClosed()) await letEarlierGoFirst(deps, life);
    return await queue.make(
      life.openedAt,
      async () =>
        (await api.createForumTopic(chatId, topicTitle(speechToStaff(deps), life))).message_thread_id,
    );
  } catch (error) {
    await tellBacklog(deps, chatId);
    throw error;
  }
}

/** What waited until the same moment is due within this time of each other. */
const SAME_MOMENT_MS = 2000;

/**
 * All that waited become due within moments of each other, in no order: the first to come makes all of them
 * due at once where it is not the earliest, and takes its turn among them.
 */
async function letEarlierGoFirst({ db, project, clock }: SenderDeps, { openedAt }: Life): Promise<void> {
  const now = clock();
  const waiting = { projectId: project.id, now, until: new Date(now.getTime() + SAME_MOMENT_MS) };
  if (!(await dueWithEarlier(db, { ...waiting, openedAt }))) return;
  throw new GrammyError(
    'Earlier sessions wait for a topic too',
    { ok: false, error_code: 429, description: 'others first', parameters: { retry_after: 0 } },
    'createForumTopic',
    {},
  );
}

/** So many sessions without a topic are told of in the group itself. */
const MANY = 5;

/** Tells the group in its General topic that many sessions wait, and again when none does any more. */
async function tellBacklog(deps: SenderDeps, chatId: number) {
  const { db, api, project, topicQueue: queue } = deps;
  const { say } = speechToStaff(deps);
  if (!queue.isSlow()) return;
  const waiting = await countWithoutTopic(db, project.id);
  const shown = queue.notice;
  if (waiting === 0) queue.over();
  try {
    if (shown === null && waiting >= MANY) {
      // Set before Telegram answers: others ask meanwhile, and one notice is enough.
      queue.notice = 0;
      queue.notice = (await api.sendMessage(chatId, say('topics-waiting', { count: waiting }))).message_id;
    } else if (shown !== null && waiting === 0) {
      queue.notice = null;
      await api.editMessageText(chatId, shown, say('topics-over'));
    }
  } catch (error) {
    // A notice that does not arrive keeps nothing from arriving.
    if (!(error instanceof GrammyError)) throw error;
    queue.notice = null;
  }
}

/**
 * Does something in a session's topic. One that somebody deleted by hand is made anew, once: a second
 * refusal is the delivery's.
 *
 * @returns `undefined` where the session has no topic any more
 */
export async function inTopic<T>(
  deps: SenderDeps,
  life: Life,
  work: (topicId: number) => Promise<T>,
): Promise<{ topicId: number; result: T } | undefined> {
  const topicId = await topicOf(deps, life);
  if (topicId === undefined) return undefined;
  try {
    return { topicId, result: await work(topicId) };
  } catch (error) {
    if (!isTopicGone(error)) throw error;
    await forgetTopic(deps.db, { sessionId: life.sessionId, topicId });
    const again = await topicOf(deps, { ...life, topicId: null });
    if (again === undefined) return undefined;
    await renewSessionCard(deps, { ...life, topicId: again });
    return { topicId: again, result: await work(again) };
  }
}

function isTopicGone(error: unknown): boolean {
  return (
    error instanceof GrammyError && /thread not found|TOPIC_ID_INVALID|TOPIC_DELETED/i.test(error.description)
  );
}

/**
 * Shows a session's state in its topic: card, title, open or closed as the session is, and a line of what
 * changed. What can be done twice comes first, so that trying again repeats no line.
 */
export async function renewTopic(deps: SenderDeps, life: Life, what: string): Promise<void> {
  const chatId = deps.project.staffChatId;
  if (chatId === null) return;
  const there = await inTopic(deps, life, async (topicId) => {
    await unlessUnchanged(() =>
      deps.api.editForumTopic(chatId, topicId, { name: topicTitle(speechToStaff(deps), life) }),
    );
    await renewSessionCard(deps, { ...life, topicId });
    if (what === 'closed') await unlessUnchanged(() => deps.api.closeForumTopic(chatId, topicId));
    if (what === 'reopened') await unlessUnchanged(() => deps.api.reopenForumTopic(chatId, topicId));
  });
  if (!there || QUIET.has(what)) return;
  const { text, entities } = await lineOf(deps, life, what);
  await deps.api.sendMessage(chatId, text, { entities, message_thread_id: there.topicId });
}

/** What the topic is told; who is responsible from now on is mentioned, so that their Telegram tells them. */
async function lineOf(deps: SenderDeps, life: Life, what: string) {
  const status = statusText(speechToStaff(deps), life, what);
  const mention = what === 'transferred' ? await mentionOfResponsible(deps, life.sessionId) : undefined;
  if (!mention) return { text: status, entities: [] };
  const text = `${status}\n${mention.text}`;
  return { text, entities: [{ ...mention.entity, offset: status.length + 1 + mention.entity.offset }] };
}

/** What the card says by itself. */
const QUIET: ReadonlySet<string> = new Set(['opened']);

async function unlessUnchanged(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof GrammyError) || !/not.modified/i.test(error.description)) throw error;
  }
}
