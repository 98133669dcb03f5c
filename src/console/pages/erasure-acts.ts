import { html } from 'hono/html';
import { z } from 'zod';
import { findErasureSubject } from '../../db/erasures.ts';
import { telegramIdOf } from '../../db/subjects.ts';
import { EXTENSION_GROUNDS, REFUSAL_GROUNDS } from '../../domain/erasure-answers.ts';
import { AppError } from '../../domain/errors.ts';
import { JURISDICTION_IDS, JURISDICTIONS } from '../../domain/jurisdictions.ts';
import { dayWords } from '../views/pieces.ts';
import type { ConsoleDeps } from '../deps.ts';
import { wordsOf } from '../refusals.ts';
import type { ProjectPage } from '../page.ts';
import { confirmPage } from '../views/confirm.ts';
import {
  freshForm,
  problems,
  radioField,
  selectField,
  submit,
  textField,
  withError,
  type FormState,
} from '../views/fields.ts';
import type { Html } from '../views/html.ts';
import { notice } from '../views/pieces.ts';
import { erasureHere } from './erasure-page.ts';

const filingQuery = z.object({ subject: z.uuid() });
const filing = z.object({
  telegram: z
    .string()
    .trim()
    .regex(/^[1-9]\d{0,14}$/, 'This is not the number that Telegram gives a person, such as 123456789.')
    .optional(),
  subject: z.uuid('This is not the id of a customer.').optional(),
  proof: z.string({ error: 'Say where the proof lies, such as TICKET-4711.' }).max(40),
  jurisdiction: z.enum(JURISDICTION_IDS, { error: 'Choose from the list.' }).optional(),
});
type Filing = z.output<typeof filing>;
const grounds = z.object({ ground: z.string({ error: 'Choose a ground: the customer is told it.' }) });

