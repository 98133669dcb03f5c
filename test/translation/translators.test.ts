import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { detectLanguage } from '../../src/translation/detect.ts';
import { createGoogleTranslate } from '../../src/translation/google.ts';
import { guardTranslator } from '../../src/translation/guard.ts';
import { createLibreTranslate } from '../../src/translation/libretranslate.ts';
import { startTranslatorServer, type TranslatorServer } from './translator-server.ts';

const SECRET = 'мой тайный заказ';
let server: TranslatorServer;
before(async () => {
  server = await startTranslatorServer();
});
after(() => server.stop());

function isUnavailable(error: unknown): boolean {
  return (
    error instanceof AppError && error.code === 'translation_unavailable' && !error.message.includes(SECRET)
  );
}

const MAKERS = {
  libretranslate: () => createLibreTranslate({ url: server.url, apiKey: 'key', timeoutMs: 5000 }),
  google: () =>
    createGoogleTranslate({
      ...{ project: 'shop', location: 'global', apiKey: 'key', endpoint: server.url },
      timeoutMs: 5000,
    }),
};

for (const [name, make] of Object.entries(MAKERS))
  describe(name, () => {
    it('gives the text in the language asked for', async () => {
      server.status = 200;
      assert.equal(await make().translate(SECRET, 'en'), `[en] ${SECRET}`);
    });

    for (const status of [403, 429, 500, 503])
      it(`that answers ${status} is unavailable, and the error holds nothing of the text`, async () => {
        const translator = make();
        await translator.translate(SECRET, 'en').catch(() => undefined);
        server.status = status;
        await assert.rejects(() => translator.translate(SECRET, 'en'), isUnavailable);
        server.status = 200;
      });
  });

describe('libretranslate', () => {
  it('is asked for Chinese by the name its server has for it', async () => {
    const text = await MAKERS.libretranslate().translate('hello', 'zh');
    assert.equal(text, '[zh-Hans] hello');
  });

  it('says which language its server lacks', async () => {
    await assert.rejects(() => MAKERS.libretranslate().translate('hello', 'ja'), /no language ja/);
  });

  it('that is not there is unavailable', async () => {
    const gone = createLibreTranslate({ url: 'http://127.0.0.1:9', timeoutMs: 5000 });
    await assert.rejects(() => gone.translate(SECRET, 'en'), isUnavailable);
  });
});

describe('a translator that fails three times in a row', () => {
  it('is left alone for a minute, and then asked again', async () => {
    let now = new Date('2026-01-01T00:00:00Z');
    let calls = 0;
    let works = false;
    const translator = {
      name: 'moody',
      translate: (text: string) => {
        calls += 1;
        return works ? Promise.resolve(text) : Promise.reject(new AppError('translation_unavailable', 'no'));
      },
    };
    const guarded = guardTranslator(translator, () => now);
    for (let attempt = 0; attempt < 5; attempt++)
      await assert.rejects(() => guarded.translate('text', 'en'), isUnavailable);
    assert.equal(calls, 3);
    works = true;
    now = new Date(now.getTime() + 61_000);
    assert.equal(await guarded.translate('text', 'en'), 'text');
  });
});

describe('the language of a text', () => {
  for (const [text, language] of [
    ['Hello, my order has not arrived', 'en'],
    ['Здравствуйте, где мой заказ?', 'ru'],
    ['你好，我的订单在哪里？', 'zh'],
    ['¿Dónde está mi pedido?', 'es'],
    ['こんにちは、元気ですか', 'ja'],
  ] as const)
    it(`is ${language}: ${text}`, () => assert.equal(detectLanguage(text), language));

  for (const text of ['ok', '12345', '👍', 'https://example.com/a/long/path/of/words', '@somebody', ''])
    it(`is not told from: ${text || '(nothing)'}`, () => assert.equal(detectLanguage(text), undefined));
});
