import { randomUUID } from 'node:crypto';
import type { Installation } from '../faults/installation.ts';
import { policySchema } from '../../src/domain/policy.ts';
import type { Random } from './random.ts';

/** A customer of the run; everything they write carries their mark. */
interface Customer {
  readonly telegramUserId: number;
  readonly mark: string;
  erased: boolean;
}

/** Customers, agents, supervisors and compliance, each doing what they do at any time. */
export interface Load {
  /** One act of somebody. */
  act(): Promise<void>;
  /** How often each act was done; what a dead service refused is under `refused`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The marks of those who asked to be erased. */
  erasedMarks(): string[];
  /** Ends every hold, so that what is held may come to its end too. */
  settle(): Promise<void>;
}

const WEIGHTS = {
  newcomer: 10,
  message: 40,
  answer: 14,
  close: 14,
  tag: 6,
  hold: 2,
  release: 2,
  approve: 6,
  extend: 1,
  erase: 3,
  policy: 1,
} as const;

const SUPERVISOR = { kind: 'staff', id: 'supervisor' } as const;

/** @param policy what the project keeps by; a change of it lengthens or shortens the base by seconds */
export function createLoad(installation: Installation, random: Random): Load {
  const { services, sandbox, agent, staffChat, project } = installation;
  const { db, acts } = services;
  const { play } = sandbox.world;
  const customers: Customer[] = [];
  const counts: Record<string, number> = {};

  const acting = {
    newcomer() {
      const customer = { telegramUserId: installation.addCustomer(), mark: randomUUID(), erased: false };
      customers.push(customer);
      say(customer);
      return Promise.resolve();
    },
    message() {
      const customer = random.pick(customers.filter(({ erased }) => !erased));
      if (customer) say(customer);
      return Promise.resolve();
    },
    async answer() {
      const topicId = await topic('open');
      if (topicId) post(topicId, 'We look into it.');
    },
    async close() {
      const topicId = await topic('open');
      if (topicId) post(topicId, '/close');
    },
    async tag() {
      const topicId = await topic('open');
      const tag = random.next() < 0.1 ? 'spam' : 'refund';
      if (topicId) post(topicId, `/tag ${tag}`);
    },
    async hold() {
      const sessionId = await session('archived', 'review', 'closed');
      if (sessionId) await acts.placeHold({ sessionId, reason: 'chaos', actor: SUPERVISOR, now: new Date() });
    },
    async release() {
      const hold = await db
        .selectFrom('hold')
        .select('id')
        .where('released_at', 'is', null)
        .limit(1)
        .executeTakeFirst();
      if (hold) await acts.releaseHold({ holdId: hold.id, actor: SUPERVISOR, now: new Date() });
    },
    async approve() {
      const sessionId = await session('review');
      if (sessionId)
        await acts.decideReview({ sessionId, decision: 'approve', actor: SUPERVISOR, now: new Date() });
    },
    async extend() {
      const sessionId = await session('review');
      const now = new Date();
      const until = new Date(now.getTime() + 20_000);
      if (sessionId)
        await acts.decideReview({ sessionId, decision: 'extend', until, actor: SUPERVISOR, now });
    },
    async erase() {
      const customer = random.pick(customers.filter(({ erased }) => !erased));
      if (!customer || customers.length < 3) return;
      const act = { projectId: project.id, telegramUserId: customer.telegramUserId, now: new Date() };
      const { nonce } = await acts.requestErasure(act);
      if (!nonce) return;
      await acts.confirmErasure({ ...act, nonce });
      customer.erased = true;
    },
    async policy() {
      const policy = policySchema.parse({ ...project.policy, keep: `PT${5 + random.below(20)}S` });
      await acts.applyPolicy({
        ...{ projectId: project.id, policy, reason: 'chaos', now: new Date() },
        actor: { kind: 'operator', id: 'chaos' },
      });
    },
  } satisfies Record<keyof typeof WEIGHTS, () => Promise<void>>;

  function say({ telegramUserId, mark }: Customer) {
    play.send(telegramUserId, { text: `Where is my parcel ${random.below(1000)}? ${mark}` });
  }

  function post(threadId: number, text: string) {
    play.send(agent, { chatId: staffChat, threadId, text });
  }

  async function topic(phase: string): Promise<number | undefined> {
    const rows = await db
      .selectFrom('session')
      .select('topic_id')
      .where('phase', '=', phase as 'open')
      .where('topic_id', 'is not', null)
      .where('erasure_id', 'is', null)
      .orderBy('id')
      .execute();
    return random.pick(rows)?.topic_id ?? undefined;
  }

  async function session(...phases: ('closed' | 'archived' | 'review')[]): Promise<string | undefined> {
    const rows = await db
      .selectFrom('session')
      .select('id')
      .where('phase', 'in', phases)
      .orderBy('id')
      .execute();
    return random.pick(rows)?.id;
  }

  return {
    counts,
    async act() {
      const what = customers.length === 0 ? 'newcomer' : random.weighted(WEIGHTS);
      try {
        await acting[what]();
        counts[what] = (counts[what] ?? 0) + 1;
      } catch {
        // A database that is dead, or a session that moved on in the meantime: whoever acts tries again later.
        counts['refused'] = (counts['refused'] ?? 0) + 1;
      }
    },
    erasedMarks: () => customers.filter(({ erased }) => erased).map(({ mark }) => mark),
    async settle() {
      const holds = await db.selectFrom('hold').select('id').where('released_at', 'is', null).execute();
      for (const { id } of holds)
        await acts.releaseHold({ holdId: id, actor: SUPERVISOR, now: new Date() }).catch(() => undefined);
    },
  };
}
