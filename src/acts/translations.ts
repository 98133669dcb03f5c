import { findTranslation, keepTranslation, translationContext } from '../db/translations.ts';
import { AppError } from '../domain/errors.ts';
import {
  isSameLanguage,
  type DetectLanguage,
  type Translated,
  type Translator,
} from '../domain/translation.ts';
import type { ActDeps } from './deps.ts';
import type { Transcript } from './transcript.ts';

/** One revision of a message with its text opened, and the language it is wanted in. */
export interface TranslationAct {
  readonly sessionId: string;
  readonly subjectId: string;
  readonly messageId: string;
  readonly revision: number;
  readonly text: string;
  readonly to: string;
  readonly now: Date;
}

export interface Translations {
  /**
   * The text in another language, from the cache or made now and kept sealed.
   *
   * @returns undefined where it is in that language already, says too little to tell its language, or is erased
   * @throws AppError `translation_unavailable`
   */
  translate(act: TranslationAct): Promise<Translated | undefined>;
  /** What a session says now, entry by entry: the newest revision of each that is in another language. */
  translateTranscript(
    transcript: Transcript,
    act: { readonly to: string; readonly now: Date },
  ): Promise<TranslatedTranscript>;
}

export interface TranslatedTranscript {
  readonly to: string;
  readonly entries: ReadonlyMap<string, Translated>;
  /** How many entries the translator gave nothing for; they are read as they are. */
  readonly unavailable: number;
}

interface TranslationDeps extends Pick<ActDeps, 'db' | 'vault'> {
  readonly translator: Translator;
  readonly detect: DetectLanguage;
}

/** Translates what people wrote. The cache is sealed with the key of the text, so it goes when the text does. */
export function createTranslations(deps: TranslationDeps): Translations {
  return {
    translate: (act) => translate(deps, act),
    translateTranscript: (transcript, act) => translateTranscript(deps, transcript, act),
  };
}

async function translate(deps: TranslationDeps, act: TranslationAct): Promise<Translated | undefined> {
  const from = deps.detect(act.text);
  if (from === undefined || isSameLanguage(from, act.to)) return undefined;
  const kept = await findTranslation(deps.db, { ...act, language: act.to });
  if (kept) return openKept(deps, act, kept.sealed, from);
  const text = await deps.translator.translate(act.text, act.to);
  return (await keep(deps, act, text)) ? { text, from } : undefined;
}

async function translateTranscript(
  deps: TranslationDeps,
  { life, entries }: Transcript,
  { to, now }: { to: string; now: Date },
): Promise<TranslatedTranscript> {
  const translated = new Map<string, Translated>();
  let unavailable = 0;
  for (const { ref, subjectId, revisions } of entries) {
    const text = revisions.at(-1)?.content.text;
    if (!text) continue;
    const act = {
      sessionId: life.sessionId,
      subjectId,
      messageId: ref,
      revision: revisions.length,
      text,
      to,
      now,
    };
    try {
      const found = await translate(deps, act);
      if (found) translated.set(ref, found);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'translation_unavailable') throw error;
      unavailable += 1;
    }
  }
  return { to, entries: translated, unavailable };
}

async function openKept({ vault }: TranslationDeps, act: TranslationAct, sealed: Buffer, from: string) {
  const text = await unlessDestroyed(vault.open(sealed, translationContext({ ...act, language: act.to })));
  return text && { text: text.toString(), from };
}

async function keep(deps: TranslationDeps, act: TranslationAct, text: string): Promise<boolean> {
  const { sessionId, subjectId, messageId, revision, to, now } = act;
  const keys = await unlessDestroyed(deps.vault.keysFor([{ sessionId, subjectId }]));
  const [key] = keys ?? [];
  if (!key) return false;
  return keepTranslation(deps.db, {
    message_id: messageId,
    revision,
    language: to,
    session_id: sessionId,
    subject_id: subjectId,
    sealed: deps.vault.seal(key, translationContext({ messageId, revision, language: to }), text),
    translator: deps.translator.name,
    staff_message_id: null,
    telegram_message_id: null,
    made_at: now,
  });
}

async function unlessDestroyed<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof AppError && error.code === 'key_destroyed') return undefined;
    throw error;
  }
}
