import canonicalize from 'canonicalize';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import type { AuditEntry } from './append.ts';
import { leafHash } from './merkle.ts';

const text = z.string();

/** An audit entry as it stands in the tree, in exports and in receipts. What is absent is left out, never null. */
export const auditRecord = z.strictObject({
  /** The row's number, in decimal. */
  seq: z.string().regex(/^(0|[1-9]\d*)$/),
  /** UTC with milliseconds. */
  at: z.iso.datetime({ precision: 3 }),
  actor: z.strictObject({
    kind: z.enum(['staff', 'customer', 'workflow', 'operator', 'system']),
    id: text,
    role: text.exactOptional(),
  }),
  source: z.strictObject({ workflowId: text, runId: text, activity: text }).exactOptional(),
  action: text,
  object: z.strictObject({ kind: text, id: text }),
  projectId: text.exactOptional(),
  counts: z.record(z.string(), z.number()),
  reason: text.exactOptional(),
  opId: text.exactOptional(),
  requestId: text.exactOptional(),
});
export type AuditRecord = Readonly<z.infer<typeof auditRecord>>;

/** The record of an entry, once its row has a number. */
export function recordOf(
  seq: string | number,
  entry: AuditEntry & { readonly requestId?: string },
): AuditRecord {
  const { actor, source, action, object, projectId, reason, opId, requestId } = entry;
  return {
    seq: String(seq),
    at: entry.at.toISOString(),
    actor: { kind: actor.kind, id: actor.id, ...(actor.role !== undefined && { role: actor.role }) },
    ...(source && {
      source: { workflowId: source.workflowId, runId: source.runId, activity: source.activity },
    }),
    action,
    object: { kind: object.kind, id: object.id },
    ...(projectId !== null && { projectId }),
    counts: { ...entry.counts },
    ...(reason !== undefined && { reason }),
    ...(opId !== undefined && { opId }),
    ...(requestId !== undefined && { requestId }),
  };
}

/**
 * The one spelling of a record, per RFC 8785: the same whoever writes it and in whatever order.
 *
 * @throws AppError `input_invalid` for what JSON cannot say: half a surrogate pair, a number without end
 */
export function canonicalText(record: unknown): string {
  try {
    return canonicalize(record) ?? '';
  } catch (cause) {
    throw new AppError(
      'input_invalid',
      'An audit entry cannot be written as canonical JSON: it holds a broken character or a number without end. Correct the act that wrote it.',
      { cause },
    );
  }
}

/** The hash of a record's leaf: 32 bytes. */
export function leafOf(record: AuditRecord): Buffer {
  return leafHash(canonicalText(record));
}
