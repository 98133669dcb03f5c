import { randomUUID } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import { parseQuery } from '../search/query.ts';
import type { ActDeps } from './deps.ts';

/** A query that somebody keeps. */
export interface SavedSearch {
  readonly name: string;
  readonly query: string;
  readonly createdAt: Date;
}

interface Whose {
  /** Whoever saved it; nobody else sees it. */
  readonly owner: string;
  readonly name: string;
}

/** A query may name a person, so it is sealed under a key of its own. */
function context(id: string): string {
  return `saved search:${id}`;
}

/**
 * Keeps a query under a name.
 *
 * @throws QueryError, or AppError `input_invalid` when the owner has one of that name
 */
export async function saveSearch(
  { db, vault }: ActDeps,
  { owner, name, query, now }: Whose & { readonly query: string; readonly now: Date },
): Promise<void> {
  parseQuery(query);
  const id = randomUUID();
  const [key] = await vault.keysFor([{ sessionId: null, subjectId: id }]);
  if (!key) throw new AppError('key_unknown', 'The vault gave no key for a saved search.');
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('saved_search')
    .values({ id, owner, name, query_sealed: vault.seal(key, context(id), query), created_at: now })
    .onConflict((conflict) => conflict.columns(['owner', 'name']).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows) return;
  await vault.destroy({ sessionId: null, subjectId: id });
  throw new AppError('input_invalid', `You have a saved search ${name} already. Remove it first.`);
}

/** The searches that somebody saved, by name. */
export async function listSavedSearches(
  { db, vault }: ActDeps,
  { owner }: Pick<Whose, 'owner'>,
): Promise<SavedSearch[]> {
  const rows = await db
    .selectFrom('saved_search')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('name')
    .execute();
  const queries = await vault.openMany(
    rows.map(({ id, query_sealed: sealed }) => ({ sealed, context: context(id) })),
  );
  return rows.map(({ name, created_at: createdAt }, at) => ({ name, query: String(queries[at]), createdAt }));
}

/** The query behind a name. @throws AppError `not_found` */
export async function savedSearch(deps: ActDeps, whose: Whose): Promise<string> {
  const { id, query_sealed: sealed } = await find(deps, whose);
  return openSavedQuery(deps, { id, sealed });
}

/** @throws AppError `key_destroyed` where its removal was begun */
export async function openSavedQuery(
  { vault }: Pick<ActDeps, 'vault'>,
  { id, sealed }: { readonly id: string; readonly sealed: Buffer },
): Promise<string> {
  return (await vault.open(sealed, context(id))).toString();
}

/** Forgets a saved search, and destroys its key. @throws AppError `not_found` */
export async function removeSavedSearch(deps: ActDeps, whose: Whose): Promise<void> {
  const { id } = await find(deps, whose);
  await forgetSavedSearch(deps, id);
}

/** Destroys the key of a saved search, then its row. */
export async function forgetSavedSearch(
  { db, vault }: Pick<ActDeps, 'db' | 'vault'>,
  id: string,
): Promise<void> {
  await vault.destroy({ sessionId: null, subjectId: id });
  await db.deleteFrom('saved_search').where('id', '=', id).execute();
}

async function find({ db }: ActDeps, { owner, name }: Whose) {
  const row = await db
    .selectFrom('saved_search')
    .select(['id', 'query_sealed'])
    .where('owner', '=', owner)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row) return row;
  throw new AppError('not_found', `You have no saved search ${name}. See them with: retention search list`);
}
