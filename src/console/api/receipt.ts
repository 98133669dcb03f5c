import { z } from '@hono/zod-openapi';
import { counts } from './schemas.ts';

/** A receipt as docs/audit.md describes it; anybody checks it with the public key of the log. */
export const receipt = z
  .strictObject({
    format: z.string(),
    version: z.int(),
    entry: z.strictObject({
      seq: z.string(),
      at: z.string(),
      actor: z.strictObject({ kind: z.string(), id: z.string(), role: z.string().optional() }),
      source: z.strictObject({ workflowId: z.string(), runId: z.string(), activity: z.string() }).optional(),
      action: z.string(),
      object: z.strictObject({ kind: z.string(), id: z.string() }),
      projectId: z.string().optional(),
      counts,
      reason: z.string().optional(),
      opId: z.string().optional(),
      requestId: z.string().optional(),
    }),
    position: z.int(),
    proof: z.array(z.string()),
    checkpoint: z.string(),
    key: z.string(),
    handOvers: z.array(z.string()),
  })
  .openapi('Receipt');
