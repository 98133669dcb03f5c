import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { scrubSchema } from '../domain/scrub-rules.ts';
import type { ActDeps } from './deps.ts';

const criteria = z.strictObject({
  query: z.string(),
  scrub: scrubSchema,
  /** Keys the hashes of ids. */
  hashKey: z.string(),
});

/** What is asked for: its query may name a person, so none of it stands anywhere in clear. */
export type ExportCriteria = z.output<typeof criteria>;

function context(id: string): string {
  return `export criteria:${id}`;
}

/** Seals criteria under the export's own key, which seals its files too and goes with them. */
export async function sealCriteria(
  { vault }: Pick<ActDeps, 'vault'>,
  id: string,
  value: ExportCriteria,
): Promise<Buffer> {
  const [key] = await vault.keysFor([exportKeyScope(id)]);
  if (!key) throw new AppError('key_unknown', `The vault gave no key for export ${id}.`);
  return vault.seal(key, context(id), JSON.stringify(value));
}

/** @throws AppError `key_destroyed` once the export is removed */
export async function openCriteria(
  { vault }: Pick<ActDeps, 'vault'>,
  { id, criteria_sealed: sealed }: { readonly id: string; readonly criteria_sealed: Buffer | null },
): Promise<ExportCriteria> {
  if (!sealed) throw new AppError('key_destroyed', `What export ${id} asked for is gone with it.`);
  return criteria.parse(JSON.parse((await vault.open(sealed, context(id))).toString()));
}

/** A key of an export's own is kept as a person's is, under the export's id. */
export function exportKeyScope(id: string): { sessionId: null; subjectId: string } {
  return { sessionId: null, subjectId: id };
}
