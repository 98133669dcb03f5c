import { z } from '@hono/zod-openapi';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Acts } from '../../acts/acts.ts';
import type { OpenArchive } from '../../acts/search-texts.ts';
import type { Translations } from '../../acts/translations.ts';
import type { AuditRow } from '../../db/audit.ts';
import type { ExportRow } from '../../db/exports-tables.ts';
import type { Tables } from '../../db/tables.ts';
import type { ValidToken } from '../../db/tokens.ts';
import type { Actor } from '../../domain/events.ts';
import type { ExportFile } from '../../export/files.ts';
import type { Operation } from './permissions.ts';

const FILE = z.string().openapi({ format: 'binary' });

/** What the API works with. */
export interface ApiDeps {
  readonly db: Kysely<Tables>;
  readonly acts: Acts;
  readonly openArchive: OpenArchive;
  /** The files of an export that is done, made while they are read. */
  readonly exportFiles: (row: ExportRow) => AsyncIterable<ExportFile>;
  /** Absent where nothing translates. */
  readonly translations?: Translations | undefined;
  /** The proof that an entry is in the audit log. */
  readonly receiptFor: (entry: AuditRow) => Promise<unknown>;
  readonly isOutage: (error: unknown) => boolean;
  readonly log: Pick<Logger, 'error'>;
  readonly clock: () => Date;
  /** How many requests a token may make in a minute; 600 where nothing is said. */
  readonly requestsPerMinute?: number;
  /** Told of every request that was answered, for metrics. */
  readonly onAnswer?: (answer: Answered) => void;
  /** Holds every answer against its schema, and fails where one does not fit: for tests. */
  readonly checkAnswers?: boolean;
}

export interface Answered {
  /** The operation's name; `other` for what is none. */
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** A request once it is read, and whoever makes it is known. */
export interface Call<P, Q, B> {
  readonly deps: ApiDeps;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly token: ValidToken;
  readonly actor: Actor;
  readonly now: Date;
}

/** An answer before it becomes JSON: dates are written then. */
export type Wire<T> = T extends string
  ? T | Date
  : T extends readonly (infer E)[]
    ? readonly Wire<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Wire<T[K]> }
      : T;

/** An answer that is a file, sent while it is made. */
export interface Download {
  readonly name: string;
  readonly body: AsyncIterable<Buffer>;
}

/** One operation: what it takes and gives, and what it does. What it needs stands in `PERMISSIONS`. */
export interface Definition<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
> {
  readonly operation: Operation;
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly params: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: R;
  /** 200 where nothing is said. */
  readonly status?: 200 | 201 | 202;
  /** Reading by POST, because what is looked for does not belong into an address. It is not stored either. */
  readonly reads?: boolean;
  /** What its answer is, where that is a file and no JSON. */
  readonly downloads?: 'application/zip';
  /** The project of what the path names, where the path does not name the project itself. */
  readonly projectOf?: (db: Kysely<Tables>, params: Record<string, string>) => Promise<string | undefined>;
  readonly handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Wire<z.input<R>>>;
}

/** The same without its types, as it is served. */
export type Endpoint = Omit<Definition<z.ZodObject, z.ZodObject, z.ZodType, z.ZodType>, 'handle'> & {
  readonly handle: (call: Call<unknown, unknown, unknown>) => Promise<unknown>;
};

/** Defines an operation that answers with a file. */
export function download<P extends z.ZodObject, B extends z.ZodType>(
  definition: Omit<Definition<P, never, B, never>, 'handle' | 'answer' | 'query'> & {
    readonly handle: (call: Call<z.output<P>, unknown, z.output<B>>) => Promise<Download>;
  },
): Endpoint {
  return { downloads: 'application/zip', answer: FILE, ...definition } as unknown as Endpoint;
}

/** Defines an operation. */
export function endpoint<
  P extends z.ZodObject,
  R extends z.ZodType,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodUndefined,
>(definition: Definition<P, Q, B, R>): Endpoint {
  return definition as unknown as Endpoint;
}
