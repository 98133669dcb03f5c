import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { policySchema } from '../../src/domain/policy.ts';
import { testProject } from '../support/database.ts';
import { createStage, type Stage } from './stage.ts';

interface Shown {
  readonly subjectId: string;
  readonly keepUntil: string;
  readonly keepRule: string | null;
  readonly jurisdictions: string[];
  readonly events: Record<string, string>;
  readonly readers: string[] | null;
  readonly tags: { tag: string; origin: string; rule: string | null }[];
}

describe('what rules look at, on the command line', () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage();
    const policy = policySchema.parse({
      ...testProject().policy,
      rules: [
        ...testProject().policy.rules,
        { id: 'eu', when: { jurisdiction: 'EU' }, keepAtMost: 'P6M', because: 'storage limitation' },
        {
          id: 'contracts',
          when: { tag: 'contract' },
          from: { event: 'contract-end', atLatest: 'P10Y' },
          keepAtLeast: 'P1Y',
          because: 'claims',
        },
        { id: 'papers', when: { tag: 'identity' }, readers: ['compliance'], because: 'identity papers' },
      ],
      tagging: [
        { id: 'passports', tag: 'identity', when: { keywords: ['passport'] }, because: 'identity papers' },
      ],
    });
    await stage.database.db
      .updateTable('policy')
      .set({ document: JSON.stringify(policy) })
      .execute();
  });
  after(() => stage.close());

  const show = (id: string) => stage.json<Shown>('session', 'show', id);

  it('shows and corrects where a customer lives, and says how many sessions that re-dates', async () => {
    const id = await stage.archiveSession();
    const { subjectId, jurisdictions } = await show(id);
    assert.deepEqual(jurisdictions, ['OTHER']);
    assert.match(
      (await stage.run('subject', 'show', subjectId.slice(0, 8))).stdout,
      /Jurisdiction +OTHER \(default of the project\)/,
    );
    const correct = ['subject', 'jurisdiction', subjectId, 'EU'];
    assert.equal((await stage.run(...correct)).code, 2);
    const { code, stdout, stderr } = await stage.run(...correct, '--reason', 'TICKET-4711');
    assert.deepEqual([code, stderr], [0, 'Archived sessions decided anew: 1, of which 1 go earlier now.\n']);
    assert.match(stdout, /Jurisdiction +EU \(staff\)/);
    const after = await show(id);
    assert.deepEqual([after.keepRule, after.jurisdictions], ['eu', ['EU']]);
    const [entry] = await stage.json<{ reason: string }[]>(
      'audit',
      'list',
      '--action',
      'subject.jurisdiction',
    );
    assert.equal(entry?.reason, 'OTHER (default of the project) -> EU (staff); TICKET-4711');
    const again = await stage.run(...correct, '--reason', 'TICKET-4712');
    assert.equal(again.stderr, 'Nothing changed: it was so already.\n');
    assert.equal((await stage.run('subject', 'jurisdiction', subjectId, 'Mars', '--reason', 'x')).code, 2);
    assert.equal((await stage.run('subject', 'show', 'ffffffff')).code, 3);
  });

  it('records when a customer comes of age, by the calendar of the project, and takes it back', async () => {
    const { subjectId } = await show(await stage.openSession());
    const majority = async (...args: string[]) =>
      (await stage.json<{ majorityOn: string | null }>('subject', 'majority', subjectId, ...args)).majorityOn;
    await stage.database.db.updateTable('project').set({ time_zone: 'Asia/Tokyo' }).execute();
    assert.equal(await majority('2031-05-01'), '2031-04-30T15:00:00.000Z');
    await stage.database.db.updateTable('project').set({ time_zone: 'UTC' }).execute();
    assert.equal(await majority('--unknown'), null);
    assert.equal((await stage.run('subject', 'majority', subjectId)).code, 2);
    assert.equal((await stage.run('subject', 'majority', subjectId, '2031-05-01', '--unknown')).code, 2);
  });

  it('dates an event that a rule counts from', async () => {
    const id = await stage.archiveSession('contract', ['contract']);
    const event = ['session', 'event', id, 'contract-end'];
    assert.equal((await stage.run(...event)).code, 2);
    assert.equal((await stage.run(...event, '--on', '2028-03-01')).code, 0);
    const { keepUntil, keepRule, events } = await show(id);
    assert.deepEqual(events, { 'contract-end': '2028-03-01T00:00:00.000Z' });
    assert.deepEqual([keepUntil.slice(0, 7), keepRule], ['2029-03', 'contracts']);
    assert.match((await stage.run('session', 'show', id)).stdout, /Event contract-end +2028-03-01/);
    assert.equal((await stage.run(...event, '--unknown')).code, 0);
    assert.equal((await show(id)).keepUntil.slice(0, 4), '2037');
  });

  it('shows which date a tag would lead to before anything is saved', async () => {
    const id = await stage.archiveSession();
    const { stdout } = await stage.run('session', 'tag', id, 'transaction', '--dry-run');
    assert.match(
      stdout,
      /^Kept until 2029-03-0\d .* by transactions; now until 2028-0[23]-\d\d .* by base\.\n$/,
    );
    assert.deepEqual((await show(id)).tags, []);
    assert.match(
      (await stage.run('session', 'tag', id, 'weather', '--dry-run')).stdout,
      /by base: the tag weather changes nothing/,
    );
    const open = await stage.openSession();
    assert.match(
      (await stage.run('session', 'tag', open, 'transaction', '--dry-run')).stdout,
      /it has no date before it is closed/,
    );
  });

  it('relabels in a review after saying the date', async () => {
    const id = await stage.reviewSession();
    const relabel = ['review', 'relabel', id, '--tag', 'transaction'];
    const preview = await stage.json<{ after: { decidedBy: string } }>(...relabel, '--dry-run');
    assert.equal(preview.after.decidedBy, 'transactions');
    assert.equal((await stage.json<{ phase: string }>('session', 'show', id)).phase, 'review');
    const { code, stderr } = await stage.run(...relabel);
    assert.equal(code, 0);
    assert.match(stderr, /^Kept until .* by transactions; now until /);
  });

  it('marks tags that a rule put there', async () => {
    const id = await stage.openSession('my passport');
    assert.deepEqual(
      (await show(id)).tags.map(({ tag, origin, rule }) => ({ tag, origin, rule })),
      [{ tag: 'identity', origin: 'automatic', rule: 'passports' }],
    );
    assert.match((await stage.run('session', 'show', id)).stdout, /Tags +identity \(automatic\)/);
  });

  it('reads a narrowed archive only with the rule that narrows it in the audit', async () => {
    const id = await stage.archiveSession('my passport');
    assert.deepEqual((await show(id)).readers, ['compliance']);
    const { code, stdout, stderr } = await stage.run('archive', 'cat', id, '--reason', 'TICKET-4711');
    assert.equal(code, 0);
    assert.match(stdout, /my passport/);
    assert.match(stderr, /readable by compliance alone \(papers\)/);
    const [entry] = await stage.json<{ reason: string }[]>(
      ...['audit', 'list', '--session', id, '--action', 'archive.read'],
    );
    assert.equal(entry?.reason, 'TICKET-4711; readable by compliance alone (papers)');
  });
});
