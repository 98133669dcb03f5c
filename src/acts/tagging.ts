import type { Transaction } from 'kysely';
import { LRUCache } from 'lru-cache';
import { attachmentKindsOf } from '../db/messages.ts';
import { addAutomaticTags, TAGGING_ACTOR } from '../db/tags.ts';
import type { Tables } from '../db/tables.ts';
import { createTagger, type AutomaticTag, type TaggedMessage, type TaggingRule } from '../domain/tagging.ts';
import { record } from './record.ts';

/** By their rules, since compiling 300 keywords costs 0.7 ms and looking for them 1 µs (measured). */
const taggers = new LRUCache<string, ReturnType<typeof createTagger>>({ max: 100 });

/** The tagger of a policy's tagging rules. */
export function taggerOf(rules: readonly TaggingRule[]): ReturnType<typeof createTagger> {
  if (rules.length === 0) return () => [];
  const key = JSON.stringify(rules);
  const tagger = taggers.get(key) ?? createTagger(rules);
  taggers.set(key, tagger);
  return tagger;
}

/**
 * Puts the tags that rules ask for on a session, in the transaction of the message that made them match.
 * What is there already, or was taken off by a person, stays as it is.
 */
export async function tagAutomatically(
  tx: Transaction<Tables>,
  session: { sessionId: string; projectId: string; tags: readonly string[] },
  found: readonly AutomaticTag[],
  now: Date,
): Promise<void> {
  const { sessionId, tags } = session;
  const missing = found.filter(({ tag }) => !tags.includes(tag)).map((one) => ({ sessionId, ...one }));
  const added = await addAutomaticTags(tx, missing, now);
  for (const [at, { tag, rule }] of added.entries())
    await record(tx, session, {
      actor: TAGGING_ACTOR,
      action: 'tag.added',
      reason: `${tag} by rule ${rule}`,
      now,
      // However many tags a message brings, workflow and staff are told once.
      ...(at === added.length - 1 && { event: { kind: 'tagged' as const }, status: 'tagged' }),
    });
}

/** What tagging rules look at in a message that was not sealed yet. */
export function taggedMessage(
  message: Pick<TaggedMessage, 'content'> & { attachments: readonly { readonly kind: string }[] },
  session: Pick<TaggedMessage, 'kind' | 'language'>,
): TaggedMessage {
  return {
    content: message.content,
    attachmentKinds: attachmentKindsOf(message.attachments),
    kind: session.kind,
    language: session.language,
  };
}
