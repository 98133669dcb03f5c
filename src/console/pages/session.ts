import { z } from 'zod';
import { colleaguesOf, deskFacts, usedTags } from '../../db/desk.ts';
import { listAuditEntries } from '../../db/audit.ts';
import type { Life } from '../../db/life.ts';
import { readSessionDetails } from '../../db/session-details.ts';
import { AppError } from '../../domain/errors.ts';
import { mayDo } from '../../domain/roles.ts';
import { tagName } from '../../domain/rules.ts';
import type { ConsoleDeps } from '../deps.ts';
import { loginsOf } from '../logins.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { projectRoute, type Route } from '../registry.ts';
import { mayReadContent, sessionOf } from '../sessions/access.ts';
import { beginningOf } from '../sessions/days.ts';
import type { SessionPieces } from '../sessions/session-pieces.ts';
import { sessionView } from '../sessions/session-view.ts';
import { releasePage, tagPreviewPage } from '../sessions/session-confirm.ts';
import { freshForm, withError, type FormState } from '../views/fields.ts';

const AT = '/p/:project/sessions/:id' as const;
const TIMELINE = 200;

const tagging = z.object({ tag: tagName, change: z.enum(['add', 'remove']) });
const holding = z.object({
  holdReason: z.string({ error: 'Say why.' }).max(200),
  until: z.iso.date('A day such as 2030-01-31.').optional(),
});
const releasing = z.object({ releaseReason: z.string().max(200).optional() });
const noting = z.object({ note: z.string({ error: 'Write the note.' }).max(4000) });
const transferring = z.object({ to: z.uuid('Choose somebody.') });
const silencing = z.object({ silent: z.enum(['yes', 'no']) });