/** What staff do about a request: file one, refuse one, move its legal deadline. */
export function createErasureActs({ db, acts }: ConsoleDeps) {
  return { askToFile, file, askToRefuse, refuse, askToExtend, extend };

  function askToFile(page: ProjectPage, state = freshForm(page.query(filingQuery))): Promise<Response> {
    return page.html(
      {
        title: 'File a request to erase a customer',
        lead: 'For a customer who asked by e-mail, by telephone or by letter. Whoever asks in the chat confirms it there themselves.',
        crumbs: [['Erasures', page.at('/erasures')]],
        body: html`${problems(state)}
        ${notice('info', 'Nothing is erased yet: a second person has to approve it. The clock of the law runs from now.')}
        ${page.postForm({ to: page.at('/erasures/new'), body: filingFields(page, state) })}`,
      },
      Object.keys(state.errors).length > 0 ? 422 : 200,
    );
  }

  async function file(page: ProjectPage): Promise<Response> {
    const sent = await page.form(filing);
    if (!sent.ok) return askToFile(page, sent.state);
    try {
      const { number } = await filed(page, sent.values);
      return await page.redirect(page.at(`/erasures/${number}`), {
        tone: 'done',
        text: `Erasure ${number} is filed. It begins when a second person approves it.`,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_allowed') throw error;
      const given = Object.entries(sent.values).filter((pair): pair is [string, string] => Boolean(pair[1]));
      const field = error.code === 'input_invalid' ? 'proof' : sent.values.subject ? 'subject' : 'telegram';
      return askToFile(page, withError(freshForm(Object.fromEntries(given)), field, wordsOf(error)));
    }
  }

  async function filed(page: ProjectPage, { telegram, subject, proof, jurisdiction }: Filing) {
    if ((telegram === undefined) === (subject === undefined))
      throw new AppError('not_found', 'Name the customer: either by the Telegram id or by the id here.');
    const by = { actor: page.actor, now: page.now };
    const projectId = page.project.id;
    const telegramUserId = subject ? await telegramIdOf(db, subject) : Number(telegram);
    const person = telegramUserId && (await findErasureSubject(db, projectId, telegramUserId));
    // Deadlines go by where the customer lives, so that is put right first, as an act of its own.
    if (person && jurisdiction && jurisdiction !== person.jurisdiction)
      await acts.correctJurisdiction({ subjectId: person.id, jurisdiction, reason: proof, ...by });
    const whom = subject === undefined ? { telegramUserId: Number(telegram) } : { subjectId: subject };
    return acts.fileErasureRequest({ projectId, whom, proof, ...by });
  }

  async function askToRefuse(page: ProjectPage, state = freshForm()): Promise<Response> {
    const { number } = await erasureHere(db, page);
    return confirmPage(page, {
      title: `Refuse erasure ${number}`,
      explain:
        'The customer is told the ground in their language, and where they can complain. Nothing is erased. They may ask again at any time.',
      to: page.at(`/erasures/${number}/refuse`),
      button: 'Refuse, and tell the customer',
      back: page.at(`/erasures/${number}`),
      fields: groundField(state, REFUSAL_GROUNDS),
      crumbs: wayTo(page, number),
    });
  }

  async function refuse(page: ProjectPage): Promise<Response> {
    const { number } = await erasureHere(db, page);
    const sent = await page.form(grounds);
    if (!sent.ok) return askToRefuse(page, sent.state);
    await acts.refuseErasure({ number, ...sent.values, actor: page.actor, now: page.now });
    return page.redirect(page.at(`/erasures/${number}`), {
      tone: 'done',
      text: 'Refused. The customer is being told why.',
    });
  }

  async function askToExtend(page: ProjectPage, state = freshForm()): Promise<Response> {
    const { number, regulation } = await erasureHere(db, page);
    return confirmPage(page, {
      title: `Move the legal deadline of erasure ${number}`,
      explain: `Once, and by as much as ${regulation} allows. The customer is told why. The 48 hours from the confirmation stay what they are.`,
      to: page.at(`/erasures/${number}/extend`),
      button: 'Move the deadline, and tell the customer',
      back: page.at(`/erasures/${number}`),
      fields: groundField(state, EXTENSION_GROUNDS),
      crumbs: wayTo(page, number),
    });
  }

  async function extend(page: ProjectPage): Promise<Response> {
    const { number } = await erasureHere(db, page);
    const sent = await page.form(grounds);
    if (!sent.ok) return askToExtend(page, sent.state);
    const moved = await acts.extendErasure({ number, ...sent.values, actor: page.actor, now: page.now });
    return page.redirect(page.at(`/erasures/${number}`), {
      tone: 'done',
      text: `The legal deadline is now ${dayWords(moved.legal_deadline_at, page.project.timeZone)}. The customer is being told.`,
    });
  }
}

function filingFields(page: ProjectPage, state: FormState): Html {
  return html`${
      state.values['subject']
        ? ''
        : textField(state, {
            ...{ name: 'telegram', label: 'Telegram id', inputmode: 'numeric', autocomplete: 'off' },
            ...{ hint: 'The number that Telegram gives the customer.', required: false },
          })
    }
    ${textField(state, {
      ...{ name: 'subject', label: 'Customer', autocomplete: 'off', required: false },
      hint: 'The id on the customer’s page, in place of the Telegram id.',
    })}
    ${textField(state, {
      ...{
        name: 'proof',
        label: 'Proof of who they are',
        required: true,
        maxlength: 40,
        autocomplete: 'off',
      },
      hint: 'Where it lies, such as TICKET-4711. It is stored in clear: no name, no address.',
    })}
    ${
      page.may('subject.correct')
        ? selectField(state, {
            ...{ name: 'jurisdiction', label: 'Where they live', required: false },
            hint: 'The law’s deadline goes by it. Left as it is, what is known of the customer counts.',
            options: [['', 'as known'], ...Object.entries(JURISDICTIONS)],
          })
        : ''
    }
    <p class="buttons">
      <a class="button plain" href="${page.at('/erasures')}">Go back, change nothing</a>
      ${submit('File the request')}
    </p>`;
}

function groundField(state: FormState, of: Readonly<Record<string, string>>): Html {
  return html`${problems(state)}
  ${radioField(state, {
    ...{ name: 'ground', label: 'Ground', required: true },
    options: Object.entries(of).map(([ground, words]) => [ground, words] as const),
  })}`;
}

function wayTo(page: ProjectPage, number: string): (readonly [string, string])[] {
  return [
    ['Erasures', page.at('/erasures')],
    [number, page.at(`/erasures/${number}`)],
  ];
}
