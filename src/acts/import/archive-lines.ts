import { z } from 'zod';
import type { AuthorRole, MessageContent, SessionKind } from '../../domain/messages.ts';

/** The header of one person's part of a session, as an export in the archive format has it. */
export interface PartHeader {
  readonly type: 'header';
  readonly project: string;
  readonly session: string;
  readonly subject: string;
  readonly kind: SessionKind;
  readonly openedAt: string;
  readonly closedAt: string;
  readonly closeReason?: string | undefined;
  readonly tags: readonly string[];
  readonly [more: string]: unknown;
}

export interface PartMessage {
  readonly type: 'message';
  readonly ref: string;
  readonly kind?: string;
  readonly author: { readonly role: AuthorRole; readonly ref?: string | undefined };
  readonly replyTo?: string | undefined;
  readonly revisions: readonly {
    readonly revision: number;
    readonly at: string;
    readonly content: MessageContent;
  }[];
  readonly attachments: readonly {
    readonly id: string;
    readonly kind: string;
    readonly size?: number | undefined;
    readonly [more: string]: unknown;
  }[];
  readonly [more: string]: unknown;
}

export type PartLine = PartHeader | PartMessage | { readonly type: 'footer' };

const person = z.object({
  telegramId: z.int().exactOptional(),
  firstName: z.string().exactOptional(),
  lastName: z.string().exactOptional(),
  username: z.string().exactOptional(),
});

/** Who a part is of, as far as its header says. */
export function personOf(header: PartHeader): z.output<typeof person> {
  return person.catch({}).parse(header['person'] ?? {});
}

const moment = z.iso.datetime();

export function sentAtOf(message: PartMessage): Date {
  const said = moment.safeParse(message['sentAt']);
  return new Date(said.success ? said.data : (message.revisions[0]?.at ?? 0));
}

/** The lines of one session after the other: its parts follow each other. */
export async function* bySession(
  lines: AsyncIterable<PartLine>,
): AsyncIterable<{ first: PartHeader; lines: AsyncIterable<PartLine> }> {
  const source = lines[Symbol.asyncIterator]();
  let next = await source.next();
  while (next.done !== true && next.value.type === 'header') {
    const first = next.value;
    async function* own(): AsyncIterable<PartLine> {
      while (next.done !== true && !(next.value.type === 'header' && next.value.session !== first.session)) {
        yield next.value;
        next = await source.next();
      }
    }
    const mine = own();
    yield { first, lines: mine };
    // Whoever skipped it has read nothing: the next session begins behind it.
    for await (const _line of mine);
    for await (const _line of own());
  }
}
