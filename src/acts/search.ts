import { appendAuditEntry } from '../audit/append.ts';
import { listProjects } from '../db/projects.ts';
import { cursorAfter, type Candidate, type CandidateSearch } from '../db/search.ts';
import type { SoughtTexts } from '../db/search-texts.ts';
import { mixedDimensions, questionOf, rankedBy, wordsIn, type DimensionQuery } from '../search/plan.ts';
import { parseQuery, type Query } from '../search/query.ts';
import { byteOf } from '../search/term-filter.ts';
import { needOf } from '../search/words.ts';
import type { ActDeps } from './deps.ts';
import { termHasherOf } from './indexing.ts';
import { costOf, isArchived, withinBudget, type Cost, type Opening } from './search-budget.ts';
import { candidatesFrom, MOST_EXAMINED } from './search-candidates.ts';
import { checkTexts, type CheckedSession } from './search-check.ts';
import { pageEnd, readPage } from './search-page.ts';
import { readingRights, type Reader } from './search-readers.ts';
import { conditionOf, dimensionCondition, projectsNamed, scopeOf } from './search-scope.ts';
import { openArchived, openLive, readSealed, type OpenArchive, type OpenedText } from './search-texts.ts';

/** What somebody looks for. */
export interface SearchAct {
  readonly query: string;
  /** Where to look; everywhere by default. */
  readonly projectIds?: readonly string[];
  readonly reader: Reader;
  /** A word or a ticket number, which the audit keeps. */
  readonly reason: string;
  readonly now: Date;
  readonly limit: number;
  /** Where the page before this one ended. */
  readonly page?: string;
  /** Opens archived sessions as well; without it they are named as the index found them, and what it would cost. */
  readonly openArchive?: OpenArchive;
  /** The most archive objects that one page opens. */
  readonly maxObjects?: number;
  /** Told what is about to be opened of the archives. */
  readonly onCost?: (cost: Cost) => void;
}

/** A session that is what the query asks for, or may be. */
export interface SearchHit extends Cost, CheckedSession {
  readonly sessionId: string;
  readonly projectId: string;
  readonly kind: Candidate['kind'];
  readonly phase: Candidate['phase'];
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly tags: readonly string[];
  /** Whether its texts were opened and hold what was looked for; else the index alone says so. */
  readonly checked: boolean;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** Asks for the page after this one; `null` at the end. */
  readonly next: string | null;
  readonly counts: {
    /** Sessions opened and looked through. */
    readonly opened: number;
    /** Those of them that do not hold the words after all. */
    readonly refuted: number;
    /** Sessions that the reader may not read, not opened. */
    readonly heldBack: number;
    /** Archived sessions on this page that are not opened. */
    readonly unopened: number;
    /** Archive objects that were opened. */
    readonly objects: number;
    readonly bytes: number;
  };
}

/** So many pages are opened at once where most of what is opened is refuted. */
const MOST_AT_ONCE = 4;

/**
 * One page of what a query finds: found by the index, opened and checked before it is shown. Every opening
 * is audited before it happens, by a keyed hash of the query, which may hold names.
 *
 * @throws QueryError, AppError `not_allowed`, `input_invalid` for a page that is none
 */
export async function searchSessions(deps: ActDeps, act: SearchAct): Promise<SearchPage> {
  const query = parseQuery(act.query);
  const plan = await planOf(deps, act, query);
  const mayRead = readingRights(deps.db, act.reader, { projectIds: plan.projectIds, now: act.now });
  const counts = { opened: 0, refuted: 0, heldBack: 0, unopened: 0, objects: 0, bytes: 0 };
  const hits: SearchHit[] = [];
  let after = act.page === undefined ? null : readPage(act.page);
  const upcoming = candidatesFrom(deps, plan.search, after, act.limit);
  let examined = 0;
  const end = (next: string | null): SearchPage => ({ hits, next, counts });
  for (;;) {
    // Where many are refuted, more are opened at once than are still wanted.
    const { batch, isLast } = await upcoming(
      Math.max(act.limit - hits.length, Math.min(counts.refuted, act.limit * MOST_AT_ONCE)),
    );
    const readable: Candidate[] = [];
    for (const one of batch) if (await mayRead(one)) readable.push(one);
    const opening = await withinBudget(deps, readable, {
      ...{ hasWords: wordsIn(query).length > 0, opensArchives: act.openArchive !== undefined },
      ...{ maxObjects: act.maxObjects, spent: counts.objects },
    });
    const examinedNow = opening.cutAt ? batch.slice(0, batch.indexOf(opening.cutAt)) : batch;
    counts.heldBack += examinedNow.filter((one) => !readable.includes(one)).length;
    await openBatch(deps, act, { query, plan, opening, hits, counts });
    const surplus = hits.splice(act.limit);
    const last = surplus.length > 0 ? lastShown(batch, hits) : examinedNow.at(-1);
    if (last) after = cursorAfter(last);
    examined += examinedNow.length;
    if (isLast && !opening.cutAt && surplus.length === 0) return end(null);
    if (opening.cutAt || hits.length >= act.limit || examined >= act.limit * MOST_EXAMINED)
      return end(after && pageEnd(after));
  }
}

