/** A text in another language. */
export interface Translated {
  readonly text: string;
  /** The language it was in. */
  readonly from: string;
}

/** Puts texts into other languages. What it is given leaves this installation, unless it runs there. */
export interface Translator {
  /** What the translator is called in records and metrics. */
  readonly name: string;
  /**
   * @param to an IETF language tag
   * @throws AppError `translation_unavailable`
   */
  translate(text: string, to: string): Promise<string>;
}

/** Guesses the language of a text; `undefined` where the text is too short or too mixed to tell. */
export type DetectLanguage = (text: string) => string | undefined;

/** Whether two tags name one language as far as reading goes: `pt-BR` and `pt` do. */
export function isSameLanguage(one: string, other: string): boolean {
  return primaryOf(one) === primaryOf(other);
}

/** The language of a tag without script and region. */
export function primaryOf(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}
