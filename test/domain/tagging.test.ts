import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTagger, taggingRuleSchema, type TaggedMessage } from '../../src/domain/tagging.ts';

function tagsOf(when: object, message: Partial<TaggedMessage> & { text?: string }): string[] {
  const rule = taggingRuleSchema.parse({ id: 'r', tag: 'found', when, because: 'x' });
  const { text, ...rest } = message;
  const tags = createTagger([rule])({
    content: text === undefined ? {} : { text },
    attachmentKinds: [],
    kind: 'private',
    language: null,
    ...rest,
  });
  return tags.map(({ tag }) => tag);
}

const finds = (keywords: unknown, text: string) => tagsOf({ keywords }, { text }).length === 1;

describe('a keyword is found', () => {
  const CASES = [
    [
      'English',
      ['refund', 'money back'],
      ['I want a REFUND!', 'refund.Please', 'my money\n back'],
      ['refunded', 'prefund', 'money is back'],
    ],
    ['English, any ending', ['refund*'], ['refunded', 'Refunds?'], ['prefunds']],
    ['Russian', ['возврат*', 'счёт'], ['Где ВОЗВРАТА деньги', 'мой счет'], ['невозврат', 'счета']],
    ['Russian й is a letter of its own', ['мой'], ['Мой заказ'], ['мои заказы']],
    ['Chinese', ['退款', '投诉'], ['我要退款！', '我想投诉你们'], ['退一步，款项']],
    [
      'Spanish',
      ['devolución', 'reembolso'],
      ['quiero una devolucion', 'DEVOLUCIÓN', 'un reembolso,'],
      ['reembolsos'],
    ],
    ['Thai', ['คืนเงิน'], ['ฉันต้องการขอคืนเงินค่ะ'], ['ฉันมีเงิน']],
    ['Japanese', ['返金', 'がっかり'], ['返金してください', 'がっかりしました'], ['かっかり']],
    ['Korean', ['환불*'], ['환불해 주세요'], ['교환']],
    ['German', ['Rückerstattung', 'straße'], ['RUCKERSTATTUNG', 'STRASSE'], ['Erstattung']],
    ['full width', ['refund', 'ﾃｽﾄ'], ['ｒｅｆｕｎｄ', 'テスト'], ['テスリ']],
    ['with marks of its own', ["don't", 'c++', 'a.b'], ['I don’t', 'c++ is', 'a.b'], ['aXb', 'abc++']],
  ] as const;
  for (const [name, keywords, yes, no] of CASES)
    it(name, () => {
      for (const text of yes) assert.ok(finds(keywords, text), text);
      for (const text of no) assert.ok(!finds(keywords, text), text);
    });

  it('from the list of any language, since Telegram tells that of the app', () => {
    const keywords = { en: ['refund'], ru: ['возврат'] };
    assert.deepEqual(tagsOf({ keywords }, { text: 'возврат', language: 'en' }), ['found']);
  });

  it('never in a message without text', () => {
    assert.deepEqual(tagsOf({ keywords: ['refund'] }, {}), []);
  });
});

describe('what is no word is found', () => {
  it('a payment, a contact or a place, by what Telegram sends', () => {
    for (const extra of [{ invoice: {} }, { successful_payment: {} }, { refunded_payment: {} }])
      assert.deepEqual(tagsOf({ entities: 'payment' }, { content: { extra } }), ['found']);
    assert.deepEqual(tagsOf({ entities: ['contact'] }, { content: { extra: { contact: {} } } }), ['found']);
    assert.deepEqual(tagsOf({ entities: 'location' }, { content: { extra: { venue: {} } } }), ['found']);
    assert.deepEqual(tagsOf({ entities: 'payment' }, { content: { extra: { contact: {} } } }), []);
  });

  it('an address or a number, by the entities of the text', () => {
    const content = (type: string) => ({ text: 'abc', entities: [{ type, offset: 0, length: 3 }] });
    assert.deepEqual(tagsOf({ entities: ['email', 'phone_number'] }, { content: content('email') }), [
      'found',
    ]);
    assert.deepEqual(tagsOf({ entities: 'url' }, { content: content('text_link') }), ['found']);
    assert.deepEqual(tagsOf({ entities: 'url' }, { content: content('bold') }), []);
  });

  it('an attachment, a kind of chat, a language', () => {
    assert.deepEqual(tagsOf({ attachment: ['voice', 'photo'] }, { attachmentKinds: ['photo'] }), ['found']);
    assert.deepEqual(tagsOf({ kind: 'group' }, { kind: 'private' }), []);
    assert.deepEqual(tagsOf({ language: 'pt' }, { language: 'pt-BR' }), ['found']);
    assert.deepEqual(tagsOf({ language: 'pt' }, { language: null }), []);
  });
});

describe('tagging rules', () => {
  it('have to be met in all their conditions', () => {
    const when = { keywords: ['passport'], attachment: 'photo' };
    assert.deepEqual(tagsOf(when, { text: 'my passport' }), []);
    assert.deepEqual(tagsOf(when, { text: 'my passport', attachmentKinds: ['photo'] }), ['found']);
  });

  it('give each tag once, with the first rule that asks for it', () => {
    const rule = (id: string, tag: string, keyword: string) =>
      taggingRuleSchema.parse({ id, tag, when: { keywords: [keyword] }, because: 'x' });
    const tagger = createTagger([
      rule('a', 'refund', 'money'),
      rule('b', 'refund', 'back'),
      rule('c', 'vip', 'money'),
    ]);
    const message = {
      content: { text: 'money back' },
      attachmentKinds: [],
      kind: 'private',
      language: null,
    } as const;
    for (let times = 0; times < 2; times += 1)
      assert.deepEqual(tagger(message), [
        { tag: 'refund', rule: 'a' },
        { tag: 'vip', rule: 'c' },
      ]);
  });
});
