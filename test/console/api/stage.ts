import { Hono } from 'hono';
import { exportFiles } from '../../../activities/export-files.ts';
import type { Acts } from '../../../src/acts/acts.ts';
import { receiptFor } from '../../../src/acts/audit-export.ts';
import { sequenceEntries, signHead, type AuditLogDeps } from '../../../src/acts/audit-log.ts';
import { openDirectoryStore } from '../../../src/archive/directory.ts';
import { createApi } from '../../../src/console/api/app.ts';
import type { ApiDeps } from '../../../src/console/api/endpoint.ts';
import type { Role } from '../../../src/domain/roles.ts';
import { createLog } from '../../../src/log.ts';
import { createArchiveReader } from '../../../src/main/archive-reader.ts';
import { openSigningKeys } from '../../../src/main/audit-deps.ts';
import { isOutage } from '../../../src/main/outage.ts';
import { createStage, OPERATOR, type Stage } from '../../cli/stage.ts';
import { addProject, testProject } from '../../support/database.ts';

/** What the API answered, its JSON already read. */
export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly json: T;
}

export interface Asking {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem as it comes over the wire. */
export interface ProblemJson {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly decision?: { readonly decidedBy: string; readonly decision: string };
}

/** The API on a database and an archive, with the command line beside it. */
export interface ApiStage extends Stage {
  readonly app: Hono;
  /** A token of compliance, who may do the most. */
  readonly token: string;
  makeToken(roles: readonly Role[], change?: { projectId?: string; owner?: string }): Promise<string>;
  get<T>(path: string, asking?: Asking): Promise<Reply<T>>;
  post<T>(path: string, body: unknown, asking?: Asking): Promise<Reply<T>>;
  send(path: string, init: RequestInit): Promise<Response>;
  /** Gives every audit entry its place and signs the head of the log. */
  signAudit(): Promise<void>;
}

export async function createApiStage(
  change: Partial<ApiDeps> = {},
  around: (acts: Acts) => Acts = (acts) => acts,
): Promise<ApiStage> {
  const stage = await createStage();
  const { database } = stage;
  await addProject(database.db, testProject({ id: 'clinic' }));
  const store = await openDirectoryStore(stage.archiveDir);
  const stores = { of: () => Promise.resolve(store), at: () => Promise.resolve(store) };
  const log: AuditLogDeps = { db: database.db, ...(await openSigningKeys(database.secretsDir)) };
  const verifier = async () => (await log.keys.list()).at(-1)?.verifier ?? '';
  const api = createApi({
    db: database.db,
    acts: around(database.acts),
    openArchive: createArchiveReader({ ...database, stores }),
    exportFiles: (row) => exportFiles({ ...database, stores }, row),
    receiptFor: async (entry) => receiptFor(database.db, entry, await verifier()),
    isOutage,
    log: createLog('silent'),
    clock: () => stage.now,
    checkAnswers: true,
    requestsPerMinute: 100_000,
    ...change,
  });
  const app = new Hono().route('/api/v1', api);

  async function makeToken(
    roles: readonly Role[],
    { projectId = 'shop', owner }: { projectId?: string; owner?: string } = {},
  ) {
    const { token } = await database.acts.createToken({
      ...{ projectId, name: 'test', roles, actor: OPERATOR, now: stage.now },
      ...(owner !== undefined && { owner }),
      expiresAt: new Date(stage.now.getTime() + 90 * 86_400_000),
    });
    return token;
  }

  const token = await makeToken(['supervisor', 'compliance']);
  const send = (path: string, init: RequestInit) => Promise.resolve(app.request(`/api/v1${path}`, init));
  async function ask<T>(path: string, init: RequestInit, asking: Asking): Promise<Reply<T>> {
    const headers = { authorization: `Bearer ${asking.token ?? token}`, ...init.headers, ...asking.headers };
    const response = await send(path, { ...init, headers });
    return { status: response.status, headers: response.headers, json: (await response.json()) as T };
  }
  return Object.assign(stage, {
    app,
    token,
    makeToken,
    send,
    get: <T>(path: string, asking: Asking = {}) => ask<T>(path, {}, asking),
    post: <T>(path: string, body: unknown, asking: Asking = {}) =>
      ask<T>(
        path,
        { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
        asking,
      ),
    async signAudit() {
      while ((await sequenceEntries(log)) > 0);
      await signHead(log, stage.now);
    },
  });
}
