import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { stage, type Stage } from './stage.ts';

describe('playing people over HTTP', () => {
  it('sends, edits, presses, reacts, blocks, and reads the chats back', async (t) => {
    const scene = await stage(t);
    const { anna, bot } = scene;
    const started = await post(scene, `/play/${anna}/start`, { payload: 'abc' });
    const sent = await post(scene, `/play/${anna}/send`, { text: 'hello' });
    await post(scene, `/play/${anna}/edit`, { messageId: sent.message_id, text: 'hello!' });
    const card = await bot.api.sendMessage(anna, 'ok?', {
      reply_markup: { inline_keyboard: [[{ text: 'Yes', callback_data: 'yes' }]] },
    });
    await post(scene, `/play/${anna}/press`, { messageId: card.message_id, data: 'yes' });
    await post(scene, `/play/${anna}/react`, { messageId: card.message_id, emoji: '👍' });
    await post(scene, `/play/${anna}/block`, {});
    assert.deepEqual(
      (await bot.api.getUpdates()).map((u) => Object.keys(u)[1]),
      ['message', 'message', 'edited_message', 'callback_query', 'my_chat_member'],
    );
    const texts = (await get(scene, `/play/${anna}/chats/${anna}/messages`)) as { text: string }[];
    assert.deepEqual(
      texts.map((m) => m.text),
      ['/start abc', 'hello!', 'ok?'],
    );
    assert.equal(started.text, '/start abc');
    const [chat] = (await get(scene, `/play/${anna}/chats`)) as { blocked: boolean; title: string }[];
    assert.deepEqual([chat?.title, chat?.blocked], ['Demo Support', true]);
  });

  it('sends files as a form, and lets a new customer come', async (t) => {
    const scene = await stage(t);
    const { id } = await post(scene, '/play/people', { projectId: 'demo', firstName: '<b>Eve</b>' });
    await post(scene, `/play/${id}/start`, {});
    const form = new FormData();
    form.set('text', 'caption');
    form.set('file', new File(['hello'], 'note.txt', { type: 'text/plain' }));
    const answer = await fetch(`${scene.sandbox.apiRoot}/play/${id}/send`, { method: 'POST', body: form });
    const message = (await answer.json()) as { caption: string; document: { file_id: string } };
    assert.equal(message.caption, 'caption');
    const file = await fetch(`${scene.sandbox.apiRoot}/play/${id}/files/${message.document.file_id}`);
    assert.equal(await file.text(), 'hello');
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment/);
    const update = (await scene.bot.api.getUpdates()).at(-1);
    assert.equal(update?.message?.from.first_name, '<b>Eve</b>');
  });

  it('scripts faults', async (t) => {
    const scene = await stage(t);
    await post(scene, '/play/faults', { method: 'getMe', times: 1, outcome: { errorCode: 403 } });
    await assert.rejects(scene.bot.api.getMe(), /403/);
    await post(scene, '/play/faults/reset', { botId: scene.ids.botId, nextUpdateId: 5 });
    await post(scene, `/play/${scene.anna}/start`, {});
    await post(scene, '/play/faults/repeat', { botId: scene.ids.botId, updateId: 5 });
    assert.deepEqual(
      (await scene.bot.api.getUpdates()).map((u) => u.update_id),
      [5, 5],
    );
  });

  it('streams what changes', async (t) => {
    const scene = await stage(t);
    const response = await fetch(`${scene.sandbox.apiRoot}/play/events`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.ok(reader);
    await reader.read();
    scene.sandbox.world.play.start(scene.anna);
    let text = '';
    while (!text.includes('\n\n')) text += (await reader.read()).value ?? '';
    assert.match(text, new RegExp(`data: .*"chatId":${scene.anna}`));
    await reader.cancel();
  });

  it('says 400 to what makes no sense', async (t) => {
    const scene = await stage(t);
    const { apiRoot } = scene.sandbox;
    const status = async (path: string, body: string) =>
      (
        await fetch(`${apiRoot}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
      ).status;
    assert.equal(await status(`/play/${scene.anna}/send`, '{"text":""}'), 400);
    assert.equal(await status(`/play/${scene.anna}/send`, '{"text":"x","chatId":5}'), 400);
    assert.equal(await status(`/play/${scene.anna}/send`, '{not json'), 400);
    assert.equal(await status('/play/77/send', '{"text":"x"}'), 400);
  });

  it('is not for pages elsewhere', async (t) => {
    const scene = await stage(t);
    const path = `/play/${scene.anna}/start`;
    const { host } = new URL(scene.sandbox.url);
    assert.equal(await statusWith(scene, path, { origin: 'https://evil.example' }), 403);
    assert.equal(await statusWith(scene, path, { host: 'rebound.example' }), 403);
    assert.equal(await statusWith(scene, path, { 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(
      await statusWith(scene, path, { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }),
      200,
    );
  });

  it('has a page that asks no other host for anything', async (t) => {
    const { sandbox } = await stage(t);
    const page = await fetch(sandbox.url);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    const html = await page.text();
    const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1] ?? '');
    for (const path of paths.filter((p) => !p.startsWith('data:'))) {
      assert.equal((await fetch(new URL(path, sandbox.url))).status, 200, path);
    }
  });
});

async function post({ sandbox }: Stage, path: string, body: object): Promise<Record<string, never>> {
  const response = await fetch(sandbox.apiRoot + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return (await response.json()) as Record<string, never>;
}

async function get({ sandbox }: Stage, path: string): Promise<unknown> {
  return (await fetch(sandbox.apiRoot + path)).json();
}

/** fetch sets Host and Origin itself, so this goes one level lower. */
function statusWith(
  { sandbox }: Stage,
  path: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(sandbox.apiRoot + path, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}
