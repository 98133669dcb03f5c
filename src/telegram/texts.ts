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

/** How it came to be known where a customer lives. */
const ORIGINS = {
  customer: 'You said so yourself.',
  staff: 'The people who help you set it.',
  language: 'It was guessed from the language of your Telegram.',
};

/** What customers read where they set something for themselves. */
export const SETTINGS_TEXTS = {
  settings: (project: string, place: string, keptLongerSince: Date | null) =>
    `Your settings at ${project}\n\n${place}\n` +
    (keptLongerSince
      ? `You agreed on ${keptLongerSince.toISOString().slice(0, 10)} to your conversations being kept longer.`
      : 'Your conversations are kept as long as the rules say, and no longer.'),
  whereFrom: () =>
    'Where do you live? The law there says how long your conversations may be kept. You need not answer, and you can write at any time.',
  placeKnown: (place: string, origin: 'customer' | 'staff' | 'language') =>
    `You live here: ${place}. ${ORIGINS[origin]}`,
  placeDefault: (place: string) =>
    `Where you live is not known, so the rules of this service apply as for: ${place}.`,
  placeUnknown: () => 'Where you live is not known.',
  placeSkipped: () => 'All right. Say where you live with /settings whenever you like.',
  askLonger: () =>
    'If you agree, the rules of this service may keep your conversations longer than usual, so that they are there when you need them. You can take it back here at any time. Do you agree?',
  noted: () => 'Noted.',
} as const;
