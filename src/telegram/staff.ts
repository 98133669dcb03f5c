import { Composer, type Context } from 'grammy';
import { deskFacts } from '../db/desk.ts';
import { readLife } from '../db/life.ts';
import { entryInTopic, isAlbumOfNote } from '../db/staff-entries.ts';
import type { SessionHead } from '../db/sessions.ts';
import type { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { NOTE_KIND } from '../domain/notes.ts';
import type { Action } from '../domain/roles.ts';
import { sessionCard, whyKept } from './card-session.ts';
import { contentOf, incomingMessage } from './content.ts';
import { speechToStaff } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import { NOTE, noteOf, withoutMark } from './notes.ts';
import { refused } from './refusals.ts';
import { inSessionTopic } from './staff-member.ts';
import { colleagueMeant, offerColleagues } from './staff-transfer.ts';

/** A command in a session's topic. */
interface CommandAct {
  readonly deps: DeskDeps;
  readonly context: Context;
  readonly projectId: string;
  readonly sessionId: string;
  readonly actor: Actor;
  readonly now: Date;
  readonly words: string;
  /** The message of the topic that it replies to. */
  readonly staffMessageId: number | undefined;
  readonly botId: number;
  readonly updateId: number;
}

interface Command {
  readonly needs: Action;
  readonly run: (act: CommandAct) => Promise<unknown>;
}

/** The commands of a session's topic, and what each needs. Notes are commands too, and taken apart below. */
export const STAFF_COMMANDS: Readonly<Record<string, Command>> = {
  info: { needs: 'session.read', run: showInfo },
  close: {
    needs: 'session.close',
    run: ({ deps, ...act }) => deps.acts.closeSession({ ...act, reason: 'agent' }),
  },
  reopen: { needs: 'session.reopen', run: ({ deps, ...act }) => deps.acts.reopenSession(act) },
  tag: {
    needs: 'session.tag',
    run: ({ deps, ...act }) => deps.acts.changeTag({ ...act, tag: act.words, change: 'add' }),
  },
  untag: {
    needs: 'session.tag',
    run: ({ deps, ...act }) => deps.acts.changeTag({ ...act, tag: act.words, change: 'remove' }),
  },
  hold: {
    needs: 'hold.place',
    run: ({ deps, ...act }) => deps.acts.placeHold({ ...act, reason: act.words }),
  },
  release: {
    needs: 'hold.release',
    run: ({ deps, ...act }) => deps.acts.releaseHolds({ ...act, reason: act.words }),
  },
  transfer: { needs: 'session.transfer', run: transfer },
  silent: { needs: 'session.answer', run: ({ deps, ...act }) => deps.acts.toggleSilence(act) },
  delete: { needs: 'session.answer', run: ({ deps, ...act }) => deps.acts.takeBackAnswer(act) },
  ban: {
    needs: 'subject.ban',
    run: ({ deps, ...act }) => deps.acts.banCustomer({ ...act, ...reasonIn(act.words) }),
  },
  unban: { needs: 'subject.ban', run: ({ deps, ...act }) => deps.acts.unbanCustomer(act) },
  jurisdiction: { needs: 'subject.correct', run: correctJurisdiction },
};

/** What staff do in a session's topic: answer, edit, write notes, and the commands. */
export function createStaffDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const group = composer.filter((context) => context.chat?.id === deps.project.staffChatId);
  for (const [name, command] of Object.entries(STAFF_COMMANDS))
    group.command(name, (context) =>
      inSessionTopic(deps, context, command.needs, ({ session, actor }) =>
        command.run(actIn(deps, context, { session, actor })),
      ),
    );
  group.on('message').hears(NOTE, (context) => keepNote(deps, context));
  // A command with a slip of the pen is for the bot, not for the customer.
  group
    .on('message')
    .hears(/^\//, (context) =>
      inSessionTopic(deps, context, 'session.answer', () => Promise.reject(unknownCommand())),
    );
  group.on('message', (context) => answer(deps, context));
  group.on('edited_message', (context) => edit(deps, context));
  return composer;
}

function actIn(
  deps: DeskDeps,
  context: Context,
  { session, actor }: { session: SessionHead; actor: Actor },
): CommandAct {
  const message = context.msg;
  return {
    ...{ deps, context, actor, ...updateOf(context) },
    projectId: deps.project.id,
    sessionId: session.id,
    now: deps.clock(),
    words: typeof context.match === 'string' ? context.match.trim() : '',
    staffMessageId: message && repliedTo(message),
  };
}

