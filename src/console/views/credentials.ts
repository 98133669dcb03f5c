import { html } from 'hono/html';
import { textField, type FormState } from './fields.ts';
import type { Html } from './html.ts';
import { linkButton, notice } from './pieces.ts';

/** A new password, twice. */
export function passwordFields(state: FormState): Html {
  return html`${textField(state, {
    name: 'password',
    label: 'New password',
    type: 'password',
    hint: 'Twelve characters or more; a sentence is a good one.',
    autocomplete: 'new-password',
    required: true,
  })}
  ${textField(state, {
    name: 'again',
    label: 'New password, once more',
    type: 'password',
    autocomplete: 'new-password',
    required: true,
  })}`;
}

/** An authenticator to be read by a phone, or typed into one, and the field for its first code. */
export function authenticatorSetup(
  state: FormState,
  of: { readonly picture: string; readonly secret: string },
): Html {
  const spaced = of.secret.replace(/(.{4})(?=.)/g, '$1 ');
  return html`<p>
      Read this picture with an authenticator, such as the one your phone or password manager has. Without a
      camera, type the key into it.
    </p>
    <p>
      <img
        class="qr"
        src="${of.picture}"
        width="200"
        height="200"
        alt="The key of the authenticator as a picture"
      />
    </p>
    <p>Key: <code>${spaced}</code></p>
    ${textField(state, {
      name: 'code',
      label: 'Code',
      hint: 'The six digits that the authenticator shows now.',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      required: true,
    })}`;
}

/** The codes, shown this once. */
export function recoveryCodes(codes: readonly string[], next: string): Html {
  return html`${notice(
      'warning',
      html`<p>
        These codes are shown once. Each signs you in one time in place of the authenticator: print them or
        put them into a password manager.
      </p>`,
    )}
    <ul class="codes">
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ul>
    <p>${linkButton(next, 'I have kept them: go on', 'main')}</p>`;
}
