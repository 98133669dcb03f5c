/**
 * The address of a topic for those who are in its group; `undefined` for a chat that is no supergroup, which
 * has no such addresses.
 */
export function linkToTopic(chatId: number, topicId: number): string | undefined {
  const group = /^-100(\d+)$/.exec(String(chatId))?.[1];
  return group && `https://t.me/c/${group}/${topicId}`;
}