/** In a topic every message "replies" to the one that opened it. */
function repliedTo(message: NonNullable<Context['msg']>): number | undefined {
  const id = message.reply_to_message?.message_id;
  return id === message.message_thread_id ? undefined : id;
}

function reasonIn(words: string): { reason?: string } {
  return words ? { reason: words } : {};
}

/** `/jurisdiction EU TICKET-4711`: the customer's, with a reason for the audit if there is one to give. */
function correctJurisdiction({ deps, words, ...act }: CommandAct) {
  const [jurisdiction = '', reason] = words.split(/\s+/);
  return deps.acts.correctJurisdiction({ ...act, jurisdiction, ...(reason && { reason }) });
}

/** The card anew, with every rule that had a say. */
async function showInfo({ deps, context, sessionId, now }: CommandAct) {
  const life = await readLife(deps.db, sessionId, now);
  const facts = await deskFacts(deps.db, sessionId);
  if (!facts) return;
  const { text, options } = await sessionCard(deps, life, facts);
  const trace = (whyKept(speechToStaff(deps), life, now)?.trace ?? []).map((line) => `• ${line}`);
  await context.reply([text, '', ...trace].join('\n').slice(0, LONGEST), options);
}

/** What Telegram takes of a text. */
const LONGEST = 4096;

async function transfer({ deps, context, words, ...act }: CommandAct) {
  if (!words) {
    await offerColleagues(deps, context, act.sessionId);
    return;
  }
  const { id } = await colleagueMeant(deps, context, words);
  await deps.acts.transferSession({ ...act, to: id });
}

function unknownCommand(): AppError {
  const known = [...Object.keys(STAFF_COMMANDS), 'note'].map((name) => `/${name}`);
  return refused('input_invalid', { why: 'unknown-command', known });
}

async function keepNote(deps: DeskDeps, context: Context) {
  const { message } = context;
  if (!message || isOtherBot(context)) return;
  await inSessionTopic(deps, context, 'session.note', async ({ session, member, actor }) => {
    await deps.acts.addNote({
      ...noteOf(message),
      ...updateOf(context),
      ...{ sessionId: session.id, staffId: member.id, actor },
      now: deps.clock(),
    });
    await context.reply(speechToStaff(deps).say('desk-note-kept'), {
      reply_parameters: { message_id: message.message_id, allow_sending_without_reply: true },
      disable_notification: true,
    });
  });
}

async function answer(deps: DeskDeps, context: Context) {
  const { message } = context;
  // Topics tell of themselves (created, closed, renamed); that is no answer to a customer.
  if (!message || isOtherBot(context) || isServiceMessage(message)) return;
  await inSessionTopic(deps, context, 'session.answer', async ({ session, member, actor }) => {
    const incoming = {
      ...incomingMessage(message),
      ...{ sessionId: session.id, staffId: member.id, ...updateOf(context) },
      now: deps.clock(),
    };
    const { album, sessionId } = incoming;
    const isNote = album !== undefined && (await isAlbumOfNote(deps.db, { sessionId, album }));
    if (isNote) await deps.acts.addNote({ ...incoming, actor });
    else await deps.acts.answerCustomer(incoming);
  });
}

/** Who writes anonymously is a bot to the Bot API, and is told why nothing was done. */
function isOtherBot({ msg }: Context): boolean {
  return msg?.from?.is_bot === true && msg.sender_chat === undefined;
}

async function edit(deps: DeskDeps, context: Context) {
  const message = context.editedMessage;
  if (!message || isOtherBot(context)) return;
  await inSessionTopic(deps, context, 'session.answer', async ({ session }) => {
    const staffMessageId = message.message_id;
    const edited = {
      ...{ sessionId: session.id, staffMessageId, ...updateOf(context) },
      editedAt: new Date((message.edit_date ?? message.date) * 1000),
      now: deps.clock(),
    };
    const { content, attachments } = contentOf(message);
    const entry = await entryInTopic(deps.db, edited);
    if (entry?.kind === NOTE_KIND) await deps.acts.editNote({ ...edited, content: withoutMark(content) });
    else await deps.acts.editAnswer({ ...edited, content, attachments, projectId: deps.project.id });
  });
}

function updateOf(context: Context): { botId: number; updateId: number } {
  return { botId: context.me.id, updateId: context.update.update_id };
}

function isServiceMessage(message: object): boolean {
  return Object.keys(message).some(
    (name) =>
      name.startsWith('forum_topic_') ||
      name.startsWith('general_forum_') ||
      name === 'pinned_message' ||
      name === 'new_chat_members' ||
      name === 'left_chat_member',
  );
}
