import { createTranslations, type Translations } from '../../src/acts/translations.ts';
import { checkLog, recordCheck } from '../../src/acts/audit-check.ts';
import { noteStoreHealth } from '../../src/acts/alarms.ts';
import { renewOverviews } from '../../src/db/overview.ts';
import { policySchema } from '../../src/domain/policy.ts';
import { ROLES } from '../../src/domain/roles.ts';
import type { Translator } from '../../src/domain/translation.ts';
import { detectLanguage } from '../../src/translation/detect.ts';
import { addProject, testProject } from '../support/database.ts';
import { addCustomer, moveErasure } from './erasure-stage.ts';
import { fillSessions } from './filled-rows.ts';
import { openProof } from './proof-stage.ts';
import { openSessionsStage, type SessionsStage } from './sessions-stage.ts';
import type { StagePerson } from './stage.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ACTOR = { kind: 'operator', id: 'test' } as const;

/** A conversation between people who share no language, and what a translator makes of it. */
const SPOKEN = [
  ['customer', 'Здравствуйте! Посылка пришла, но коробка разорвана и чашка разбита.'],
  ['agent', 'I am sorry about the cup. Could you send a photo of the box, please?'],
  ['customer', 'Да, конечно. Фотографию отправлю вечером, когда вернусь домой.'],
  ['agent', 'Thank you. A new cup leaves our warehouse tomorrow morning, free of charge.'],
  ['customer', 'Большое спасибо за быструю помощь, буду ждать новую чашку!'],
] as const;
const IN_ENGLISH: Readonly<Record<string, string>> = {
  [SPOKEN[0][1]]: 'Hello! The parcel has arrived, but the box is torn and the cup is broken.',
  [SPOKEN[2][1]]: 'Yes, of course. I will send the photo this evening, when I am back home.',
  [SPOKEN[4][1]]: 'Many thanks for the quick help, I will be waiting for the new cup!',
};
const translator: Translator = {
  name: 'test',
  translate: (text) => Promise.resolve(IN_ENGLISH[text] ?? text),
};

/** A console as a team has it after some years: everything that its pages can show is there. */
export interface FilledStage extends SessionsStage {
  /** Has every role in both projects, and administers the installation. */
  readonly everybody: StagePerson;
  /** Supervisor and compliance officer of `shop`. */
  readonly carla: StagePerson;
  /** Archived, tagged, on hold; was spoken in two languages. */
  readonly archivedId: string;
}

export async function openFilledStage(): Promise<FilledStage> {
  const made: { translations?: Translations } = {};
  const at = await openSessionsStage({
    translations: {
      translate: (act) => real(made).translate(act),
      translateTranscript: (transcript, act) => real(made).translateTranscript(transcript, act),
    },
  });
  made.translations = createTranslations({ ...at.database, translator, detect: detectLanguage });
  await addProject(at.database.db, testProject({ name: 'Riverside Shop' }));
  await at.database.acts.applyPolicy({
    ...{ projectId: 'shop', policy: policyOfShop(), reason: 'guidance on complaints' },
    ...{ actor: ACTOR, now: at.now() },
  });
  const everybody = await at.person({ shop: ROLES, other: ROLES }, true);
  const carla = await at.person({ shop: ['supervisor', 'compliance'] });
  await name(at, carla, 'carla');
  await name(at, everybody, 'root');
  const alex = await at.person({ shop: ['agent'], other: ['supervisor'] });
  await name(at, alex, 'alex');
  await fillSessions(at.database, at.now());
  const archivedId = await converse(at, await staffOf(at, alex));
  await fillWork(at, archivedId);
  await fillErasures(at);
  await fillRules(at, archivedId, carla);
  await fillProof(at);
  return { ...at, everybody, carla, archivedId };
}

function real({ translations }: { translations?: Translations }): Translations {
  if (!translations) throw new Error('nothing is translated before the stage is open');
  return translations;
}

function policyOfShop() {
  return policySchema.parse({
    ...{ idle: 'P7D', reopen: 'PT12H', keep: 'P730D' },
    rules: [
      { id: 'transactions', when: { tag: 'transaction' }, keepAtLeast: 'P3Y', because: 'audits' },
      { id: 'complaints', when: { tag: 'complaint' }, keepAtLeast: 'P5Y', because: 'complaints procedure' },
      { id: 'records', when: { tag: 'healthcare' }, keepAtLeast: 'P20Y', because: 'medical records' },
    ],
    review: { window: 'P7D' },
    spam: { deleteAfter: 'P7D' },
  });
}

async function name({ database }: SessionsStage, person: StagePerson, login: string): Promise<void> {
  const { accountId: id } = person;
  await database.db.updateTable('account').set({ login }).where('id', '=', id).execute();
}

async function staffOf({ database: { db } }: SessionsStage, { accountId }: StagePerson): Promise<string> {
  const found = db.selectFrom('staff').select('id').where('account_id', '=', accountId);
  return (await found.where('project_id', '=', 'shop').executeTakeFirstOrThrow()).id;
}

