import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { InputFile } from 'grammy';
import { refused, stage, TOKEN } from './stage.ts';

const LARGEST = 20 * 1024 * 1024;

describe('files', () => {
  it('of 20 MB come to the bot whole, and one byte more is too big', async (t) => {
    const { sandbox, bot, anna } = await stage(t);
    const { play } = sandbox.world;
    play.start(anna);
    const bytes = randomBytes(LARGEST);
    const { document } = play.send(anna, {
      text: 'my invoice',
      file: { name: 'bill.pdf', type: 'application/pdf', bytes },
    });
    assert.deepEqual([document?.file_name, document?.file_size], ['bill.pdf', LARGEST]);
    const file = await bot.api.getFile(document?.file_id ?? '');
    const download = await fetch(`${sandbox.apiRoot}/file/bot${TOKEN}/${file.file_path ?? ''}`);
    assert.ok(bytes.equals(new Uint8Array(await download.arrayBuffer())));

    const bigger = Buffer.concat([bytes, Buffer.from('x')]);
    const tooBig = play.send(anna, { file: { name: 'bill.pdf', type: 'application/pdf', bytes: bigger } });
    await refused(bot.api.getFile(tooBig.document?.file_id ?? ''), 400, 'Bad Request: file is too big');
    await refused(
      bot.api.getFile('no-such-file'),
      400,
      'Bad Request: wrong file identifier/HTTP URL specified',
    );
    assert.equal((await fetch(`${sandbox.apiRoot}/file/bot1:x/${file.file_path ?? ''}`)).status, 401);
  });

  it('are sent by the bot as uploads, and once more by their id', async (t) => {
    const { sandbox, bot, anna, staff } = await stage(t);
    sandbox.world.play.start(anna);
    const upload = () => new InputFile(Buffer.from('bytes'), 'file.bin');
    const sent = {
      photo: await bot.api.sendPhoto(anna, upload(), { caption: '<b>look</b>', parse_mode: 'HTML' }),
      document: await bot.api.sendDocument(anna, upload(), { reply_markup: { inline_keyboard: [] } }),
      video: await bot.api.sendVideo(anna, upload()),
      audio: await bot.api.sendAudio(anna, upload()),
      voice: await bot.api.sendVoice(anna, upload()),
      sticker: await bot.api.sendSticker(anna, upload()),
    };
    assert.deepEqual(sent.photo.caption_entities, [{ type: 'bold', offset: 0, length: 4 }]);
    for (const [kind, message] of Object.entries(sent)) assert.ok(kind in message, kind);
    const again = await bot.api.sendDocument(staff, sent.document.document.file_id);
    assert.equal(again.document.file_unique_id, sent.document.document.file_unique_id);

    const edited = await bot.api.editMessageCaption(anna, sent.photo.message_id, { caption: 'other' });
    assert.ok(edited !== true);
    assert.equal(edited.caption, 'other');
    await refused(
      bot.api.sendPhoto(anna, upload(), { caption: 'x'.repeat(1025) }),
      400,
      'Bad Request: message caption is too long',
    );
  });
});
