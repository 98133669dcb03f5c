/**
 * A Telegram user, group or channel as one number, the way the Bot API writes it: a user is positive, a
 * group negative, a channel or supergroup below -1,000,000,000,000. So the customer of an export is the
 * same subject as the one who writes to the bot.
 */
export type PeerId = number;

const CHANNEL_BASE = 1_000_000_000_000;

export function groupPeer(id: number): PeerId {
  return -id;
}

export function channelPeer(id: number): PeerId {
  return -CHANNEL_BASE - id;
}

/** Exports before 2021 wrote a bare number with the kind of peer above its 32 bits. */
const OLD_KIND = 2 ** 32;

/** Reads `from_id` or `actor_id`: `user123`, `chat123`, `channel123`, or the number of an old export. */
export function parsePeer(value: unknown): PeerId | null {
  if (isId(value)) {
    const id = value % OLD_KIND;
    return [id, groupPeer(id), channelPeer(id)][Math.floor(value / OLD_KIND)] ?? null;
  }
  const [, kind, digits] =
    /^(user|chat|channel)(\d{1,15})$/.exec(typeof value === 'string' ? value : '') ?? [];
  const id = Number(digits);
  if (!isId(id)) return null;
  return kind === 'user' ? id : kind === 'chat' ? groupPeer(id) : channelPeer(id);
}

/** Whether a value is an id of a user, group or channel as Telegram gives them out. */
export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
