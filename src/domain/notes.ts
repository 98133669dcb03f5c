/** The kind of an entry that staff wrote for each other: no customer is ever sent it. */
export const NOTE_KIND = 'note';

/** What a revision holds once its entry was taken back from whoever it had been sent to. */
export const TAKEN_BACK = { extra: { deleted: true } } as const;

/** Whether a revision says that its entry was taken back. */
export function isTakenBack({ extra }: { readonly extra?: Readonly<Record<string, unknown>> }): boolean {
  return extra?.['deleted'] === true;
}
