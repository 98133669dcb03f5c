import { randomUUID } from 'node:crypto';
import { insertMessages, revisionContext } from '../../src/db/messages.ts';
import { customerMessage, type TestDatabase } from '../../test/support/database.ts';
import { MESSAGES } from './pace.ts';

/** The talk of a session, in the proportions of the corpus that search is measured on. */
const LINES = [
  'Здравствуйте, заказ 4711 так и не пришёл, хотя трекинг показывает, что он доставлен ещё во вторник.',
  'Добрый день! Проверяю по складу и перевозчику, это займёт пару минут, пожалуйста, оставайтесь на связи.',
  'Hello, I was charged twice for the same subscription this month, could you please have a look at it?',
  'I can see both charges. The second one is on its way back to you and should arrive within five days.',
  '你好，我上个星期买的耳机左边没有声音了，请问可以换一个新的吗？发票和包装都还在。',
];

let lastCustomer = 9_000_000_000;

/**
 * A new customer writes, which opens a session by the act that the bot uses; the other messages of the
 * session follow as one batch, sealed like the first.
 */
export async function openWithMessages(database: TestDatabase, projectId: string): Promise<string> {
  const telegramUserId = ++lastCustomer;
  const text = LINES[telegramUserId % LINES.length] ?? '';
  const { sessionId } = await database.acts.receiveMessage(
    customerMessage(text, { telegramUserId, projectId, updateId: telegramUserId }),
  );
  if (sessionId === undefined) throw new Error(`Customer ${telegramUserId} has written before.`);
  await continueTalk(database, sessionId);
  return sessionId;
}

async function continueTalk({ db, vault }: TestDatabase, sessionId: string): Promise<void> {
  const { subject_id: subjectId } = await db
    .selectFrom('session')
    .select('subject_id')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow();
  if (subjectId === null) throw new Error(`Session ${sessionId} lost its customer.`);
  const [key] = await vault.keysFor([{ sessionId, subjectId }]);
  if (!key) throw new Error(`Session ${sessionId} has no key.`);
  const batch = Array.from({ length: MESSAGES - 1 }, (_, at) => {
    const id = randomUUID();
    const text = LINES[at % LINES.length] ?? '';
    return {
      message: {
        id,
        session_id: sessionId,
        subject_id: subjectId,
        author_role: at % 2 === 0 ? ('agent' as const) : ('customer' as const),
        kind: 'text',
        sent_at: new Date(),
      },
      sealed: vault.seal(key, revisionContext(id, 1), JSON.stringify({ text })),
      attachments: [],
    };
  });
  await db.transaction().execute((tx) => insertMessages(tx, batch));
}
