import { html } from 'hono/html';
import type { SavedSearch } from '../../acts/saved-searches.ts';
import { EXPORT_FORMATS, EXPORT_KEEP_DAYS, MOST_KEEP_DAYS, type ExportFormat } from '../../domain/exports.ts';
import { AppError } from '../../domain/errors.ts';
import type { ProjectPage } from '../page.ts';
import { wordsOf } from '../refusals.ts';
import { reasonField, searchFields, searchInputs } from '../sessions/search-fields.ts';
import {
  freshForm,
  selectField,
  submit,
  textArea,
  textField,
  withError,
  type FormState,
} from '../views/fields.ts';
import type { Html } from '../views/html.ts';

const FORMATS: Record<ExportFormat, string> = {
  jsonl: 'JSON Lines: one entry a line',
  json: 'JSON: one document',
  csv: 'CSV: one message a row',
  'csv-sessions': 'CSV: one session a row',
  telegram: 'as Telegram Desktop exports',
};

/** The form with what an address asked for: a link may have been cut, or written by hand. */
export function begunForm(q: string, check: (query: string) => void): FormState {
  const state = freshForm({ q });
  const { q: field } = searchFields;
  try {
    const fits = field.safeParse(q);
    if (!fits.success) return withError(state, 'q', fits.error.issues[0]?.message ?? '');
    if (q !== '') check(q);
    return state;
  } catch (error) {
    if (error instanceof AppError) return withError(state, 'q', wordsOf(error));
    throw error;
  }
}

/** What to export, how, and where to. */
export function exportForm(
  page: ProjectPage,
  state: FormState,
  from: { readonly saved: readonly SavedSearch[]; readonly exportTo: readonly string[] },
): Html {
  return page.postForm({
    to: page.at('/exports'),
    label: 'Export sessions',
    body: html`<h2>Which sessions</h2>
      <p class="muted">All that is named has to be met; nothing named is all of ${page.project.name}.</p>
      ${searchInputs(state, { open: true })}
      ${
        from.saved.length > 0
          ? selectField(state, {
              name: 'saved',
              label: 'What a saved search finds',
              required: false,
              options: [['', 'none'], ...from.saved.map(({ name }) => [name, name] as const)],
            })
          : ''
      }
      <h2>How</h2>
      ${selectField(state, {
        name: 'format',
        label: 'Format',
        options: EXPORT_FORMATS.map((format) => [format, FORMATS[format]] as const),
      })}
      ${choice(state, 'zip', 'Keep it compressed', 'What you fetch here is one compressed file in any case.')}
      ${scrubFields(state)}
      <h2>Where to, and when</h2>
      ${
        from.exportTo.length > 0
          ? selectField(state, {
              name: 'destination',
              label: 'Deliver it to',
              hint: 'Besides waiting here to be fetched.',
              options: [['', 'nowhere else'], ...from.exportTo.map((place) => [place, place] as const)],
            })
          : ''
      }
      ${textField(state, {
        name: 'keepDays',
        label: 'Remove the files after so many days',
        hint: `${EXPORT_KEEP_DAYS} where left empty, ${MOST_KEEP_DAYS} at most.`,
        inputmode: 'numeric',
        required: false,
      })}
      ${textField(state, {
        name: 'cron',
        label: 'Again and again',
        hint: `daily, weekly, or as cron says (30 6 * * 1-5), in the time of ${page.project.timeZone}. Each holds what was active since the one before. Left empty: once, now.`,
        required: false,
        maxlength: 60,
      })}
      ${reasonField(state, { label: 'Reason', required: true })} ${submit('Export')}`,
  });
}

function scrubFields(state: FormState): Html {
  return html`<h2>What is taken out</h2>
    <p class="muted">What the project’s file takes out of every export is taken out in any case.</p>
    ${choice(state, 'hashIds', 'Ids as keyed hashes', 'The same throughout this export, others in the next.')}
    ${choice(state, 'dropNames', 'No names', 'Names, usernames and phone numbers; mentions are blacked out.')}
    ${textArea(state, {
      name: 'replace',
      label: 'Patterns to replace',
      hint: 'One a line, pattern=text, such as [0-9]{13,19}=[card].',
      required: false,
      rows: 3,
      spellcheck: false,
    })}`;
}

function choice(state: FormState, name: string, label: string, hint: string): Html {
  return html`<label class="choice"
    ><input
      type="checkbox"
      name="${name}"
      value="yes"
      ${state.values[name] === 'yes' ? 'checked' : ''}
    /><span>${label}<small>${hint}</small></span></label
  >`;
}
