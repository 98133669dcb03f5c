import { NOTE_KIND } from '../domain/notes.ts';
import type { ExportEntry } from '../export/entry.ts';
import type { Speech } from './texts.ts';

/**
 * An entry as its person gets it by themselves. Of a note that staff wrote for each other they learn that it
 * exists and when it was written; its words may speak of other people (GDPR Art. 15(4)), so somebody looks at
 * them before they are handed out.
 */
export function handedOut({ say }: Speech, entry: ExportEntry): ExportEntry {
  if (entry.kind !== NOTE_KIND) return entry;
  const revisions = entry.revisions.map(({ at }) => ({ at, content: { text: say('export-note') } }));
  return { ...entry, revisions, attachments: [] };
}
