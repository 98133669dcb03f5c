import type { Context } from 'hono';
import type { z } from 'zod';
import type { Person } from '../db/accounts.ts';
import type { Membership } from '../db/staff.ts';
import type { Flash } from '../db/console-tables.ts';
import type { WebSession } from '../db/web-sessions.ts';
import { AppError } from '../domain/errors.ts';
import type { Actor } from '../domain/events.ts';
import { mayDo, type Action } from '../domain/roles.ts';
import type { Theme } from './cookies.ts';
import type { FormState } from './views/fields.ts';
import type { Html } from './views/html.ts';

/** What a page shows inside the frame that all pages share. */
export interface View {
  /** The title of the tab and the heading of the page. */
  readonly title: string;
  readonly body: Html | '';
  /** The language of title and body, where it is not English. */
  readonly language?: string;
  /** The way here, outermost first: label and address. The page itself is added. */
  readonly crumbs?: readonly (readonly [label: string, href: string])[];
  /** A sentence below the heading. */
  readonly lead?: string;
  /** What stands beside the heading, such as a button. */
  readonly aside?: Html;
}

/** What was sent with a form, or why it cannot be used. */
export type Sent<T> =
  { readonly ok: true; readonly values: T } | { readonly ok: false; readonly state: FormState };

/** What every handler gets. */
export interface PublicPage {
  readonly c: Context;
  readonly now: Date;
  readonly theme: Theme;
  /** Nobody has to be signed in. */
  readonly person: Person | undefined;
  /** A part of the path, such as `id` of `/p/:project/sessions/:id`. */
  param(name: string): string;
  /** The query by a schema; what does not fit counts as not given, so no link breaks a page. */
  query<S extends z.ZodObject>(schema: S): Partial<z.output<S>>;
  /** The fields of the form that was sent, by a schema over texts. */
  form<S extends z.ZodObject>(schema: S): Promise<Sent<z.output<S>>>;
  /** A file that was sent with a form of `multipart: true`; `undefined` where none was chosen. */
  file(name: string): Promise<File | undefined>;
  /** A form that posts, with the token of this browser. */
  postForm(form: PostForm): Html;
  html(view: View, status?: 200 | 400 | 401 | 403 | 404 | 409 | 422 | 429 | 503): Promise<Response>;
  /** Goes on to another page (303), which shows the sentence once. */
  redirect(to: string, flash?: Flash): Promise<Response>;
  /** A picture, such as a chart. */
  svg(picture: string): Response;
  /** Text, JSON or bytes to be saved as a file. */
  download(body: string | Uint8Array<ArrayBuffer> | ReadableStream, name: string, type: string): Response;
}

/** A page of somebody who is signed in. */
export interface SignedInPage extends PublicPage {
  readonly person: Person;
  readonly session: WebSession;
  /** In whose name an act on the installation as a whole is done. */
  readonly actor: Actor;
}

/** A page inside one project. */
export interface ProjectPage extends SignedInPage {
  readonly project: ProjectLine;
  readonly member: Membership;
  /** In whose name acts in this project are done: the member of its staff. */
  readonly actor: Actor;
  /** Whether this person may do something here, to show or leave out a button. */
  may(action: Action): boolean;
  /** An address inside this project: `at('/sessions')`. */
  at(rest: `/${string}`): string;
}

export interface PostForm {
  readonly to: string;
  readonly body: Html;
  /** For forms with files. */
  readonly multipart?: boolean;
  /** What a screen reader says the form is for, where no heading does. */
  readonly label?: string;
}

/** A project as its pages know it. */
export interface ProjectLine {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly language: string;
}

/** What makes a page of a signed-in person into one inside a project. */
export function inProject(page: SignedInPage, project: ProjectLine, member: Membership): ProjectPage {
  return {
    ...page,
    project,
    member,
    actor: { kind: 'staff', id: member.staffId, role: member.roles.join(' ') },
    may: (action) => mayDo(member.roles, action),
    at: (rest) => `/p/${project.id}${rest}`,
  };
}

/** The answer to whatever is not there, or is none of one's business. */
export function notFound(what = 'page'): AppError {
  return new AppError('not_found', `There is no such ${what}. Go back, or begin at the overview.`);
}
