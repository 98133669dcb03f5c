import { Hono } from 'hono';
import { cors } from 'hono/cors';
import proto from '@temporalio/proto';
import type { PayloadCodec } from '@temporalio/common';

const { Payload } = proto.temporal.api.common.v1;

interface Payloads {
  readonly payloads?: readonly { metadata?: Record<string, string>; data?: string }[];
}

/**
 * Opens payloads for the Temporal UI, which shows summaries and arguments only if somebody unseals them
 * for it. Only for the UI's own origin, and only for opening.
 */
export function createCodecServer(codec: PayloadCodec, uiOrigin: string): Hono {
  const app = new Hono();
  app.use(
    cors({
      origin: uiOrigin,
      allowHeaders: ['content-type', 'x-namespace', 'authorization'],
      credentials: true,
    }),
  );
  app.post('/decode', async (context) => {
    // A page of another origin may send, though not read: it gets nothing decoded either.
    if (context.req.header('origin') !== uiOrigin)
      return context.json({ message: 'Only for the Temporal UI.' }, 403);
    const { payloads = [] } = await context.req.json<Payloads>();
    const decoded = await codec.decode(payloads.map((payload) => Payload.fromObject(payload)));
    return context.json({
      payloads: decoded.map((payload) => Payload.toObject(Payload.create(payload), { bytes: String })),
    });
  });
  return app;
}
