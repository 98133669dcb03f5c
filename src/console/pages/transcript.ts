import { Readable } from 'node:stream';
import { html } from 'hono/html';
import { z } from 'zod';
import type { OpenArchive } from '../../acts/search-texts.ts';
import { listStaff } from '../../db/staff.ts';
import { languageTag } from '../../domain/languages.ts';
import type { ConsoleDeps } from '../deps.ts';
import { notFound, type ProjectPage } from '../page.ts';
import { projectRoute, type Route } from '../registry.ts';
import { sessionOf } from '../sessions/access.ts';
import { auditReason } from '../sessions/search-fields.ts';
import { crumbsOf } from '../sessions/session-confirm.ts';
import { transcriptForm } from '../sessions/transcript-form.ts';
import { transcriptBody } from '../sessions/transcript-view.ts';
import { freshForm, problems, type FormState } from '../views/fields.ts';

const AT = '/p/:project/sessions/:id' as const;
const reading = z.object({
  reason: auditReason,
  translate: languageTag.optional(),
});
const fetching = z.object({ reason: auditReason, name: z.string().max(200).optional() });

/** What was written in a session, read for a reason that the audit keeps. */
export function transcriptPages(deps: ConsoleDeps): Route[] {
  const { acts, content, db } = deps;
  const readerOf = ({ actor, member }: ProjectPage) => ({ actor, roles: member.roles });
  return [
    projectRoute({
      method: 'GET',
      path: `${AT}/transcript`,
      action: 'session.read',
      handler: (page) => ask(page, freshForm()),
    }),
    projectRoute({ method: 'POST', path: `${AT}/transcript`, action: 'session.read', handler: read }),
    projectRoute({ method: 'POST', path: `${AT}/files/:file`, action: 'archive.read', handler: fetchFile }),
  ];

  async function ask(page: ProjectPage, state: FormState): Promise<Response> {
    const life = await sessionOf(deps, page);
    const wrong = Object.keys(state.errors).length > 0;
    return page.html(
      {
        title: 'Read the session',
        crumbs: crumbsOf(page, life),
        body: html`${problems(state)} ${transcriptForm(page, life, state, content.translations !== undefined)}`,
      },
      wrong ? 422 : 200,
    );
  }

  async function read(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const sent = await page.form(reading);
    if (!sent.ok) return ask(page, sent.state);
    const { reason, translate: to } = sent.values;
    const { openArchive, files } = notingFiles(content.openArchive);
    const transcript = await acts.openTranscript({
      ...{ sessionId: life.sessionId, reader: readerOf(page), reason, now: page.now, openArchive },
    });
    const translated =
      to === undefined
        ? undefined
        : await content.translations?.translateTranscript(transcript, { to, now: page.now });
    const staff = await listStaff(db, page.project.id);
    const logins = new Map(staff.flatMap(({ id, login }) => (login === null ? [] : [[id, login] as const])));
    return page.html({
      title: `What was written in ${life.sessionId.slice(0, 8)}`,
      crumbs: crumbsOf(page, life),
      body: transcriptBody(page, { transcript, translated, logins, files, reason }),
    });
  }

  async function fetchFile(page: ProjectPage): Promise<Response> {
    const life = await sessionOf(deps, page);
    const attachmentId = z.uuid().safeParse(page.param('file'));
    const sent = await page.form(fetching);
    if (!attachmentId.success || !sent.ok) throw notFound('file');
    const { reason, name } = sent.values;
    const body = await acts.openKeptFile({
      ...{ sessionId: life.sessionId, attachmentId: attachmentId.data, reason },
      ...{ reader: readerOf(page), now: page.now, open: content.openFile },
    });
    // What somebody sent is saved and never shown: as a page of this host it could act in the reader's name.
    const stream = Readable.toWeb(Readable.from(body)) as ReadableStream;
    return page.download(stream, name ?? attachmentId.data, 'application/octet-stream');
  }
}

/** Files of archived entries by entry, those with bytes that are kept; noted while the transcript is opened. */
function notingFiles(open: OpenArchive): {
  readonly openArchive: OpenArchive;
  readonly files: ReadonlyMap<string, readonly (string | undefined)[]>;
} {
  const files = new Map<string, readonly (string | undefined)[]>();
  return {
    files,
    openArchive: async function* (object, projectId) {
      for await (const line of open(object, projectId)) {
        if (line.type === 'message' && line.attachments.length > 0)
          files.set(
            line.ref,
            line.attachments.map(({ id, object: kept }) =>
              typeof id === 'string' && kept !== undefined ? id : undefined,
            ),
          );
        yield line;
      }
    },
  };
}
