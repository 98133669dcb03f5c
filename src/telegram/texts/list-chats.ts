/** What groups, business accounts and messages of every kind need said. */
export const CHATS_TEXTS = {
  'group-notice': { project: 'text' },
  'relay-by-owner': {},
  'relay-by-staff': {},
  'relay-no-name': {},
  'relay-not-shown': { kind: 'text' },
  'relay-reaction': { emoji: 'text' },
  'relay-reaction-none': {},
  'relay-poll-answer': { options: 'text' },
  'relay-poll-answer-none': {},
  'note-file-too-large': {},
  'note-file-too-large-staff': {},
  'note-business-no-reply-staff': {},
} as const;
