import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Api } from 'grammy';
import { openReview } from '../../src/acts/reviews.ts';
import type { ProjectFile } from '../../src/domain/project.ts';
import type { Role } from '../../src/domain/roles.ts';
import { seedArchive } from '../acts/policies-stage.ts';
import { testProject } from '../support/database.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

const DAY_MS = 86_400_000;
const WORKFLOW = { kind: 'workflow', id: 'test' } as const;

/** What a pressed button answers. */
type Answer = Awaited<ReturnType<SupervisorsStage['press']>>;

/** A desk with reviews that wait for supervisors. */
export interface SupervisorsStage extends DeskStage {
  /** A second supervisor, one of compliance, and an operator; each has started the bot. */
  readonly second: number;
  readonly compliance: number;
  readonly operator: number;
  /** Puts sessions into review, the first to end first. @returns their ids */
  inReview(
    count: number,
    options?: { tag?: string; withTopic?: boolean; openedAt?: Date; group?: string },
  ): Promise<string[]>;
  /** Presses a button of the newest message in a chat that has it, or of one that says so. */
  press(
    userId: number,
    label: RegExp | string,
    where?: { chatId?: number; says?: RegExp },
  ): Promise<{ text?: string; showAlert: boolean }>;
  /** Presses by the button's data, as an app does that shows an old message. */
  pressData(userId: number, at: { chatId?: number; messageId: number; data: string }): Promise<Answer>;
  /** How many messages in a person's chat say so. */
  count(userId: number, text: RegExp): number;
  /** The messages of a chat, as a person sees them. */
  messages(userId: number, chatId?: number): ReturnType<DeskStage['sandbox']['world']['play']['messages']>;
  staffId(userId: number): Promise<string>;
}

export async function createSupervisorsStage(
  change: Partial<ProjectFile> = {},
  services?: Parameters<typeof createDeskStage>[1],
): Promise<SupervisorsStage> {
  const desk = await createDeskStage({ reviews: { digestAt: '09:00', quiet: 'off' }, ...change }, services);
  const { play } = desk.sandbox.world;
  const addStaff = async (firstName: string, roles: Role[]) => {
    const id = desk.sandbox.world.addPerson('shop', { role: 'supervisor', firstName, languageCode: 'en' });
    play.start(id);
    await desk.db
      .insertInto('staff')
      .values({ id: randomUUID(), project_id: 'shop', telegram_user_id: id, roles, created_at: new Date() })
      .execute();
    return id;
  };
  const messages = (userId: number, chatId = userId) => play.messages(userId, chatId);
  const stage: SupervisorsStage = {
    ...desk,
    second: await addStaff('Sue', ['supervisor']),
    compliance: await addStaff('Cora', ['compliance']),
    operator: await addStaff('Otto', ['admin']),
    messages,
    async inReview(count, { tag, withTopic = true, openedAt = new Date(), group = randomUUID() } = {}) {
      const closed = Array.from({ length: count }, (_, at) => ({
        closedAt: new Date(openedAt.getTime() - (4000 + count - at) * DAY_MS),
        ...(tag && { tags: [tag] }),
      }));
      const ids = await seedArchive(desk.db, testProject(change), closed, group);
      const api = new Api(desk.token, { apiRoot: desk.sandbox.apiRoot });
      for (const [at, sessionId] of ids.entries()) {
        const topic = withTopic
          ? await api.createForumTopic(desk.staffChat, sessionId.slice(0, 8))
          : undefined;
        await desk.db
          .updateTable('session')
          .set({ topic_id: topic?.message_thread_id ?? null })
          .where('id', '=', sessionId)
          .execute();
        await openReview(desk, { sessionId, actor: WORKFLOW, now: new Date(openedAt.getTime() + at) });
      }
      return ids;
    },
    async press(userId, label, { chatId = userId, says } = {}) {
      const fits = (text: string) => (typeof label === 'string' ? text === label : label.test(text));
      const message = await until(`a button ${label}`, () =>
        messages(userId, chatId).findLast(
          (one) =>
            (!says || says.test(one.text ?? '')) &&
            one.reply_markup?.inline_keyboard.flat().some(({ text }) => fits(text)),
        ),
      );
      const button = message.reply_markup?.inline_keyboard.flat().find(({ text }) => fits(text));
      assert.ok(button && 'callback_data' in button);
      return stage.pressData(userId, { chatId, messageId: message.message_id, data: button.callback_data });
    },
    pressData(userId, at) {
      const pressed = play.press(userId, at);
      return until('an answer', () => play.callbackAnswer(pressed));
    },
    count: (userId, text) => desk.chat(userId).filter((line) => text.test(line)).length,
    async staffId(userId) {
      const row = await desk.db
        .selectFrom('staff')
        .select('id')
        .where('telegram_user_id', '=', userId)
        .executeTakeFirstOrThrow();
      return row.id;
    },
  };
  return stage;
}
