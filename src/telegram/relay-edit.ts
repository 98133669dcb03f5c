import { GrammyError } from 'grammy';
import { linkCopy } from '../db/messages.ts';
import type { RelayFacts } from '../db/relay-facts.ts';
import { speechToStaff } from './customer-speech.ts';
import { openRelayed, underByline, type Relayed } from './relay-content.ts';
import { placed, type RelaySide } from './relay-side.ts';
import type { SenderDeps, SendOutcome } from './sending.ts';

const REPLACEABLE = new Set(['photo', 'video', 'animation', 'audio', 'document']);

/** Makes a copy say what its message says now. */
export async function editCopy(deps: SenderDeps, side: RelaySide, message: RelayFacts): Promise<SendOutcome> {
  const { copyId } = side;
  if (copyId === undefined) return 'gone';
  try {
    await editTo(deps, { ...side, copyId }, await openRelayed(deps, message, side.target));
  } catch (error) {
    // An edit of what a reader cannot see, such as a link's preview, changes nothing in the copy.
    if (isRefusal(error, /not modified/)) return 'sent';
    if (side.target === 'customer' || !isRefusal(error, /message to edit not found/i)) throw error;
    // Staff deleted the copy, or its topic was made anew: they see the new version all the same.
    await sendVersion(deps, side, message);
  }
  return 'sent';
}

async function editTo(
  deps: SenderDeps,
  side: RelaySide & { copyId: number },
  relayed: Relayed,
): Promise<void> {
  const { api } = deps;
  const { chatId, copyId, businessId } = side;
  const place = businessId === undefined ? {} : { business_connection_id: businessId };
  const { text, entities } = marked(deps, side, relayed);
  const { kind } = relayed.message;
  if (kind === 'location') await moveLocation(deps, side, relayed);
  else if (kind === 'text') await api.editMessageText(chatId, copyId, text, { ...place, entities });
  else if (REPLACEABLE.has(kind) && relayed.files.length > 1) await replaceFile(deps, side, relayed);
  else await api.editMessageCaption(chatId, copyId, { ...place, caption: text, caption_entities: entities });
}

/** What Telegram takes of a text, and of the words under a file. */
const LONGEST = { text: 4096, caption: 1024 };

/** The new words; staff see a mark under them, as far as there is room for it. */
function marked(deps: SenderDeps, { target }: RelaySide, relayed: Relayed): ReturnType<typeof underByline> {
  const words = underByline(relayed);
  if (target === 'customer') return words;
  const { kind, revision } = relayed.message;
  const mark = speechToStaff(deps).say('desk-edited', { times: revision - 1 });
  const text = words.text ? `${words.text}\n\n${mark}` : mark;
  return text.length > LONGEST[kind === 'text' ? 'text' : 'caption'] ? words : { ...words, text };
}

async function sendVersion(deps: SenderDeps, side: RelaySide, message: RelayFacts): Promise<void> {
  const relayed = await openRelayed(deps, message, side.target);
  const { text, entities } = marked(deps, side, relayed);
  const sent = await deps.api.sendMessage(side.chatId, text, { ...placed(side), entities });
  await linkCopy(deps.db, message.id, { staffMessageId: sent.message_id });
}

function isRefusal(error: unknown, pattern: RegExp): boolean {
  return error instanceof GrammyError && error.error_code === 400 && pattern.test(error.description);
}

/** A new file came with the edit; those before it are kept with the message. */
async function replaceFile(
  deps: SenderDeps,
  side: RelaySide & { copyId: number },
  relayed: Relayed,
): Promise<void> {
  const { api } = deps;
  const { chatId, copyId, businessId } = side;
  const file = relayed.files.at(-1);
  if (!file) return;
  const { text, entities } = marked(deps, side, relayed);
  const caption = text === '' ? {} : { caption: text, caption_entities: entities };
  const media = { type: file.kind as 'photo', media: file.fileId, ...caption };
  const place = businessId === undefined ? {} : { business_connection_id: businessId };
  await api.editMessageMedia(chatId, copyId, media, place);
}

/** A live location moves with every edit, and ends with the one that has no period any more. */
async function moveLocation(
  { api }: SenderDeps,
  { chatId, copyId, businessId }: RelaySide & { copyId: number },
  { content }: Relayed,
): Promise<void> {
  const place = businessId === undefined ? {} : { business_connection_id: businessId };
  const location = content.extra?.['location'] as
    { latitude: number; longitude: number; live_period?: number } | undefined;
  if (!location) return;
  const { latitude, longitude } = location;
  if (location.live_period === undefined) await api.stopMessageLiveLocation(chatId, copyId, place);
  else await api.editMessageLiveLocation(chatId, copyId, latitude, longitude, place);
}
