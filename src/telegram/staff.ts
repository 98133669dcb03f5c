import { Composer, type Context } from 'grammy';
import { sessionOfTopic, type SessionHead } from '../db/sessions.ts';
import { findStaff, type StaffMember } from '../db/staff.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { mayDo, type Action } from '../domain/roles.ts';
import { contentOf, incomingMessage } from './content.ts';
import type { DeskDeps } from './deps.ts';

interface Command {
  readonly needs: Action;
  readonly run: (act: {
    sessionId: string;
    actor: Actor;
    now: Date;
    words: string;
    update: Update;
  }) => Promise<unknown>;
}

interface Update {
  readonly botId: number;
  readonly updateId: number;
}

/** What staff do in a session's topic: answer, edit, and the commands. */
export function createStaffDesk(deps: DeskDeps): Composer<Context> {
  const composer = new Composer<Context>();
  const group = composer.filter((context) => context.chat?.id === deps.project.staffChatId);
  for (const [name, command] of Object.entries(commandsOf(deps)))
    group.command(name, (context) =>
      inTopic(deps, context, command.needs, ({ session, actor }) =>
        command.run({
          sessionId: session.id,
          actor,
          now: deps.clock(),
          words: typeof context.match === 'string' ? context.match.trim() : '',
          update: updateOf(context),
        }),
      ),
    );
  // A command with a slip of the pen is for the bot, not for the customer.
  group.hears(/^\//, (context) =>
    inTopic(deps, context, 'session.answer', () => Promise.reject(unknownCommand(deps))),
  );
  group.on('message', (context) => answer(deps, context));
  group.on('edited_message', (context) => edit(deps, context));
  return composer;
}

function commandsOf({ acts }: DeskDeps): Record<string, Command> {
  return {
    close: { needs: 'session.close', run: (act) => acts.closeSession({ ...act, reason: 'agent' }) },
    reopen: { needs: 'session.reopen', run: (act) => acts.reopenSession(act) },
    tag: { needs: 'session.tag', run: (act) => acts.changeTag({ ...act, tag: act.words, change: 'add' }) },
    untag: {
      needs: 'session.tag',
      run: (act) => acts.changeTag({ ...act, tag: act.words, change: 'remove' }),
    },
    hold: { needs: 'hold.place', run: (act) => acts.placeHold({ ...act, reason: act.words }) },
    jurisdiction: { needs: 'subject.correct', run: (act) => correctJurisdiction(acts, act) },
    release: { needs: 'hold.release', run: (act) => acts.releaseHolds({ ...act, reason: act.words }) },
  };
}

/** `/jurisdiction EU TICKET-4711`: the customer's, with a reason for the audit if there is one to give. */
function correctJurisdiction(
  acts: DeskDeps['acts'],
  { words, ...act }: { sessionId: string; actor: Actor; now: Date; words: string },
) {
  const [jurisdiction = '', reason] = words.split(/\s+/);
  return acts.correctJurisdiction({ ...act, jurisdiction, ...(reason && { reason }) });
}

function unknownCommand(deps: DeskDeps): AppError {
  const known = Object.keys(commandsOf(deps)).map((name) => `/${name}`);
  return new AppError('input_invalid', `There is no such command. Commands here: ${known.join(' ')}`);
}

async function answer(deps: DeskDeps, context: Context) {
  const { message } = context;
  // Topics tell of themselves (created, closed, renamed); that is no answer to a customer.
  if (!message || message.from?.is_bot || isServiceMessage(message)) return;
  await inTopic(deps, context, 'session.answer', ({ session, member }) =>
    deps.acts.answerCustomer({
      ...incomingMessage(message),
      sessionId: session.id,
      staffId: member.id,
      ...updateOf(context),
      now: deps.clock(),
    }),
  );
}

async function edit(deps: DeskDeps, context: Context) {
  const message = context.editedMessage;
  if (!message || message.from?.is_bot) return;
  await inTopic(deps, context, 'session.answer', ({ session }) =>
    deps.acts.editAnswer({
      projectId: deps.project.id,
      sessionId: session.id,
      staffMessageId: message.message_id,
      content: contentOf(message).content,
      editedAt: new Date((message.edit_date ?? message.date) * 1000),
      ...updateOf(context),
      now: deps.clock(),
    }),
  );
}

/** Runs an act in the topic's session for a member of staff who may do it, and tells why where not. */
async function inTopic(
  deps: DeskDeps,
  context: Context,
  needs: Action,
  act: (found: { session: SessionHead; member: StaffMember; actor: Actor }) => Promise<unknown>,
) {
  const topicId = context.msg?.message_thread_id;
  const session = topicId === undefined ? undefined : await sessionOfTopic(deps.db, deps.project.id, topicId);
  // What is written outside the sessions' topics is the team's own talk.
  if (!session) return;
  const member = await findStaff(deps.db, deps.project.id, context.from?.id ?? 0);
  try {
    if (!member || !mayDo(member.roles, needs))
      throw new AppError(
        'not_allowed',
        'You are not on the list of those who may do this here. Ask an administrator to add you.',
      );
    await act({ session, member, actor: { kind: 'staff', id: member.id, role: member.roles.join(' ') } });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await context.reply(`⚠️ ${error.message}`, {
      reply_parameters: { message_id: context.msg?.message_id ?? 0 },
    });
  }
}

function updateOf(context: Context): Update {
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
