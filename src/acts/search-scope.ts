import type { Kysely } from 'kysely';
import { Temporal } from 'temporal-polyfill';
import { staffNamed, subjectsNamed } from '../db/search-names.ts';
import type { Condition, Days } from '../db/search-conditions.ts';
import type { Project, Tables } from '../db/tables.ts';
import { dimensionsIn, type DimensionQuery, type Question } from '../search/plan.ts';
import type { Query } from '../search/query.ts';
import { agentTerm, type TermHasher } from '../search/terms.ts';

/** What the words and names of a query mean in the projects that are searched. */
export interface Scope {
  readonly projects: readonly Pick<Project, 'id' | 'time_zone'>[];
  readonly hasherOf: (projectId: string) => TermHasher;
  /** Subjects and staff by what the query calls them. */
  readonly people: ReadonlyMap<string, readonly string[]>;
}

/** Looks up whom a query names. */
export async function scopeOf(
  db: Kysely<Tables>,
  query: Query,
  scope: Omit<Scope, 'people'>,
): Promise<Scope> {
  const ids = scope.projects.map(({ id }) => id);
  const people = new Map<string, readonly string[]>();
  for (const { dimension, value } of dimensionsIn(query)) {
    if (dimension === 'user') people.set(`user:${value}`, await subjectsNamed(db, ids, value));
    if (dimension === 'agent') people.set(`agent:${value}`, await staffNamed(db, ids, value));
  }
  return { ...scope, people };
}

/** The projects that a query is about: those it names beside everything else it asks for. */
export function projectsNamed(query: Query): readonly string[] | null {
  const parts = query.kind === 'and' ? query.of : [query];
  const named = parts.flatMap((one) =>
    one.kind === 'dimension' && one.dimension === 'project' ? [one.value] : [],
  );
  return named.length > 0 ? named : null;
}

/** A question in hashes and ids. */
export function conditionOf(question: Question, scope: Scope): Condition {
  switch (question.kind) {
    case 'need': {
      const needs = scope.projects.map(({ id }) => {
        const hash = scope.hasherOf(id);
        return question.need.map((list) => list.map(hash));
      });
      return { kind: 'terms', needs };
    }
    case 'dimension':
      return dimensionCondition(question, scope);
    case 'not':
      return { kind: 'not', of: conditionOf(question.of, scope) };
    case 'and':
      return { kind: 'and', of: question.of.map((one) => conditionOf(one, scope)) };
    case 'or':
      return unionOf(question.of.map((one) => conditionOf(one, scope)));
    case 'anything':
      return question;
  }
}

/** Alternatives of words are one condition, which the index answers at once. */
function unionOf(of: readonly Condition[]): Condition {
  const needs = of.flatMap((one) => (one.kind === 'terms' ? [one.needs] : []));
  return needs.length === of.length ? { kind: 'terms', needs: needs.flat() } : { kind: 'or', of };
}

export function dimensionCondition(
  { dimension, value }: Pick<DimensionQuery, 'dimension' | 'value'>,
  scope: Scope,
): Condition {
  switch (dimension) {
    case 'user':
      return { kind: 'subjects', ids: scope.people.get(`user:${value}`) ?? [] };
    case 'agent': {
      const staff = scope.people.get(`agent:${value}`) ?? [];
      const terms = scope.projects.flatMap(({ id }) => staff.map(agentTerm).map(scope.hasherOf(id)));
      return { kind: 'terms', needs: [[terms]] };
    }
    case 'project':
      return { kind: 'projects', ids: [value] };
    case 'has':
      return { kind: 'attachment', value: value === 'attachment' ? null : value };
    case 'lang':
      return { kind: 'language', value };
    case 'kind':
      return { kind: 'session-kind', value };
    case 'tag':
    case 'phase':
      return { kind: dimension, value };
    case 'from':
    case 'to':
      return { kind: 'active', within: scope.projects.map((project) => daysOf(project, dimension, value)) };
  }
}

/** A day is the project's own: it begins and ends where its team's does. */
function daysOf(
  { id, time_zone: timeZone }: Scope['projects'][number],
  dimension: 'from' | 'to',
  value: string,
): Days {
  const day = Temporal.PlainDate.from(value);
  const startOf = (date: Temporal.PlainDate) =>
    new Date(date.toZonedDateTime(timeZone).toInstant().epochMilliseconds);
  return dimension === 'from'
    ? { projectId: id, from: startOf(day) }
    : { projectId: id, before: startOf(day.add({ days: 1 })) };
}