/** One session: where it stands and why, and what can be done to it. */
export function sessionPages(deps: ConsoleDeps): Route[] {
  const { db, acts } = deps;
  const done = (page: ProjectPage, life: Life, text: string) =>
    page.redirect(page.at(`/sessions/${life.sessionId}`), { tone: 'done', text });
  const act = (page: ProjectPage) => ({ actor: page.actor, now: page.now });
  return [
    projectRoute({ method: 'GET', path: AT, action: 'session.read', handler: (page) => show(page) }),
    projectRoute({
      method: 'POST',
      path: `${AT}/close`,
      action: 'session.close',
      async handler(page) {
        const life = await sessionOf(deps, page);
        await acts.closeSession({ sessionId: life.sessionId, reason: 'agent', ...act(page) });
        return done(page, life, 'The session is closed.');
      },
    }),
    projectRoute({
      method: 'POST',
      path: `${AT}/reopen`,
      action: 'session.reopen',
      async handler(page) {
        const life = await sessionOf(deps, page);
        await acts.reopenSession({ sessionId: life.sessionId, ...act(page) });
        return done(page, life, 'The session is open again.');
      },
    }),
    projectRoute({ method: 'GET', path: `${AT}/tag`, action: 'session.tag', handler: previewTag }),
    projectRoute({ method: 'POST', path: `${AT}/tag`, action: 'session.tag', handler: changeTag }),
    projectRoute({ method: 'POST', path: `${AT}/hold`, action: 'hold.place', handler: placeHold }),
    projectRoute({
      method: 'GET',
      path: `${AT}/release`,
      action: 'hold.release',
      stepUp: true,
      handler: async (page) => releasePage(page, await sessionOf(deps, page)),
    }),
    projectRoute({
      method: 'POST',
      path: `${AT}/release`,
      action: 'hold.release',
      stepUp: true,
      handler: releaseHolds,
    }),
    projectRoute({ method: 'POST', path: `${AT}/note`, action: 'session.note', handler: writeNote }),
    projectRoute({
      method: 'POST',
      path: `${AT}/transfer`,
      action: 'session.transfer',
      handler: transfer,
    }),
    projectRoute({ method: 'POST', path: `${AT}/silence`, action: 'session.answer', handler: silence }),
  ];

  async function show(page: ProjectPage, state: FormState = freshForm()): Promise<Response> {
    const life = await sessionOf(deps, page);
    const wrong = Object.keys(state.errors).length > 0;
    return page.html(sessionView(page, await piecesOf(page, life), state), wrong ? 422 : 200);
  }

  async function piecesOf(page: ProjectPage, life: Life): Promise<SessionPieces> {
    const { sessionId, projectId } = life;
    const [details, desk, timeline, logins, tags] = await Promise.all([
      readSessionDetails(db, sessionId, page.now),
      deskFacts(db, sessionId),
      listAuditEntries(db, { sessionId, limit: TIMELINE }),
      loginsOf(db, projectId),
      page.may('session.tag') ? usedTags(db, projectId, 8) : [],
    ]);
    const sealed = life.subjectId !== null && mayReadContent(page, life) ? desk?.profileSealed : null;
    const colleagues = page.may('session.transfer') ? await colleaguesOf(db, projectId) : [];
    return {
      life,
      details,
      desk,
      timeline,
      logins,
      profile: sealed ? await deps.content.openProfile(life.subjectId ?? '', sealed) : undefined,
      workflowUrl: deps.workflowUrl(sessionId),
      usedTags: tags.filter((tag) => !life.tags.includes(tag)),
      transferTo: colleagues.filter(({ roles }) => mayDo(roles, 'session.answer')).map(({ id }) => id),
      translates: deps.content.translations !== undefined,
    };
  }

  async function previewTag(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const { tag, change = 'add' } = page.query(tagging);
    if (!tag) {
      const given = new URL(page.c.req.url).searchParams.get('tag') ?? '';
      const state = freshForm({ tag: given });
      const message = 'A tag is a small-letter word of letters, digits, - and _ such as refund.';
      return show(page, withError(state, 'tag', message));
    }
    const preview = await acts.previewTag({ sessionId: life.sessionId, tag, change, now: page.now });
    return tagPreviewPage(page, life, { preview, change });
  }

  async function changeTag(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(tagging);
    if (!sent.ok) throw notFound('tag');
    const { tag, change } = sent.values;
    const { changed } = await acts.changeTag({ sessionId: life.sessionId, tag, change, ...act(page) });
    const verb = change === 'add' ? 'added' : 'taken off';
    return done(page, life, changed ? `The tag ${tag} is ${verb}.` : `Nothing changed: it was so already.`);
  }

  async function placeHold(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(holding);
    if (!sent.ok) return show(page, sent.state);
    const { holdReason: reason, until } = sent.values;
    const endsAt = until === undefined ? {} : { endsAt: beginningOf(until, page.project.timeZone) };
    try {
      await acts.placeHold({ sessionId: life.sessionId, reason, ...endsAt, ...act(page) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      return show(
        page,
        withError(freshForm({ holdReason: reason, until: until ?? '' }), 'until', wordsOf(error)),
      );
    }
    return done(page, life, 'The session is on hold: nothing of it is destroyed until that is released.');
  }

  async function releaseHolds(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(releasing);
    const reason = sent.ok ? sent.values.releaseReason : undefined;
    const release = await acts.releaseHolds({
      sessionId: life.sessionId,
      ...(reason !== undefined && { reason }),
      ...act(page),
    });
    return done(
      page,
      life,
      release.outcome === 'released'
        ? `Released: ${release.holds}.`
        : `Waits for a second person: request ${release.approvalId.slice(0, 8)}. It is on hold until then.`,
    );
  }

  async function writeNote(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(noting);
    if (!sent.ok) return show(page, sent.state);
    const text = sent.values.note;
    try {
      await acts.writeNote({ sessionId: life.sessionId, staffId: page.member.staffId, text, ...act(page) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      return show(page, withError(freshForm({ note: text }), 'note', wordsOf(error)));
    }
    return done(page, life, 'The note is kept with the session. No customer is sent it.');
  }

  async function transfer(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(transferring);
    if (!sent.ok) return show(page, sent.state);
    try {
      await acts.transferSession({ sessionId: life.sessionId, to: sent.values.to, ...act(page) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
      return show(page, withError(freshForm(), 'to', wordsOf(error)));
    }
    return done(page, life, 'The session is transferred.');
  }

  async function silence(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(silencing);
    if (!sent.ok) throw notFound('choice');
    const silent = sent.values.silent === 'yes';
    await acts.setSilence({ sessionId: life.sessionId, silent, ...act(page) });
    return done(
      page,
      life,
      silent ? 'Answers arrive without a notification.' : 'Answers arrive with a notification.',
    );
  }
}