function lastShown(batch: readonly Candidate[], hits: readonly SearchHit[]): Candidate | undefined {
  const last = hits.at(-1);
  return batch.find(({ id }) => id === last?.sessionId);
}

interface Plan {
  readonly search: Pick<CandidateSearch, 'where' | 'scored' | 'asked'>;
  readonly mixed: readonly DimensionQuery[];
  readonly projectIds: readonly string[];
}

async function planOf(deps: ActDeps, act: SearchAct, query: Query): Promise<Plan> {
  const named = projectsNamed(query);
  const projects = (await listProjects(deps.db)).filter(
    ({ id }) => (act.projectIds?.includes(id) ?? true) && (named?.includes(id) ?? true),
  );
  const hasherOf = (projectId: string) => termHasherOf(deps.pseudonym, projectId);
  const scope = await scopeOf(deps.db, query, { projects, hasherOf });
  const mixed = mixedDimensions(query);
  const projectIds = projects.map(({ id }) => id);
  const within = { kind: 'projects', ids: projectIds } as const;
  return {
    search: {
      where: { kind: 'and', of: [conditionOf(questionOf(query), scope), within] },
      scored: rankedBy(query).map((question) => conditionOf(question, scope)),
      asked: mixed.map((dimension) => dimensionCondition(dimension, scope)),
    },
    mixed,
    projectIds,
  };
}

type Counting = { -readonly [name in keyof SearchPage['counts']]: number };

async function openBatch(
  deps: ActDeps,
  act: SearchAct,
  on: { query: Query; plan: Plan; opening: Opening; hits: SearchHit[]; counts: Counting },
): Promise<void> {
  const { query, opening, hits, counts } = on;
  const hasWords = wordsIn(query).length > 0;
  const opens = (one: Candidate) => hasWords && (!isArchived(one) || act.openArchive !== undefined);
  const opened = opening.candidates.filter(opens);
  const cost = costOf(opened.flatMap(({ id }) => opening.objects.get(id) ?? []));
  const [sealed] = await Promise.all([
    readSealed(
      deps,
      soughtIn(
        deps,
        query,
        opened.filter((one) => !isArchived(one)),
      ),
    ),
    opened.length > 0 && recordReading(deps, act, on.plan, { sessions: opened.length, ...cost }),
  ]);
  if (cost.objects > 0) act.onCost?.(cost);
  const live = await openLive(deps, sealed);
  counts.opened += opened.length;
  counts.objects += cost.objects;
  counts.bytes += cost.bytes;
  for (const candidate of opening.candidates) {
    const objects = opening.objects.get(candidate.id) ?? [];
    if (!opens(candidate)) {
      if (hasWords) counts.unopened += 1;
      hits.push(hitOf(candidate, { checked: !hasWords, cost: costOf(objects), found: { snippets: [] } }));
      continue;
    }
    const texts = isArchived(candidate)
      ? await openArchived(act.openArchive as OpenArchive, objects, candidate.projectId)
      : (live.get(candidate.id) ?? []);
    const found = check(on, candidate, texts);
    if (found) hits.push(hitOf(candidate, { checked: true, cost: costOf(objects), found }));
    else counts.refuted += 1;
  }
}

/** What is looked for in live sessions, in the hashes of each project. */
function soughtIn({ pseudonym }: ActDeps, query: Query, live: readonly Candidate[]): SoughtTexts[] {
  const needs = wordsIn(query).map(needOf);
  return [...Map.groupBy(live, ({ projectId }) => projectId)].map(([projectId, sessions]) => {
    const hash = termHasherOf(pseudonym, projectId);
    return {
      sessionIds: sessions.map(({ id }) => id),
      needs: needs.map((need) => need.map((terms) => terms.map((term) => byteOf(hash(term))))),
    };
  });
}

function check({ query, plan }: { query: Query; plan: Plan }, { meets }: Candidate, texts: OpenedText[]) {
  return checkTexts(query, texts, (dimension) => meets[plan.mixed.indexOf(dimension)] ?? false);
}

function hitOf(
  { id, projectId, kind, phase, openedAt, closedAt, tags }: Candidate,
  { checked, cost, found }: { checked: boolean; cost: Cost; found: CheckedSession },
): SearchHit {
  return { sessionId: id, projectId, kind, phase, openedAt, closedAt, tags, checked, ...cost, ...found };
}

/** Written before anything is opened, so that no reading goes unrecorded. */
async function recordReading(
  { db, pseudonym }: ActDeps,
  { query, reader, reason, now }: SearchAct,
  { projectIds }: Plan,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  await appendAuditEntry(db, {
    at: now,
    actor: reader.actor,
    action: 'search.read',
    object: { kind: 'search', id: pseudonym('search query', query) },
    projectId: projectIds.length === 1 ? (projectIds[0] ?? null) : null,
    counts,
    reason,
  });
}
