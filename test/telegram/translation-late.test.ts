import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTranslations, type Translations } from '../../src/acts/translations.ts';
import { detectLanguage } from '../../src/translation/detect.ts';
import { createLibreTranslate } from '../../src/translation/libretranslate.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { testProject } from '../support/database.ts';
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

function settled() {
  return until('all deliveries to be done', async () => {
    const row = await at.db
      .selectFrom('delivery')
      .select('id')
      .where('done_at', 'is', null)
      .executeTakeFirst();
    return row === undefined;
  });
}

describe('translations that come late', () => {
  it('follow the message', async () => {
    at.sandbox.world.play.send(at.people.boris, { text: 'Здравствуйте, где мой заказ?' });
    await at.topicSays(/\[en\] Здравствуйте/);
  });

  it('get none of an answer that was taken back before it was translated', async () => {
    const { boris, agent } = at.people;
    const { play } = at.sandbox.world;
    let go = () => {};
    const waits = new Promise<void>((done) => (go = done));
    const translate = translations.translate.bind(translations);
    translations.translate = async (act) => {
      if (/secret/.test(act.text)) await waits;
      return translate(act);
    };
    const topic = { chatId: at.staffChat, threadId: at.topic()?.id ?? 0 };
    play.send(agent, { ...topic, text: 'The first secret answer is here for you.' });
    const wrong = play.send(agent, { ...topic, text: 'The second secret answer was for somebody else.' });
    await at.sees(boris, /^The second secret/);
    play.send(agent, { ...topic, text: '/delete', replyTo: wrong.message_id });
    await until('it to be taken back', () => !at.chat(boris).some((line) => /^The second secret/.test(line)));
    go();
    await at.sees(boris, /\[ru\] The first secret/);
    await settled();
    assert.ok(!at.chat(boris).some((line) => /second secret/.test(line)));
  });

  it('are shown none of what a rule has narrowed since', async () => {
    const { boris } = at.people;
    const sent = at.sandbox.world.play.send(boris, { text: 'Вот номер моего документа пять' });
    await at.topicSays(/\[en\] Вот номер моего документа пять/);
    const rules = [
      { id: 'papers', when: { tag: 'identity' }, readers: ['compliance'], because: 'identity papers' },
    ];
    const document = policySchema.parse({ ...testProject().policy, rules });
    await at.db
      .insertInto('policy')
      .values({
        ...{ project_id: 'shop', version: 2, document: JSON.stringify(document), author: 'test' },
        ...{ approved_by: null, reason: 'test', applied_at: new Date() },
      })
      .execute();
    at.sayInTopic('/tag identity');
    await at.topicSays(/Tags: identity/);
    at.sandbox.world.play.edit(boris, { messageId: sent.message_id, text: 'Вот номер моего паспорта шесть' });
    await at.topicSays(/readable by compliance alone/);
    await settled();
    assert.ok(!at.topic()?.texts.some((text) => /паспорта/.test(text)));
    at.sayInTopic('/untag identity');
    await until(
      'the tag to go',
      async () => !(await at.db.selectFrom('session_tag').select('tag').executeTakeFirst()),
    );
  });
});
