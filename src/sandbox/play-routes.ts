import { Hono } from 'hono';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Fault } from './faults.ts';
import type { Hub } from './hub.ts';
import { readUpload } from './parameters.ts';
import type { SandboxPanel } from './panel.ts';
import type { PlayedMessage } from './play.ts';
import type { Role } from './records.ts';
import { badRequest, Refusal } from './refusal.ts';
import type { World } from './world.ts';

export interface PlayRoutesParts {
  hub: Hub;
  world: World;
  panel: (() => Promise<SandboxPanel>) | undefined;
  /** Ends the live streams when the sandbox closes. */
  closing: AbortSignal;
}

/** What the page, and tests over HTTP, do as people. Everything stands under `/play`. */
export function playRoutes({ hub, world, panel, closing }: PlayRoutesParts): Hono {
  const app = new Hono();
  const { play, faults } = world;

  app.onError((error, c) => {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'Internal Server Error');
    return c.json({ ok: false, error: refusal.message }, refusal.code as ContentfulStatusCode);
  });

  app.get('/world', (c) => c.json(seenWorld(hub)));
  app.get('/panel', async (c) => c.json(panel ? await panel() : { links: [], sessions: [] }));
  app.get('/events', (c) => liveEvents(c, hub, closing));
  app.post('/people', async (c) => {
    const { projectId, ...person } = await json<{
      projectId: string;
      role?: Role;
      firstName: string;
      languageCode?: string;
    }>(c);
    if (typeof person.firstName !== 'string' || person.firstName.trim() === '')
      throw badRequest('a name is needed');
    if (!hub.projects.get(projectId)) throw badRequest('project not found');
    return c.json({ id: world.addPerson(projectId, { role: 'customer', languageCode: 'en', ...person }) });
  });

  app.post('/groups', async (c) => c.json(play.groups.make(await json(c))));
  app.post('/groups/:chat/members', async (c) =>
    done(c, play.groups.setMember(Number(c.req.param('chat')), await json(c))),
  );
  app.post('/groups/:chat/migrate', (c) => c.json(play.groups.migrate(Number(c.req.param('chat')))));
  app.post('/business', async (c) => c.json(play.business.connect(await json(c))));
  app.post('/business/:id', async (c) => done(c, play.business.change(c.req.param('id'), await json(c))));

  app.get('/:user/chats', (c) => c.json(play.chats(userId(c))));
  app.get('/:user/chats/:chat/messages', (c) => {
    const thread = c.req.query('threadId');
    const threadId = thread === undefined || thread === '' ? undefined : Number(thread);
    const messages = play.messages(userId(c), Number(c.req.param('chat')), threadId);
    return c.json(messages.slice(-Number(c.req.query('limit') ?? messages.length)));
  });
  app.get('/:user/files/:file', (c) => ownFile(c, hub));
  app.get('/:user/callbacks/:id', (c) => c.json(play.callbackAnswer(c.req.param('id')) ?? null));

  app.post('/:user/send', async (c) => c.json(play.send(userId(c), await playedMessage(c))));
  app.post('/:user/album', async (c) => c.json(play.album(userId(c), await playedAlbum(c))));
  app.post('/:user/vote', async (c) => done(c, play.vote(userId(c), await json(c))));
  app.post('/:user/business', async (c) => c.json(play.business.chat(userId(c), await json(c))));
  app.post('/:user/delete', async (c) => done(c, play.business.remove(userId(c), await json(c))));
  app.post('/:user/start', async (c) =>
    c.json(play.start(userId(c), (await json<{ payload?: string }>(c)).payload)),
  );
  app.post('/:user/edit', async (c) => c.json(play.edit(userId(c), await json(c))));
  app.post('/:user/press', async (c) => c.json({ id: play.press(userId(c), await json(c)) }));
  app.post('/:user/react', async (c) => done(c, play.react(userId(c), await json(c))));
  app.post('/:user/block', (c) => done(c, play.block(userId(c))));
  app.post('/:user/unblock', (c) => done(c, play.unblock(userId(c))));

  app.post('/faults', async (c) => done(c, faults.add(await json<Fault>(c))));
  app.post('/faults/clear', (c) => done(c, faults.clear()));
  app.post('/faults/repeat', async (c) => {
    const { botId, updateId } = await json<{ botId: number; updateId?: number }>(c);
    return done(c, faults.repeatUpdate(botId, updateId));
  });
  app.post('/faults/raw', async (c) => {
    const { botId, update } = await json<{ botId: number; update: unknown }>(c);
    return done(c, faults.sendRaw(botId, update));
  });
  app.post('/faults/reset', async (c) => {
    const { botId, nextUpdateId } = await json<{ botId: number; nextUpdateId: number }>(c);
    return done(c, faults.resetUpdateId(botId, nextUpdateId));
  });
  return app;
}

