import { MockActivityEnvironment } from '@temporalio/testing';
import { Api } from 'grammy';
import { pino } from 'pino';
import { createActivities } from '../../activities/index.ts';
import { createErasureLedger } from '../../src/archive/ledger.ts';
import type { Erasure } from '../../src/db/erasures.ts';
import { customerActor } from '../../src/domain/events.ts';
import { until } from '../support/until.ts';
import type { DeskStage } from './stage.ts';

const HOUR_MS = 3_600_000;

/** A desk with hands for what workflows do elsewhere, and for what customers do with buttons. */
export function erasureStage(at: DeskStage) {
  const { play } = at.sandbox.world;
  const stores = { of: () => Promise.resolve(at.store), at: () => Promise.resolve(at.store) };
  const activities = createActivities({
    ...at,
    stores,
    log: pino({ level: 'silent' }),
    ledger: createErasureLedger(() => Promise.resolve(at.store)),
    fetchAttachment: () => Promise.resolve({ refused: 'gone' }),
    reached: () => undefined,
  });
  const asActivity = <T>(work: () => Promise<T>) =>
    new MockActivityEnvironment().run<[], T, () => Promise<T>>(work);
  let people = 0;

  const stage = {
    api: new Api(at.token, { apiRoot: at.sandbox.apiRoot }),
    /** Somebody who has never written before. */
    person(languageCode = 'en', firstName = 'Nadia') {
      people += 1;
      return at.sandbox.world.addPerson('shop', {
        role: 'customer',
        firstName,
        lastName: 'Pérez',
        username: `person_${people}`,
        languageCode,
      });
    },
    says: (userId: number, text: string) => play.send(userId, { text }),
    /** Writes as a customer and waits until it is kept. */
    async writes(userId: number, text: string): Promise<string> {
      const before = await stage.messagesOf(userId);
      play.send(userId, { text });
      await until('the message to be kept', async () => (await stage.messagesOf(userId)) > before);
      return stage.sessionOf(userId);
    },
    async subjectOf(userId: number): Promise<string> {
      const row = await at.db
        .selectFrom('subject')
        .select('id')
        .where('telegram_user_id', '=', userId)
        .executeTakeFirst();
      return row?.id ?? '';
    },
    async messagesOf(userId: number): Promise<number> {
      const rows = await at.db
        .selectFrom('message')
        .innerJoin('subject', 'subject.id', 'message.subject_id')
        .select('message.id')
        .where('telegram_user_id', '=', userId)
        .execute();
      return rows.length;
    },
    async sessionOf(userId: number): Promise<string> {
      const row = await at.db
        .selectFrom('session')
        .select('id')
        .where('subject_id', '=', await stage.subjectOf(userId))
        .orderBy('opened_at', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow();
      return row.id;
    },
    async erasuresOf(userId: number): Promise<Erasure[]> {
      const pseudonym = at.pseudonym('erasure', 'shop', String(userId));
      return at.db.selectFrom('erasure').selectAll().where('pseudonym', '=', pseudonym).execute();
    },
    async erasureOf(userId: number): Promise<Erasure> {
      const [row] = await stage.erasuresOf(userId);
      if (!row) throw new Error('there is no erasure');
      return row;
    },
    /** The newest message with a button like this, and the button. */
    button(userId: number, label: RegExp) {
      for (const message of play.messages(userId, userId).toReversed())
        for (const button of message.reply_markup?.inline_keyboard.flat() ?? [])
          if (label.test(button.text) && 'callback_data' in button)
            return { messageId: message.message_id, data: button.callback_data };
      throw new Error(`there is no button ${label}`);
    },
    /** Presses a button and returns what the bot answered. */
    async presses(userId: number, at: { messageId: number; data: string; chatId?: number }) {
      const id = play.press(userId, at);
      return until('the button to be answered', () => play.callbackAnswer(id));
    },
    /** Asks, and waits for the question with its buttons. */
    async asks(userId: number, command = '/deletemydata') {
      play.send(userId, { text: command });
      await until('the question', () => {
        try {
          return stage.button(userId, /Delete my data$|Удалить мои данные|删除我的数据|Borrar mis datos/);
        } catch {
          return undefined;
        }
      });
      return stage.button(userId, /Delete my data$|Удалить мои данные|删除我的数据|Borrar mis datos/);
    },
    async archive(userId: number): Promise<string> {
      const sessionId = await stage.sessionOf(userId);
      const actor = customerActor(await stage.subjectOf(userId));
      await at.acts.closeSession({ sessionId, reason: 'customer', actor, now: new Date() });
      await asActivity(() => activities.archiveSession({ sessionId, now: Date.now() + 13 * HOUR_MS }));
      return sessionId;
    },
    /** What the workflow of an erasure would do, until it has nothing to do. */
    async carriesOut(erasureId: string): Promise<Erasure> {
      const moment = { erasureId, now: Date.now() };
      for (;;) {
        const next = await asActivity(() => activities.readErasureStep(moment));
        if (next.step === 'destroy-keys') {
          const keys = await asActivity(() => activities.destroyErasureKeys(moment));
          await asActivity(() => activities.markErasureKeysDestroyed({ ...moment, keys }));
        } else if (next.step === 'remove') {
          for (const batch of await activities.listErasureBatches(moment))
            await asActivity(() => activities.eraseBatch({ ...moment, batch }));
          await asActivity(() => activities.markErasureRemoved(moment));
        } else if (next.step === 'verify') {
          const counts = await asActivity(() => activities.verifyErasure(moment));
          await asActivity(() => activities.markErasureVerified({ ...moment, counts }));
        } else if (next.step === 'conclude') {
          await asActivity(() => activities.concludeErasure(moment));
          await stage.delivered();
        } else break;
      }
      return at.db.selectFrom('erasure').selectAll().where('id', '=', erasureId).executeTakeFirstOrThrow();
    },
    /** What the workflow of a restricted erasure does once a day. */
    looksAgain: (erasureId: string) =>
      asActivity(() => activities.reviewErasureGrounds({ erasureId, now: Date.now() })),
    /** Waits until all that tells customers of erasures is sent, or given up. */
    async delivered() {
      await until('what tells of erasures to be sent', async () => {
        const waiting = await at.db
          .selectFrom('delivery')
          .select('id')
          .where('kind', '=', 'erasure')
          .where('done_at', 'is', null)
          .execute();
        return waiting.length === 0;
      });
    },
    count: (userId: number, text: RegExp) => at.chat(userId).filter((line) => text.test(line)).length,
  };
  return stage;
}

export type ErasureStage = ReturnType<typeof erasureStage>;
