import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BUNDLED, bundledSource, createTexts } from '../../src/telegram/texts.ts';
import { checkTexts, missingTexts } from '../../src/telegram/texts/check.ts';
import { argumentsOf, isTextId, TEXTS, type Said, type TextId } from '../../src/telegram/texts/list.ts';
import { readTeamTexts } from '../../src/telegram/texts/team.ts';

const IDS = Object.keys(TEXTS).filter((id) => isTextId(id));

describe('the texts of the bot', () => {
  for (const language of BUNDLED)
    it(`are all there in ${language}, with what is filled in, within Telegram's limits`, () => {
      const source = bundledSource(language);
      assert.deepEqual(missingTexts(source), []);
      assert.deepEqual(checkTexts(source, language), []);
    });

  for (const language of BUNDLED)
    it(`can each be said in ${language}, for one and for many`, () => {
      const { say } = createTexts().speech([language], 'UTC');
      const sayAny = say as (id: TextId, said: Said<TextId>) => string;
      for (const id of IDS)
        for (const count of [1, 3, 5]) {
          const text = sayAny(id, filled(id, count));
          assert.doesNotMatch(text, /\{|\}|�/, `${language} ${id}`);
          assert.ok(text.length > 0 && text.length <= 4096, `${language} ${id}`);
        }
    });

  it('are each used, so that none is translated for nobody', async () => {
    const source = await readSource();
    const unused = IDS.filter((id) => !isUsed(id, source));
    assert.deepEqual(unused, []);
  });

  it('exist for whatever the service queues by its id', async () => {
    const source = await readSource();
    const queued = [...source.matchAll(/kind: 'text', key: '([\w-]+)'/g)].map(([, id = '']) => id);
    assert.ok(queued.length > 0);
    assert.deepEqual(
      queued.filter((id) => !isTextId(id)),
      [],
    );
  });

  it('inflect what is counted', () => {
    const russian = createTexts().speech(['ru-RU'], 'UTC');
    const counted = [1, 2, 5, 21].map((count) => russian.say('counts-messages', { count }));
    assert.deepEqual(counted, ['1 сообщение', '2 сообщения', '5 сообщений', '21 сообщение']);
  });

  it('take what is filled in as plain text, which turns nothing around', () => {
    const { say } = createTexts().speech(['en'], 'UTC');
    assert.equal(say('name-is', { name: '{ $x } <b> \u202Eevil\u2069' }), 'Name: { $x } <b> evil');
  });

  it('are English where a language does not exist', () => {
    assert.equal(createTexts().speech(['xx', null], 'UTC').language, 'en');
  });
});

describe('the check of a file of texts', () => {
  const wrong: [string, string, RegExp][] = [
    ['an unknown id', 'welcom = Hi', /No text has the id welcom\..*such as welcome/],
    ['an unknown argument', 'welcome = Hi { $name } { $project }', /\$name is not known here.*\$project/],
    ['a forgotten argument', 'welcome = Hi', /welcome leaves out \$project/],
    [
      'a button that is too long',
      `button-skip = ${'x'.repeat(65)}`,
      /65 characters.*A button has room for 64/,
    ],
    ['no Fluent', 'agreed = Hi { $', /This is not Fluent/],
    ['a text that is there twice', 'agreed = A\nagreed = B', /agreed is there twice/],
    ['a reference to another text', 'agreed = { closed }', /refers to the text closed/],
    ['a term that is not there', 'agreed = { -brand }', /no -brand/],
    [
      'a plural that is missing',
      'counts-bytes = { $count ->\n  [one] { $count } b\n *[other] { $count } bs\n }',
      /The plural \[few\] of \$count is missing/,
    ],
  ];
  for (const [what, source, finding] of wrong)
    it(`names ${what}, with its line and what to do`, () => {
      const found = checkTexts(`# a comment\n${source}\n`, 'ru');
      assert.match(found.map(({ what, mend }) => `${what} ${mend}`).join('\n'), finding);
      assert.ok((found[0]?.line ?? 0) >= 2);
    });
});

describe("a team's own texts", () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retention-texts-'));
    await mkdir(join(directory, 'texts'));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  const write = (name: string, source: string) => writeFile(join(directory, 'texts', name), source);

  it('add a language, in which English stands in for what is missing, and replace ours', async () => {
    await write('fr.ftl', 'agreed = Merci.\n');
    await write('en.ftl', 'agreed = Splendid.\n');
    const { texts, warnings } = await readTeamTexts(directory);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /fr\.ftl has no text for .* and \d+ more: they stay English/);
    const all = createTexts(texts);
    assert.ok(all.languages.includes('fr'));
    const french = all.speech(['fr-CA'], 'UTC');
    assert.equal(french.say('agreed'), 'Merci.');
    assert.equal(french.say('closed'), all.speech(['en'], 'UTC').say('closed'));
    assert.equal(all.speech(['en'], 'UTC').say('agreed'), 'Splendid.');
  });

  it('stop the start where they are wrong, naming file and line', async () => {
    await write('fr.ftl', 'agreed = Merci.\nwelcome = Bonjour\n');
    await assert.rejects(readTeamTexts(directory), /fr\.ftl:2: welcome leaves out \$project/);
    await rm(join(directory, 'texts', 'fr.ftl'));
    await write('klingon.ftl', 'agreed = x\n');
    await assert.rejects(readTeamTexts(directory), /klingon is no language/);
    await rm(join(directory, 'texts', 'klingon.ftl'));
  });
});

function filled(id: TextId, count: number): Said<TextId> {
  return Object.fromEntries(
    Object.entries(argumentsOf(id)).map(([name, kind]) => [name, kind === 'count' ? count : 'word']),
  ) as Said<TextId>;
}

/** All code but the lists of texts themselves. */
async function readSource(): Promise<string> {
  const root = join(import.meta.dirname, '../../src');
  const files = (await readdir(root, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !/telegram\/texts\/list/.test(file),
  );
  return (await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))).join('\n');
}

/** Whether an id is written out, or put together from a beginning, something that is written, and an end. */
function isUsed(id: string, source: string): boolean {
  if (new RegExp(`'${id}'|\\b${id}: |\\b${id},?$`, 'm').test(source)) return true;
  const found = (form: RegExp) => [...source.matchAll(form)].map(([, part = '']) => part);
  const begins = new Set(['', ...found(/`([a-z]+-(?:[a-z-]+-)?)\$\{/g)]);
  const ends = new Set(['', ...found(/\}(-[a-z-]+)`/g), ...found(/'(-[a-z]+)'/g)]);
  const around = [...begins].flatMap((begin) => [...ends].map((end) => [begin, end] as const));
  return around.some(([begin, end]) => {
    if (begin + end === '' || !id.startsWith(begin) || !id.endsWith(end)) return false;
    const middle = id.slice(begin.length, id.length - end.length);
    return middle !== '' && isUsed(middle, source);
  });
}
