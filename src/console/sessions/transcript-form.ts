import { html } from 'hono/html';
import type { Life } from '../../db/life.ts';
import type { ProjectPage } from '../page.ts';
import { submit, textField, type FormState } from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { isLive } from './access.ts';
import { reasonField } from './search-fields.ts';

/** Asks why a session is read, before anything of it is opened. */
export function transcriptForm(page: ProjectPage, life: Life, state: FormState, translates: boolean): Html {
  const what = isLive(life)
    ? 'Opens what was written, with edits and notes.'
    : 'Opens the archive of this session, with edits and notes.';
  return page.postForm({
    to: page.at(`/sessions/${life.sessionId}/transcript`),
    label: 'Read the session',
    body: html`<p>${what} The audit records that you read it, and why.</p>
      ${reasonField(state)}
      ${
        translates
          ? textField(state, {
              name: 'translate',
              label: 'Translate into',
              hint: `The tag of a language such as ${page.project.language}; the original stays beside it.`,
              required: false,
              maxlength: 20,
            })
          : ''
      }
      ${submit('Read the session')}`,
  });
}
