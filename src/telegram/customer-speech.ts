import { GrammyError, type Context } from 'grammy';
import { findPerson, type Person } from '../db/my-data.ts';
import type { DeskDeps } from './deps.ts';
import type { Speech } from './texts.ts';

/** Who writes, as far as they are known here, and the language they are answered in. */
export interface Customer {
  readonly telegramUserId: number;
  readonly person: Person | undefined;
  readonly speech: Speech;
}

/** Finds out who sent an update. */
export async function customerOf(deps: DeskDeps, context: Context): Promise<Customer> {
  const telegramUserId = context.from?.id ?? 0;
  const person = await findPerson(deps.db, deps.project.id, telegramUserId);
  return { telegramUserId, person, speech: speechTo(deps, context, person?.language) };
}

/** The language that somebody alone is answered in: what is known of theirs, their app's, the project's. */
export function speechTo(deps: DeskDeps, context: Context, known?: string | null): Speech {
  const { language, timeZone } = deps.project;
  return deps.texts.speech([known, context.from?.language_code, language], timeZone);
}

/** What several of the staff read, such as a card, is in the project's language. */
export function speechToStaff({ texts, project }: Pick<DeskDeps, 'texts' | 'project'>): Speech {
  return texts.speech([project.language], project.timeZone);
}

/** The name under which a person's requests are found, whatever else is known of them. */
export function pseudonymOf({ pseudonym, project }: DeskDeps, telegramUserId: number): string {
  return pseudonym('erasure', project.id, String(telegramUserId));
}

/** Answers a button. One that was pressed too long ago takes no answer, and what it did stays done. */
export async function answerButton(context: Context, text?: string, alert = false): Promise<void> {
  await unlessGone(() =>
    context.answerCallbackQuery(text ? { text: text.slice(0, 200), show_alert: alert } : {}),
  );
}

/** Does something to a message or a button that may be there no more. */
export async function unlessGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
  }
}
