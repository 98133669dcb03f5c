/** What a link to the bot says besides whose bot it is. */
export interface StartPayload {
  /** The language to begin in. */
  readonly language?: string;
  /** Where the link stood, such as `web`. It is nobody's: it is never stored with a person. */
  readonly source?: string;
}

/**
 * Reads what a link carried: `lang_ru`, `src_web`, or both as `lang_ru-src_web`. Telegram allows 64
 * letters, digits, `_` and `-`; what is not understood says nothing.
 */
export function readStartPayload(payload: string): StartPayload {
  const parts = payload.split('-');
  const language = valueOf(parts, /^lang_([a-z]{2})$/);
  const source = valueOf(parts, /^src_([A-Za-z0-9]{1,20})$/);
  return { ...(language && { language }), ...(source && { source }) };
}

function valueOf(parts: readonly string[], form: RegExp): string | undefined {
  for (const part of parts) {
    const value = form.exec(part)?.[1];
    if (value) return value;
  }
  return undefined;
}