function done(c: Context, _result: void): Response {
  return c.json({ ok: true });
}

function userId(c: Context): number {
  return Number(c.req.param('user'));
}

/** The body as the caller says it is: what does not fit is refused further in, as with a bad id. */
async function json<T>(c: Context): Promise<T> {
  const text = await c.req.text();
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Refused below, like every other body that is no object.
  }
  throw badRequest('JSON object expected');
}

async function playedMessage(c: Context): Promise<PlayedMessage> {
  if (!(c.req.header('content-type') ?? '').includes('form-data')) return json<PlayedMessage>(c);
  const form = await c.req.formData();
  const file = form.get('file');
  return {
    ...playedFields(form),
    ...(file instanceof File && file.size > 0 && { file: await readUpload(file) }),
  };
}

async function playedAlbum(c: Context): Promise<Parameters<World['play']['album']>[1]> {
  const form = await c.req.formData();
  const files = form.getAll('file').filter((file) => file instanceof File);
  return { ...playedFields(form), files: await Promise.all(files.map(readUpload)) };
}

/** The fields of a form beside its files. */
function playedFields(form: FormData): PlayedMessage {
  const field = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const number = (name: string) => (field(name) === undefined ? undefined : Number(field(name)));
  const message = {
    chatId: number('chatId'),
    threadId: number('threadId'),
    replyTo: number('replyTo'),
    text: field('text'),
    as: field('as'),
    quote: field('quote'),
    content: field('content') === undefined ? undefined : (JSON.parse(field('content') ?? '') as object),
  };
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
}

/** Shows pictures; everything else is downloaded and never run. */
function ownFile(c: Context, hub: Hub): Response {
  const file = hub.files.get(c.req.param('file') ?? '');
  const bytes = file && hub.store.readFile(file.blob);
  if (!file || !bytes) throw badRequest('file not found');
  const picture = /^image\/(jpeg|png|webp|gif)$/.test(file.mimeType ?? '');
  return c.body(new Uint8Array(bytes), 200, {
    'content-type': picture && file.mimeType !== undefined ? file.mimeType : 'application/octet-stream',
    'content-disposition': `${picture ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name ?? 'file')}`,
  });
}

function seenWorld(hub: Hub): unknown {
  return {
    projects: hub.projects.values().map((project) => {
      const bot = hub.bots.get(project.botId);
      return {
        id: project.id,
        title: project.title,
        staffChatId: project.staffChatId,
        bot: {
          id: project.botId,
          name: bot?.user.first_name,
          username: bot?.user.username,
          commands: commandsOf(bot?.commands),
        },
        people: hub.people
          .values()
          .filter((person) => person.projectId === project.id)
          .map(({ role, user, started, blocked }) => ({ role, user, started, blocked })),
      };
    }),
  };
}

/** The commands a page hints at: for groups and for private chats, whatever their language. */
function commandsOf(commands: Record<string, { command: string; description: string }[]> = {}): unknown {
  const named = (...scopes: string[]) => {
    for (const scope of scopes) {
      const key =
        Object.keys(commands).find((k) => k.startsWith(`${scope}|`) && k.endsWith('|')) ??
        Object.keys(commands).find((k) => k.startsWith(`${scope}|`));
      if (key !== undefined) return commands[key];
    }
    return [];
  };
  return {
    group: named('chat', 'all_chat_administrators', 'all_group_chats', 'default'),
    private: named('all_private_chats', 'default'),
  };
}

/** How often an idle stream is written to, so that a page which went away is noticed. */
const HEARTBEAT_MS = 15_000;

function liveEvents(c: Context, hub: Hub, closing: AbortSignal): Response {
  return streamSSE(c, async (stream) => {
    const stop = hub.onChange((change) => void stream.writeSSE({ data: JSON.stringify(change) }));
    const beat = setInterval(() => void stream.writeSSE({ event: 'beat', data: '' }), HEARTBEAT_MS);
    await stream.writeSSE({ event: 'beat', data: '' });
    await new Promise<void>((resolve) => {
      stream.onAbort(resolve);
      closing.addEventListener('abort', () => resolve());
    });
    clearInterval(beat);
    stop();
  });
}
