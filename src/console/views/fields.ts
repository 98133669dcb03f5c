import { html } from 'hono/html';
import type { Content, Html } from './html.ts';

/** What a form shows again: what was written, and what is wrong with it, by field. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** A form nobody has sent yet, with what stands in it at first. */
export function freshForm(values: Readonly<Record<string, string>> = {}): FormState {
  return { values, errors: {} };
}

/** A form that is shown again because of one more thing, such as what an act said. */
export function withError(state: FormState, field: string, message: string): FormState {
  return { values: state.values, errors: { ...state.errors, [field]: message } };
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly required?: boolean;
}

export interface TextField extends Field {
  readonly type?: 'text' | 'password' | 'search' | 'email' | 'number' | 'date' | 'datetime-local' | 'file';
  readonly autocomplete?: string;
  readonly inputmode?: 'numeric' | 'text';
  readonly placeholder?: string;
  readonly autofocus?: boolean;
  readonly maxlength?: number;
  /** Which files may be chosen, such as `.json`. */
  readonly accept?: string;
}

/** A line to fill in. Passwords and files are never put back into the page. */
export function textField(state: FormState, field: TextField): Html {
  const { type = 'text' } = field;
  const value = type === 'password' || type === 'file' ? '' : (state.values[field.name] ?? '');
  return labelled(
    state,
    field,
    html`<input
      id="${field.name}"
      name="${field.name}"
      type="${type}"
      ${value ? html`value="${value}"` : ''}
      ${optional('autocomplete', field.autocomplete)}
      ${optional('inputmode', field.inputmode)}
      ${optional('placeholder', field.placeholder)}
      ${optional('maxlength', field.maxlength)}
      ${optional('accept', field.accept)}
      ${field.autofocus ? 'autofocus' : ''}
      ${wiring(state, field)}
    />`,
  );
}

/** Several lines to fill in. */
export function textArea(
  state: FormState,
  field: Field & { readonly rows?: number; readonly maxlength?: number; readonly spellcheck?: boolean },
): Html {
  const code = field.spellcheck === false;
  return labelled(
    state,
    field,
    // The first line break after the tag is not part of the value; without it, one of the text's own would be lost.
    html`<textarea
      id="${field.name}"
      name="${field.name}"
      rows="${field.rows ?? 4}"
      ${optional('maxlength', field.maxlength)}
      ${code ? html`spellcheck="false" class="code"` : ''}
      ${wiring(state, field)}
    >
${state.values[field.name] ?? ''}</textarea>`,
  );
}

/** One of several choices, from a list that opens. */
export function selectField(
  state: FormState,
  field: Field & { readonly options: readonly (readonly [value: string, label: string])[] },
): Html {
  const chosen = state.values[field.name] ?? '';
  return labelled(
    state,
    field,
    html`<select id="${field.name}" name="${field.name}" ${wiring(state, field)}>
      ${field.options.map(
        ([value, label]) =>
          html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${label}</option>`,
      )}
    </select>`,
  );
}

/** One of a few choices, all in view. */
export function radioField(
  state: FormState,
  field: Field & {
    readonly options: readonly (readonly [value: string, label: string, hint?: string])[];
  },
): Html {
  const chosen = state.values[field.name] ?? '';
  return html`<fieldset class="field" ${wiring(state, { ...field, required: false })}>
    <legend>${field.label}</legend>
    ${notes(state, field)}
    ${field.options.map(
      ([value, label, hint]) =>
        html`<label class="choice"
          ><input
            type="radio"
            name="${field.name}"
            value="${value}"
            ${value === chosen ? 'checked' : ''}
            ${field.required ? 'required' : ''}
          /><span>${label}${hint ? html`<small>${hint}</small>` : ''}</span></label
        >`,
    )}
  </fieldset>`;
}

/** Any of a few choices. What is sent is the field's name, once for each choice. */
export function checkboxes(
  state: FormState,
  field: Field & {
    readonly options: readonly (readonly [value: string, label: string, hint?: string])[];
    readonly chosen: readonly string[];
  },
): Html {
  return html`<fieldset class="field" ${wiring(state, { ...field, required: false })}>
    <legend>${field.label}</legend>
    ${notes(state, field)}
    ${field.options.map(
      ([value, label, hint]) =>
        html`<label class="choice"
          ><input
            type="checkbox"
            name="${field.name}"
            value="${value}"
            ${field.chosen.includes(value) ? 'checked' : ''}
          /><span>${label}${hint ? html`<small>${hint}</small>` : ''}</span></label
        >`,
    )}
  </fieldset>`;
}

/** What goes along unseen. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}

/** The button that sends a form; `danger` for what cannot be taken back. */
export function submit(label: string, look: 'main' | 'plain' | 'danger' = 'main'): Html {
  return html`<button type="submit" class="${look}">${label}</button>`;
}

/** What is wrong with a form as a whole, above it, with a link to each field. */
export function problems(state: FormState): Html | '' {
  const found = Object.entries(state.errors);
  if (found.length === 0) return '';
  return html`<div class="notice warning" role="alert">
    <h2>
      ${found.length === 1 ? 'One thing has to be put right' : `${found.length} things have to be put right`}
    </h2>
    <ul>
      ${found.map(([name, message]) =>
        name === '' ? html`<li>${message}</li>` : html`<li><a href="#${name}">${message}</a></li>`,
      )}
    </ul>
  </div>`;
}

function labelled(state: FormState, field: Field, control: Html): Html {
  return html`<div class="field">
    <label for="${field.name}"
      >${field.label}${field.required === false ? html` <span class="muted">(optional)</span>` : ''}</label
    >
    ${notes(state, field)}${control}
  </div>`;
}

function notes(state: FormState, { name, hint }: Field): Content {
  const error = state.errors[name];
  return html`${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}${
    error ? html`<p class="error" id="${name}-error">${error}</p>` : ''
  }`;
}

/** Ties a control to its hint and its error, so that both are read out with it. */
function wiring(state: FormState, { name, hint, required }: Field): Content {
  const wrong = state.errors[name] !== undefined;
  const described = [...(hint ? [`${name}-hint`] : []), ...(wrong ? [`${name}-error`] : [])].join(' ');
  return html`${optional('aria-describedby', described || undefined)}${
    wrong ? html` aria-invalid="true"` : ''
  }${required ? ' required' : ''}`;
}

function optional(name: string, value: string | number | undefined): Content {
  return value === undefined ? '' : html` ${name}="${value}"`;
}
