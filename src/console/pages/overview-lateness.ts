import type { Overview, Work } from '../../domain/overview.ts';
import { number, span } from '../views/amounts.ts';
import type { Html } from '../views/html.ts';
import { leading } from '../views/pieces.ts';
import { table } from '../views/table.ts';

const WORK: Readonly<Record<Work, string>> = {
  archive: 'Archiving',
  review: 'Opening reviews',
  decision: 'Ending reviews in silence',
  deletion: 'Deleting after a decision',
  erasure: 'Erasing on request',
};

/**
 * When work was done, against when it was due.
 *
 * @param listOf where work is listed that was done, or of it what was late
 */
export function lateness(
  { lateness: lines }: Overview,
  listOf: (work: Work, of: 'done' | 'late') => string | undefined,
): Html {
  return table({
    caption: 'When work of the last 30 days was done, against when it was due',
    rows: lines,
    columns: [
      { heading: 'Work', cell: ({ kind }) => WORK[kind], names: true },
      {
        heading: 'Done',
        cell: ({ kind, done }) => leading(number(done), listOf(kind, 'done')),
        numeric: true,
      },
      { heading: 'Median late', cell: ({ median }) => span(median), numeric: true },
      { heading: '99 of 100 within', cell: ({ p99 }) => span(p99), numeric: true },
      {
        heading: 'More than an hour late',
        cell: ({ kind, late }) => leading(number(late), late > 0 ? listOf(kind, 'late') : undefined),
        numeric: true,
      },
    ],
    empty: 'Nothing was due in the last 30 days.',
  });
}
