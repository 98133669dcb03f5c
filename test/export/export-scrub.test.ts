import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { scrubSchema } from '../../src/domain/scrub-rules.ts';
import { parseCron } from '../../src/domain/export-schedules.ts';
import type { MessageContent } from '../../src/domain/messages.ts';
import { createScrubber } from '../../src/export/scrub.ts';
import type { ExportedSession } from '../../src/export/session.ts';
import { blackOut, createReplacer } from '../../src/export/scrub-text.ts';
import { createExportStage, type ExportStage } from './stage.ts';

const taken = (pattern: string) => scrubSchema.safeParse({ replace: [{ pattern }] }).success;

/** A content as an export has it. */
async function contentScrubbed(content: MessageContent, rules: object): Promise<unknown> {
  const message = { revisions: [{ revision: 1, at: new Date(0), content }], attachments: [] };
  async function* messages() {
    yield await Promise.resolve({ ...message, ref: 'a', subjectId: 'b', staffId: null, replyTo: null });
  }
  const session = { id: 's', people: [], messages, partOf: messages } as unknown as ExportedSession;
  const scrub = createScrubber(scrubSchema.parse(rules), Buffer.alloc(32, 1));
  const [found] = await Array.fromAsync(scrub(session).messages());
  return found?.revisions[0]?.content;
}

/** Long enough that no id or time holds it by chance. */
const CUSTOMER = 8_123_456_101;

describe('a pattern of a scrub rule', () => {
  it('is taken where its time grows with the text alone', () => {
    for (const pattern of ['[0-9]{13,19}', '\\b\\d{3}-\\d{4}\\b', 'IBAN [A-Z0-9 ]+', '(?:Mr|Mrs) \\w+'])
      assert.ok(taken(pattern), pattern);
  });

  it('is refused where it could take for ever, looks around, refers back, finds nothing or is too long', () => {
    for (const pattern of [
      ...['(a+)+$', '(a|aa)+b', '([a-z]+)*x', '(?:x*){2,}', '(?=a)b', '(a)\\1', 'a*', '(', 'a'.repeat(201)],
      ...['a+b+c+d+e+', '((a+)b)+'],
    ])
      assert.ok(!taken(pattern), pattern);
  });

  it('that goes astray all the same costs the text, not the service', () => {
    const replaced = createReplacer([{ pattern: '(a+)+$', with: 'x', ignoreCase: false }]);
    assert.deepEqual(replaced({ text: `${'a'.repeat(60)}!` }), { text: '[removed: could not be checked]' });
  });

  it('that is slow on every text ends the export, however often it comes in time', () => {
    const replaced = createReplacer([{ pattern: '(a+)+$', with: 'x', ignoreCase: false }]);
    const slow = { text: `${'a'.repeat(22)}!` };
    assert.throws(
      () => {
        for (let n = 0; n < 2000; n++) replaced(slow);
      },
      { code: 'input_invalid' },
    );
  });
});

describe('a text that is scrubbed', () => {
  it('keeps the marks that are not touched at their places', () => {
    const replaced = createReplacer([{ pattern: '\\d{4}', with: '[no]', ignoreCase: true }]);
    const entities = [
      { type: 'bold', offset: 0, length: 4 },
      { type: 'italic', offset: 8, length: 3 },
    ];
    assert.deepEqual(replaced({ text: '1234 or now', entities }), {
      text: '[no] or now',
      entities: [{ type: 'italic', offset: 8, length: 3 }],
    });
  });

  it('has mentions of people blacked out', () => {
    const entities = [{ type: 'text_mention', offset: 4, length: 3, user: { id: 1 } }];
    assert.deepEqual(blackOut({ text: 'ask Ann now', entities }), { text: 'ask ███ now' });
  });

  it('has links to people blacked out, and those of others kept', () => {
    const entities = [
      { type: 'text_link', offset: 4, length: 3, url: 'tg://user?id=4711' },
      { type: 'url', offset: 12, length: 11 },
      { type: 'text_link', offset: 0, length: 3, url: 'https://shop.example/t.me' },
    ];
    assert.deepEqual(blackOut({ text: 'ask Ann via t.me/ann_bob', entities }), {
      text: 'ask ███ via ███████████b',
      entities: [entities[2]],
    });
  });

  it('has no number of a person in marks, links or what is quoted', async () => {
    const content = {
      text: 'ask Ann or Bob',
      entities: [
        { type: 'text_mention', offset: 4, length: 3, user: { ref: 'f4ac7c70-3c43-4a30-8a0b-8a2f0d0c7c11' } },
        { type: 'text_link', offset: 11, length: 3, url: 'tg://user?id=4711' },
        { type: 'text_mention', offset: 0, length: 3, user: { id: 4712, first_name: 'Bob' } },
      ],
      extra: { quote: { text: 'see @ann', entities: [{ type: 'mention', offset: 4, length: 4 }] } },
    };
    const scrubbed = async (scrub: object) => JSON.stringify(await contentScrubbed(content, scrub));
    assert.doesNotMatch(await scrubbed({ hashIds: true }), /f4ac7c70|471[12]/);
    assert.match(await scrubbed({ hashIds: true }), /"offset":4.*Bob/);
    assert.doesNotMatch(await scrubbed({ dropNames: true }), /Ann|Bob|@ann/);
  });
});

describe('the time of a schedule', () => {
  it('is daily, weekly, or five fields in their ranges', () => {
    assert.equal(parseCron('weekly'), '17 4 * * 1');
    assert.equal(parseCron('30 6 * * 1-5'), '30 6 * * 1-5');
    for (const text of ['hourly', '61 * * * *', '* * * *', '*/0 * * * *', '5-1 * * * *', '@daily'])
      assert.throws(() => parseCron(text), { code: 'input_invalid' }, text);
  });
});

describe('an export that is scrubbed', () => {
  let stage: ExportStage;
  before(async () => {
    stage = await createExportStage();
    const id = await stage.say(CUSTOMER, 'my card is 4111111111111111', { firstName: 'Annabel' });
    await stage.say(CUSTOMER, 'please call');
    await stage.archive(id);
  });
  after(() => stage.close());

  async function written(scrub: object) {
    const exportId = await stage.export({ scrub, format: 'json' });
    return String((await stage.files(exportId))['sessions.json']);
  }

  it('has no id that leads back, the same one for the same person, and another in the next', async () => {
    const text = await written({ hashIds: true });
    const [row] = await stage.database.db.selectFrom('subject').select('id').execute();
    assert.ok(!text.includes(row?.id ?? '') && !text.includes(String(CUSTOMER)));
    const { sessions } = JSON.parse(text) as {
      sessions: { people: { id: string }[]; messages: { author: { ref: string } }[] }[];
    };
    const [session] = sessions;
    const ids = new Set([
      session?.people[0]?.id,
      ...(session?.messages ?? []).map(({ author }) => author.ref),
    ]);
    assert.equal(ids.size, 1);
    assert.ok(!(await written({ hashIds: true })).includes([...ids][0] ?? ''));
  });

  it('has no name, and what the patterns find is replaced', async () => {
    assert.match(await written({}), /Annabel/);
    const text = await written({ dropNames: true, replace: [{ pattern: '[0-9]{13,19}', with: '[card]' }] });
    assert.ok(!text.includes('Annabel') && !text.includes('4111111'));
    assert.match(text, /my card is \[card\]/);
  });

  it('leaves out what the project’s file says, whoever asks', async () => {
    stage.scrub = scrubSchema.parse({ dropNames: true });
    assert.ok(!(await written({})).includes('Annabel'));
  });
});
