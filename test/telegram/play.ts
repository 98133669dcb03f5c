import assert from 'node:assert/strict';
import type { Message } from 'grammy/types';
import { until } from '../support/until.ts';
import type { DeskStage } from './stage.ts';

/** A message as somebody in the sandbox sees it. */
export type Seen = Message & { reactions: { userId: number; emoji: string[] }[] };

/** Everybody's phone: what people do, over HTTP. */
export interface Phones {
  post<T = unknown>(path: string, body?: unknown): Promise<T>;
  send(userId: number, message: Record<string, unknown>): Promise<Message>;
  /** Sends bytes as a file; `as` names the kind, as a person's app would. */
  sendFile(
    userId: number,
    file: { name: string; type: string; bytes: Uint8Array; as?: string; text?: string; chatId?: number },
  ): Promise<Message>;
  album(userId: number, names: readonly string[], text?: string, chatId?: number): Promise<Message[]>;
  messages(userId: number, chatId: number, threadId?: number): Promise<Seen[]>;
  /** What staff see in the newest topic. */
  topic(): Promise<Seen[]>;
  topicId(): number;
  /** Waits until the newest topic, or a chat, shows a message that fits. */
  inTopic(what: string, fits: (message: Seen) => unknown): Promise<Seen>;
  inChat(userId: number, chatId: number, what: string, fits: (message: Seen) => unknown): Promise<Seen>;
}

export function phonesOf(at: DeskStage): Phones {
  const root = `${at.sandbox.url}play`;
  async function answered<T>(response: Response): Promise<T> {
    assert.ok(response.ok, `${response.url}: ${response.status}`);
    return (await response.json()) as T;
  }
  const phones: Phones = {
    async post<T>(path: string, body: unknown = {}) {
      const headers = { 'content-type': 'application/json' };
      return answered<T>(
        await fetch(`${root}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
      );
    },
    send: (userId, message) => phones.post(`${userId}/send`, message),
    async sendFile(userId, { name, type, bytes, ...fields }) {
      const form = new FormData();
      form.set('file', new File([Buffer.from(bytes)], name, { type }));
      for (const [field, value] of Object.entries(fields)) form.set(field, String(value));
      return answered(await fetch(`${root}/${userId}/send`, { method: 'POST', body: form }));
    },
    async album(userId, names, text, chatId) {
      const form = new FormData();
      for (const name of names)
        form.append('file', new File([`bytes of ${name}`], name, { type: 'image/png' }));
      if (text !== undefined) form.set('text', text);
      if (chatId !== undefined) form.set('chatId', String(chatId));
      return answered(await fetch(`${root}/${userId}/album`, { method: 'POST', body: form }));
    },
    async messages(userId, chatId, threadId) {
      const query = threadId === undefined ? '' : `?threadId=${threadId}`;
      return answered(await fetch(`${root}/${userId}/chats/${chatId}/messages${query}`));
    },
    topicId: () => at.topic()?.id ?? 0,
    topic: () => phones.messages(at.people.agent, at.staffChat, phones.topicId()),
    inTopic: (what, fits) =>
      until(`the topic to show ${what}`, async () => (await phones.topic()).find(fits)),
    inChat: (userId, chatId, what, fits) =>
      until(`${userId} to see ${what}`, async () => (await phones.messages(userId, chatId)).find(fits)),
  };
  return phones;
}

/** Waits until nothing is on its way to Telegram. */
export async function settled(at: DeskStage): Promise<void> {
  await until('all deliveries to be done', async () => {
    const row = await at.db
      .selectFrom('delivery')
      .select('id')
      .where('done_at', 'is', null)
      .executeTakeFirst();
    return row === undefined;
  });
}
