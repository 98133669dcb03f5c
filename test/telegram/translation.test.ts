import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createTranslations, type Translations } from '../../src/acts/translations.ts';
import { detectLanguage } from '../../src/translation/detect.ts';
import { createLibreTranslate } from '../../src/translation/libretranslate.ts';
import { until } from '../support/until.ts';
import { startTranslatorServer, type TranslatorServer } from '../translation/translator-server.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let server: TranslatorServer;
let at: DeskStage;
let translations: Translations;
before(async () => {
  server = await startTranslatorServer();
  at = await createDeskStage({ translation: { answers: true } }, (database) => {
    translations = createTranslations({
      ...database,
      translator: createLibreTranslate({ url: server.url, timeoutMs: 5000 }),
      detect: detectLanguage,
    });
    return { translations };
  });
});
after(async () => {
  await at.stop();
  await server.stop();
});

describe('a customer and an agent who do not share a language', () => {
  it('read each other in their own, beneath what was written', async () => {
    const { boris } = at.people;
    at.sandbox.world.play.send(boris, { text: 'Здравствуйте, где мой заказ?' });
    await at.topicSays(/^Здравствуйте, где мой заказ\?$/);
    await at.topicSays(/^🌐 ru → en\n\[en\] Здравствуйте, где мой заказ\?$/);
    at.sayInTopic('Good morning, your parcel is on its way.');
    await at.sees(boris, /^Good morning, your parcel is on its way\.$/);
    await at.sees(boris, /^🌐 en → ru\n\[ru\] Good morning/);
  });

  it('see an edit in the translation that is there already', async () => {
    const { boris } = at.people;
    const sent = at.sandbox.world.play.send(boris, { text: 'Мой номер заказа пять' });
    await at.topicSays(/\[en\] Мой номер заказа пять/);
    at.sandbox.world.play.edit(boris, { messageId: sent.message_id, text: 'Мой номер заказа шесть' });
    await at.topicSays(/\[en\] Мой номер заказа шесть/);
    assert.equal(at.topic()?.texts.filter((text) => /\[en\] Мой номер заказа/.test(text)).length, 1);
  });

  it('read the originals while the translator is away', async () => {
    const { boris } = at.people;
    server.status = 503;
    at.sandbox.world.play.send(boris, { text: 'Спасибо большое за помощь' });
    await at.topicSays(/^Спасибо большое за помощь$/);
    await until('the translation to be given up', () =>
      at.db.selectFrom('delivery').select('id').where('outcome', '=', 'untranslated').executeTakeFirst(),
    );
    server.status = 200;
    at.sandbox.world.play.send(boris, { text: 'Жду вашего ответа сегодня' });
    await at.topicSays(/\[en\] Жду вашего ответа сегодня/);
  });

  it('who share one get no translation', async () => {
    const { anna } = at.people;
    at.sandbox.world.play.send(anna, { text: 'Where is my parcel, please?' });
    await until('its translation to be settled', () =>
      at.db
        .selectFrom('delivery')
        .innerJoin('session', 'session.id', 'delivery.session_id')
        .innerJoin('subject', 'subject.id', 'session.subject_id')
        .select('delivery.id')
        .where('subject.telegram_user_id', '=', anna)
        .where('delivery.kind', '=', 'translation')
        .where('delivery.outcome', '=', 'sent')
        .executeTakeFirst(),
    );
    assert.ok(!server.asked.some(({ body }) => body['q'] === 'Where is my parcel, please?'));
  });
});

describe('a translation', () => {
  async function one() {
    const row = await at.db
      .selectFrom('message as m')
      .innerJoin('translation as t', 't.message_id', 'm.id')
      .select(['m.id', 't.session_id', 't.subject_id', 't.revision', 't.sealed', 't.language'])
      .where('t.language', '=', 'en')
      .executeTakeFirstOrThrow();
    return { ...row, act: { sessionId: row.session_id, subjectId: row.subject_id, messageId: row.id } };
  }

  it('is kept sealed, and asked for once', async () => {
    const { act, revision, sealed, language } = await one();
    assert.ok(!sealed.includes('заказ'));
    const before = server.asked.length;
    const text = 'Здравствуйте, где мой заказ?';
    const again = await translations.translate({ ...act, revision, text, to: language, now: new Date() });
    assert.match(again?.text ?? '', /^\[en\]/);
    assert.equal(server.asked.length, before);
  });

  it('stands beside the original in a transcript, and one that fails is counted', async () => {
    const { act } = await one();
    const transcript = await at.acts.openTranscript({
      sessionId: act.sessionId,
      reader: { actor: { kind: 'operator', id: 'cli' }, roles: [] },
      ...{ reason: 'test', openArchive: () => assert.fail('it is live'), now: new Date() },
    });
    const first = transcript.entries[0]?.ref ?? '';
    const inEnglish = await translations.translateTranscript(transcript, { to: 'en', now: new Date() });
    assert.match(inEnglish.entries.get(first)?.text ?? '', /^\[en\] Здравствуйте/);
    assert.equal(inEnglish.unavailable, 0);
    server.status = 503;
    const inSpanish = await translations.translateTranscript(transcript, { to: 'es', now: new Date() });
    assert.equal(inSpanish.unavailable, transcript.entries.length);
    server.status = 200;
  });

  it('cannot be opened once the keys of its text are destroyed, and no new one is kept', async () => {
    const { act, revision, language } = await one();
    await at.vault.destroy({ sessionId: act.sessionId });
    const text = 'Здравствуйте, где мой заказ?';
    const wanted = { ...act, text, now: new Date() };
    assert.equal(await translations.translate({ ...wanted, revision, to: language }), undefined);
    assert.equal(
      await translations.translate({ ...wanted, messageId: randomUUID(), revision: 1, to: 'es' }),
      undefined,
    );
  });
});