/** Three days ago, some minutes between what was said. @returns the session, which is archived by then */
async function converse(at: SessionsStage, staffId: string): Promise<string> {
  const { acts } = at.database;
  const from = { telegramUserId: 7_000_001, firstName: 'Борис' };
  let sessionId = '';
  at.move(-3 * DAY_MS);
  for (const [n, [role, text]] of SPOKEN.entries()) {
    const [updateId, now] = [8_000_000 + n, at.now()];
    if (role === 'customer') ({ sessionId } = await at.say(text, from));
    else
      await acts.answerCustomer({
        ...{ sessionId, staffId, botId: 77, updateId, now, kind: 'text', content: { text } },
        ...{ attachments: [], telegramMessageId: updateId, sentAt: now },
      });
    at.move((4 + n) * MINUTE_MS);
  }
  for (const tag of ['refund', 'complaint'])
    await acts.changeTag({ sessionId, tag, change: 'add', actor: ACTOR, now: at.now() });
  await at.archive(sessionId);
  at.move(3 * DAY_MS - SPOKEN.length * 6 * MINUTE_MS);
  return sessionId;
}

async function fillWork(at: SessionsStage, archivedId: string): Promise<void> {
  const { acts } = at.database;
  const by = { actor: ACTOR, now: at.now() };
  await at.say('Where is my parcel? It should have come on Monday.', {
    firstName: 'Anna',
    photo: 'label.jpg',
  });
  await at.say('¿Puedo cambiar la talla de mi pedido?', { firstName: 'Lucía', daysAgo: 1 });
  await at.say('طرد لم يصل', { firstName: 'ليلى', daysAgo: 2 });
  const { sessionId, subjectId } = await at.say('The invoice is wrong.', { firstName: 'Zoë' });
  await acts.placeHold({ sessionId: archivedId, reason: 'claim 4711', ...by });
  await acts.holdSubject({ subjectId, reason: 'court order 12/88', ...by });
  await acts.holdQuery({
    projectId: 'shop',
    tag: 'complaint',
    firstDay: '2022-01-01',
    reason: 'audit 2026',
    ...by,
  });
  await acts.changeTag({ sessionId, tag: 'transaction', change: 'add', ...by });
}

async function fillErasures(at: SessionsStage): Promise<void> {
  const { acts } = at.database;
  const ask = async () => {
    const { telegramUserId } = await addCustomer(at.database, 'shop');
    return (await acts.requestErasure({ projectId: 'shop', telegramUserId, now: at.now() })).number;
  };
  const ago = (hours: number) => new Date(at.now().getTime() - hours * HOUR_MS);
  await ask();
  await moveErasure(at.database, await ask(), 'confirmed', ago(2));
  for (let n = 0; n < 24; n++) await moveErasure(at.database, await ask(), 'done', ago(30 + n * 61));
  const { subjectId } = await addCustomer(at.database, 'shop');
  await acts.fileErasureRequest({
    ...{ projectId: 'shop', whom: { subjectId }, proof: 'TICKET-4712', actor: ACTOR, now: at.now() },
  });
}

/** Exports, tokens, webhooks, saved searches, and an alarm of a store. */
async function fillRules(at: SessionsStage, archivedId: string, carla: StagePerson): Promise<void> {
  const { db, acts } = at.database;
  const by = { actor: ACTOR, now: at.now() };
  const reader = { actor: { kind: 'staff', id: await staffOf(at, carla) }, roles: ['supervisor'] } as const;
  const order = { projectId: 'shop', format: 'jsonl', reason: 'TICKET-1', now: at.now(), reader } as const;
  await at.writeExport(await acts.requestExport({ ...order, query: 'parcel' }));
  await acts.requestExport({ ...order, query: 'tag:refund', reason: 'yearly report' });
  const expiresAt = new Date(at.now().getTime() + 30 * DAY_MS);
  await acts.createToken({ projectId: 'shop', name: 'helpdesk', roles: ['agent'], expiresAt, ...by });
  await acts.createToken({ projectId: 'shop', name: 'reporting', roles: ['auditor'], expiresAt, ...by });
  await acts.addWebhook({ projectId: 'shop', url: 'https://desk.example/hooks/retention', ...by });
  const store = { store: 'gs://archive/riverside', projectIds: ['shop'], reached: true };
  await noteStoreHealth(db, { ...store, now: at.now() });
  await acts.releaseHolds({ sessionId: archivedId, reason: 'claim settled', ...by });
}

async function fillProof(at: SessionsStage): Promise<void> {
  const proof = await openProof(at);
  for (let n = 0; n < 20; n++)
    await proof.write({ action: n % 3 === 0 ? 'session.deleted' : 'session.archived' });
  await proof.sign();
  await recordCheck(at.database.db, await checkLog(proof.log), at.now());
  await proof.sign();
  await renewOverviews(at.database.db, at.now());
}
