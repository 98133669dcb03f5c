import assert from 'node:assert/strict';
import type { SeenMessage } from '../../src/sandbox/play.ts';
import { until } from '../support/until.ts';
import type { DeskStage } from './stage.ts';

/** What the tests of the staff desk look at, besides the stage itself. */
export interface StaffStage {
  /** A customer writes and their session has a topic, with its card. */
  begin(customer: number, text: string): Promise<{ id: string; topicId: number }>;
  session(id: string): ReturnType<typeof sessionOf>;
  /** What stands in a topic. */
  messages(topicId: number): SeenMessage[];
  /** Waits for a text in a topic. */
  says(topicId: number, text: RegExp): Promise<SeenMessage>;
  /** Somebody of the staff writes in a topic. */
  write(topicId: number, text: string, how?: { by?: number; replyTo?: number }): SeenMessage;
  card(id: string): Promise<SeenMessage>;
  /** Waits until a session's card says something. */
  cardSays(id: string, text: RegExp): Promise<SeenMessage>;
  /** Presses a button of a message, and returns what the bot answered. */
  press(by: number, message: SeenMessage, label: RegExp): Promise<string | undefined>;
}

async function sessionOf({ db }: DeskStage, id: string) {
  return db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

export function createStaffStage(at: DeskStage): StaffStage {
  const { play } = at.sandbox.world;
  const { agent } = at.people;
  async function cardOf(id: string) {
    const { topic_id: topicId, card_message_id: cardId } = await sessionOf(at, id);
    return stage.messages(topicId ?? 0).find(({ message_id }) => message_id === cardId);
  }
  const stage: StaffStage = {
    async begin(customer, text) {
      play.send(customer, { text });
      return until('the session has a topic and a card', async () => {
        const row = await at.db
          .selectFrom('session')
          .innerJoin('subject', 'subject.id', 'session.subject_id')
          .select(['session.id', 'topic_id', 'card_pinned'])
          .where('subject.telegram_user_id', '=', customer)
          .where('phase', '=', 'open')
          .executeTakeFirst();
        return row?.topic_id && row.card_pinned ? { id: row.id, topicId: row.topic_id } : undefined;
      });
    },
    session: (id) => sessionOf(at, id),
    messages: (topicId) => play.messages(agent, at.staffChat, topicId),
    says: (topicId, text) =>
      until(`topic ${topicId} to say ${text}`, () =>
        stage.messages(topicId).find((one) => text.test(one.text ?? one.caption ?? '')),
      ),
    write(topicId, text, { by = agent, replyTo } = {}) {
      const sent = play.send(by, {
        ...{ chatId: at.staffChat, threadId: topicId, text },
        ...(replyTo !== undefined && { replyTo }),
      });
      return { ...sent, reactions: [] };
    },
    // One that was deleted is missing until it is sent anew.
    card: (id) => until('the session to have a card', () => cardOf(id)),
    cardSays: (id, text) =>
      until(`the card to say ${text}`, async () => {
        const card = await cardOf(id);
        return card && text.test(card.text ?? '') ? card : undefined;
      }),
    async press(by, message, label) {
      const button = message.reply_markup?.inline_keyboard.flat().find((one) => label.test(one.text));
      if (!button || !('callback_data' in button)) assert.fail(`no button ${label}`);
      const id = play.press(by, {
        ...{ chatId: at.staffChat, messageId: message.message_id, data: button.callback_data },
      });
      const answer = await until('the button to be answered', () => play.callbackAnswer(id));
      return answer.text;
    },
  };
  return stage;
}
