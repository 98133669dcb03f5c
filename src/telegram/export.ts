import { setTimeout as pause } from 'node:timers/promises';
import { Composer, GrammyError, InputFile, type Api, type Context } from 'grammy';
import { contactFacts, heldSessions, type HeldSession, type Person } from '../db/my-data.ts';
import { AppError } from '../domain/errors.ts';
import { customerOf, speechTo } from './customer-speech.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';
import { writeExport } from './export-files.ts';
import { profileOf } from './my-data.ts';
import { createPace } from './pace.ts';

/** Hands out people's data, one person after the other, beside what else the bot does. */
export interface Exporter {
  readonly desk: Composer<Context>;
  /** Ends what is under way; whoever waits for it asks again. */
  stop(): Promise<void>;
}

/** Well under the 50 MB that a bot may send, since two files grow in memory at once. */
const PART_BYTES = 20 * 1024 * 1024;

/** `/export`: a person's own data as files. @param options.partBytes what a part may come to */
export function createExporter(deps: DeskDeps, options: { readonly partBytes?: number } = {}): Exporter {
  const stopping = new AbortController();
  const asked = new Set<string>();
  // One at a time: each holds two parts in memory, and all open their archives through one store.
  let turn: Promise<void> = Promise.resolve();
  const desk = new Composer<Context>();
  const pace = createPace({
    perMinute: 3,
    clock: deps.clock,
    tooMuch: (context) => context.reply(speechTo(deps, context).say('slow-down')),
  });

  async function start(context: Context) {
    const { person, speech } = await customerOf(deps, context);
    const { say, moment } = speech;
    if (!person) return context.reply(say('nothing-kept'));
    if (asked.has(person.id)) return context.reply(say('export-running'));
    asked.add(person.id);
    try {
      const { given, withheld } = await sharesOf(deps, person);
      const refused = await recordExport(deps, person, given);
      if (refused) {
        asked.delete(person.id);
        return await context.reply(say('export-too-often', { at: moment(refused.againAt) }));
      }
      await context.reply(say('export-started'));
      const job = { api: context.api, botId: context.me.id, person, speech, given, withheld };
      turn = turn.then(() => handOut(deps, job, options.partBytes ?? PART_BYTES, stopping.signal));
      void turn.then(() => asked.delete(person.id));
    } catch (error) {
      asked.delete(person.id);
      throw error;
    }
    return undefined;
  }

  desk.chatType('private').command('export', pace, async (context) => {
    await start(context);
  });
  return {
    desk,
    async stop() {
      stopping.abort();
      await turn;
    },
  };
}

/** What an export is made from. */
interface Job {
  readonly api: Api;
  readonly botId: number;
  readonly person: Person;
  readonly speech: Speech;
  readonly given: readonly HeldSession[];
  /** How many sessions an erasure request has closed, which are not handed out. */
  readonly withheld: number;
}

async function sharesOf(deps: DeskDeps, person: Person) {
  const all = await heldSessions(deps.db, person.id, deps.clock());
  const given = all.filter(({ erasing, restricted }) => !erasing && !restricted).toReversed();
  return { given, withheld: all.length - given.length };
}

/** Written before anything is opened, so that no reading goes unrecorded. */
function recordExport(deps: DeskDeps, person: Person, given: readonly HeldSession[]) {
  return deps.customerData.recordExport({
    projectId: deps.project.id,
    subjectId: person.id,
    counts: {
      sessions: given.length,
      messages: given.reduce((sum, { messages }) => sum + messages, 0),
    },
    now: deps.clock(),
  });
}

/** Makes and sends the files; never rejects, since nobody waits for it but the customer. */
async function handOut(deps: DeskDeps, job: Job, partBytes: number, signal: AbortSignal): Promise<void> {
  const { person, speech, withheld } = job;
  const { say } = speech;
  const chatId = person.telegramUserId;
  let files = 0;
  try {
    const profile = await profileOf(deps, person);
    await writeExport(deps, {
      ...job,
      profile,
      partBytes,
      check: () => mayGoOn(deps, person, signal),
      send: async (part, name, caption) => {
        // It may have become theirs no longer while the part was made.
        await mayGoOn(deps, person, signal);
        await patiently(signal, () => job.api.sendDocument(chatId, new InputFile(part, name), { caption }));
        files += 1;
      },
    });
    const rest = withheld > 0 ? [say('export-withheld', { sessions: withheld })] : [];
    const done = [say('export-done', { files }), ...rest].join('\n');
    await patiently(signal, () => job.api.sendMessage(chatId, done));
  } catch (error) {
    if (signal.aborted) return;
    const code = error instanceof GrammyError ? `telegram_${error.error_code}` : codeOf(error);
    deps.log.warn({ code, files }, 'an export was not handed out to its end');
    const said = code === 'key_destroyed' ? say('export-stopped') : say('export-failed');
    // Whoever has blocked the bot meanwhile is not told, and nobody else waits for this.
    await job.api.sendMessage(chatId, said).catch(() => undefined);
  }
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : error instanceof Error ? error.name : 'unknown';
}

/** @throws AppError `key_destroyed` once an erasure is under way: from its confirmation on nobody sees anything */
async function mayGoOn(deps: DeskDeps, person: Person, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const facts = await contactFacts(deps.db, deps.project.id, person.telegramUserId);
  if (!facts || facts.erasing !== null)
    throw new AppError('key_destroyed', 'The data to be handed out is being erased. Nothing more is sent.');
}

const ATTEMPTS = 5;

/** Waits as long as Telegram says, and tries again where it is away. */
async function patiently<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await call();
    } catch (error) {
      const isOver = error instanceof GrammyError && error.error_code !== 429 && error.error_code < 500;
      if (isOver || attempt === ATTEMPTS) throw error;
      const seconds = error instanceof GrammyError ? error.parameters.retry_after : undefined;
      await pause((seconds ?? 2 ** attempt) * 1000, undefined, { signal });
    }
}
