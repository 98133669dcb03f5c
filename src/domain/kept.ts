import { decide, type SessionFacts } from './decision.ts';
import type { RestrictionGround } from './erasure.ts';
import type { Policy } from './policy.ts';

/** What keeps a session against an erasure request. */
export interface Kept {
  readonly ground: RestrictionGround;
  /** When the legal minimum ends; a hold has no date of its own. */
  readonly until: Date | null;
  /** The rule's own words; a hold's reason is the team's and is told to nobody. */
  readonly because: string | null;
  readonly source: string | null;
}

/** Sessions that one and the same reason keeps. */
export interface KeptGroup extends Kept {
  readonly sessions: number;
}

/** A session that an erasure would look at. */
export interface KeepableSession extends Omit<SessionFacts, 'closedAt'> {
  readonly closedAt: Date | null;
  readonly deletionBeganAt: Date | null;
  readonly held: boolean;
  /** What a marking that has happened recorded; `null` where it recorded no ground. */
  readonly restricted: { readonly ground: RestrictionGround; readonly until: Date | null } | null;
}

/** What would keep a session if its erasure were confirmed now, in the order the marking goes by. */
export function keptNow(policy: Policy, session: KeepableSession, now: Date): Kept | null {
  if (session.deletionBeganAt) return null;
  if (session.held) return { ground: 'hold', until: null, because: null, source: null };
  const legal = legalMinimum(policy, session, now);
  return legal?.until && legal.until > now ? legal : null;
}

/** What keeps a session that an erasure has restricted already. */
export function keptByRestriction(policy: Policy, session: KeepableSession, now: Date): Kept | null {
  const { restricted } = session;
  if (!restricted) return null;
  if (restricted.ground === 'hold') return { ...restricted, because: null, source: null };
  const { because = null, source = null } = legalMinimum(policy, session, now) ?? {};
  return { ...restricted, because, source };
}

/** The latest of the legal minimums that outweigh an erasure request. */
function legalMinimum(policy: Policy, session: KeepableSession, now: Date): Kept | null {
  const exempt = new Set(
    policy.rules.filter(({ exemptFromErasure }) => exemptFromErasure).map(({ id }) => id),
  );
  const [latest] = decide(policy, { ...session, closedAt: session.closedAt ?? now })
    .trace.filter(({ effect, rule }) => effect === 'minimum' && exempt.has(rule))
    .toSorted((a, b) => b.asks.localeCompare(a.asks));
  return latest
    ? {
        ground: 'legal',
        until: new Date(latest.asks),
        because: latest.because,
        source: latest.source ?? null,
      }
    : null;
}

/** Groups what is kept by its reason; a group lasts until the last of its sessions may go. */
export function groupKept(all: readonly Kept[]): KeptGroup[] {
  const groups = new Map<string, KeptGroup>();
  for (const kept of all) {
    const key = `${kept.ground} ${kept.because}`;
    const group = groups.get(key);
    const until = group?.until && kept.until && group.until > kept.until ? group.until : kept.until;
    groups.set(key, { ...kept, until, sessions: (group?.sessions ?? 0) + 1 });
  }
  return [...groups.values()];
}
