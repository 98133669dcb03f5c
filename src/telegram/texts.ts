/**
 * The bot's own words for customers. A key is what a delivery carries; the text is made when it is sent.
 * Staff texts are short and live beside the code that shows them.
 */
export const TEXTS = {
  welcome: (project: string) =>
    `Hello! You are writing to ${project}. Just send your message, a person will answer here.`,
  staffWelcome: (project: string) =>
    `You are on the staff of ${project}: reviews that wait for you appear here. Customers are answered in the staff group, in the topic of their session.`,
  notice: (project: string) =>
    `${project} keeps this conversation to answer you, and deletes it when its time is over. ` +
    'It is stored encrypted and read only by the people who help you. Is that all right?',
  noticeDetails: () =>
    'What is kept: your messages and files, your name and username as Telegram shows them. ' +
    'How long: as the rules of this service say; after that a person checks, and everything is deleted for good.',
  agreed: () => 'Thank you. Write whenever you like.',
  declined: () => 'Understood. Nothing you write here is stored. Send /start if you change your mind.',
  closed: () => 'This conversation is closed. Write again if something is missing.',
  reopened: () => 'This conversation is open again.',
  notStored: () =>
    'You declined the privacy notice, so this message was not stored and nobody will see it. Send /start to change that.',
  nothingOpen: () => 'There is no open conversation.',
  tooLate: () => 'This conversation was closed in the meantime. Write again to begin a new one.',
} as const;

export type TextKey = keyof typeof TEXTS;

/** The text of a key; `undefined` for a key that an older version queued and this one no longer knows. */
export function textOf(key: string, project: string): string | undefined {
  return key in TEXTS ? TEXTS[key as TextKey](project) : undefined;
}
