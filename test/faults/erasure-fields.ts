/** One message for every field of Telegram's in which a person can be, each with the mark in it. */
export function fieldsOfTelegram(mark: string, personId: number): object[] {
  const file = { file_id: `F${mark}`, file_unique_id: `U${mark}` };
  const user = { id: personId, is_bot: false, first_name: mark, username: mark };
  return [
    { text: mark, entities: [{ type: 'text_mention', offset: 0, length: 4, user }] },
    { photo: [{ ...file, width: 9, height: 9 }], caption: mark },
    { document: { ...file, file_name: `${mark}.pdf`, mime_type: 'application/pdf' } },
    { sticker: { ...file, type: 'regular', width: 9, height: 9, set_name: mark, emoji: '👋' } },
    { voice: { ...file, duration: 1 } },
    {
      contact: { phone_number: '+4915100000', first_name: mark, vcard: `BEGIN:VCARD\nFN:${mark}\nEND:VCARD` },
    },
    { venue: { location: { latitude: 52.5, longitude: 13.4 }, title: mark, address: `${mark} Lane 7` } },
    {
      poll: {
        ...{ id: '7', question: mark, is_closed: false, is_anonymous: true, type: 'regular' },
        ...{ total_voter_count: 0, allows_multiple_answers: false },
        options: [{ text: mark, voter_count: 0, persistent_id: '1' }],
      },
    },
    { text: 'look', forward_origin: { type: 'user', date: 1, sender_user: user } },
    { text: 'look', forward_origin: { type: 'hidden_user', date: 1, sender_user_name: mark } },
    { text: 'yes', quote: { text: mark, position: 0 } },
    { game: { title: mark, description: mark, photo: [] } },
    { checklist: { title: mark, tasks: [{ id: 1, text: mark }] } },
    { text: 'see', link_preview_options: { url: 'https://example.org' }, story: { chat: user, id: 1 } },
    { some_kind_of_tomorrow: { name: mark } },
  ];
}
