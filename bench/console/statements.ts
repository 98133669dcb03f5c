import { CompiledQuery, type Kysely } from 'kysely';
import type { Tables } from '../../src/db/tables.ts';

/** Whatever a page asks the database for, one after the other. */
export interface Statements {
  /** The database, every statement to which is noted. */
  readonly db: Kysely<Tables>;
  /** What was noted since the last call, without what changes rows. */
  take(): CompiledQuery[];
}

export function noteStatements(plain: Kysely<Tables>): Statements {
  let noted: CompiledQuery[] = [];
  const db = plain.withPlugin({
    transformQuery({ node, queryId }) {
      noted.push(plain.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return {
    db,
    take() {
      const taken = noted;
      noted = [];
      return taken.filter(
        ({ sql }) => !/^\s*(insert|update|delete|set)\b|\b(insert into|delete from)\b/i.test(sql),
      );
    },
  };
}

/** How PostgreSQL comes by the rows of a statement, with its own times. */
export async function planOf(db: Kysely<Tables>, { sql, parameters }: CompiledQuery): Promise<string> {
  const explain = CompiledQuery.raw(`explain (analyze, buffers) ${sql}`, [...parameters]);
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': string }>(explain);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
