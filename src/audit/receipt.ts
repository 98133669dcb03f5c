import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { auditRecord, leafOf, type AuditRecord } from './canonical.ts';
import { createKeyChain, type SignedCheckpoint } from './key-chain.ts';
import { readHash } from './merkle.ts';
import { verifyInclusion } from './proofs.ts';

export const RECEIPT_FORMAT = 'telegram-retention/audit-receipt';
export const RECEIPT_VERSION = 1;

/** A proof of one entry being 2 ** 53 leaves deep takes 53 hashes. */
const LONGEST_PROOF = 64;

const receipt = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  version: z.literal(RECEIPT_VERSION),
  entry: auditRecord,
  /** Its place in the log, from 0. */
  position: z.int().nonnegative(),
  /** The inclusion proof, from the leaf up, in base64. */
  proof: z.array(z.string()).max(LONGEST_PROOF),
  /** The signed head that the proof leads to. */
  checkpoint: z.string(),
  /** The key that signed it, for whoever looks it up; it is believed only when given from elsewhere. */
  key: z.string(),
  /** The checkpoints with which keys handed over, so that any key of the log confirms the receipt. */
  handOvers: z.array(z.string()),
});
/** What somebody is given to prove, to anybody and at any time, that an act was recorded. */
export type Receipt = z.infer<typeof receipt>;

export type ReceiptVerdict =
  | {
      readonly verdict: 'genuine';
      /** In a sentence, for people. */
      readonly message: string;
      readonly entry: AuditRecord;
      readonly position: number;
      readonly head: SignedCheckpoint;
    }
  | {
      readonly verdict: 'not_a_receipt' | 'not_signed' | 'not_in_log';
      readonly message: string;
    };

/** Makes a receipt; the proof is `inclusionProof` for the checkpoint's size. */
export function createReceipt(parts: {
  readonly entry: AuditRecord;
  readonly position: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: string;
  readonly key: string;
  readonly handOvers?: readonly string[];
}): Receipt {
  const { entry, position, proof, checkpoint, key, handOvers = [] } = parts;
  return {
    format: RECEIPT_FORMAT,
    version: RECEIPT_VERSION,
    entry,
    position,
    proof: proof.map((hash) => hash.toString('base64')),
    checkpoint,
    key,
    handOvers: [...handOvers],
  };
}

/**
 * Checks a receipt with nothing but public keys of the log. It never throws for what the receipt holds.
 *
 * @param given the parsed JSON of a receipt, from anybody
 * @param publicKeys in the form `NAME+ID+KEY`, from anywhere but the receipt
 * @param handOvers checkpoints with which those keys handed over: a receipt may leave out that its key is retired
 * @throws AppError `input_invalid` when one of the keys is not one
 */
export function verifyReceipt(
  given: unknown,
  publicKeys: readonly string[],
  handOvers: readonly string[] = [],
): ReceiptVerdict {
  // First, so that a mistyped key is not taken for a false receipt.
  createKeyChain(publicKeys, handOvers);
  const parsed = receipt.safeParse(given);
  if (!parsed.success)
    return {
      verdict: 'not_a_receipt',
      message:
        'This is not a receipt of the audit log, or a part of it is missing. Use the file as it was given out.',
    };
  const { entry, position, proof, checkpoint } = parsed.data;
  try {
    const head = createKeyChain(publicKeys, [...handOvers, ...parsed.data.handOvers]).open(checkpoint);
    if (isIncluded(entry, position, proof, head)) {
      const message = `Genuine: this is entry ${position + 1} of the ${head.size} in the log ${head.origin}, signed with key ${head.signedBy.id}, and nothing in it was changed.`;
      return { verdict: 'genuine', message, entry, position, head };
    }
    const message =
      'Not genuine: this entry is not in the log at that place. The entry, its place or its proof was changed.';
    return { verdict: 'not_in_log', message };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { verdict: 'not_signed', message: `Not confirmed: ${error.message}` };
  }
}

function isIncluded(
  entry: AuditRecord,
  position: number,
  proof: readonly string[],
  head: SignedCheckpoint,
): boolean {
  const { size, root } = head;
  try {
    return verifyInclusion({ leaf: leafOf(entry), index: position, size, proof: proof.map(readHash), root });
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
