import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { diff } from '../domain/policy-diff.ts';
import type { ProjectFile } from '../domain/project.ts';
import { insertPolicy, lockPolicies, policyVersions } from './policies.ts';
import { joinAccounts, joinRoles } from './staff.ts';
import type { Project, Tables } from './tables.ts';

/** The policy of a project after its file was read. */
export interface SavedProject {
  /** The version in force. */
  readonly version: number;
  /** Whether the file says something else than the version in force, and waits to be applied. */
  readonly differs: boolean;
}

/**
 * Brings a project's rows to what its file says, but for its policy: the file's becomes the first version
 * of a new project, and changes nothing after that.
 */
export async function saveProject(
  db: Kysely<Tables>,
  file: ProjectFile,
  change: { author: string; reason: string; now: Date },
): Promise<SavedProject> {
  return db.transaction().execute(async (tx) => {
    await lockPolicies(tx, file.id);
    const before = await settingsOf(tx, file.id);
    await upsertProject(tx, file, change.now);
    await upsertStaff(tx, file, change.now);
    const saved = await installPolicy(tx, file, change);
    await recordSettings(tx, file.id, before, change);
    return saved;
  });
}

/** What a project's file decides on, as the database has it. */
interface Settings {
  readonly project: Record<string, unknown> | undefined;
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly policyVersion: number | undefined;
}

async function settingsOf(tx: Transaction<Tables>, projectId: string): Promise<Settings> {
  const project = await tx
    .selectFrom('project')
    .select(['name', 'time_zone', 'language', 'notice_version', 'staff_chat_id', 'jurisdiction'])
    .where('id', '=', projectId)
    .executeTakeFirst();
  const staff = await tx
    .selectFrom('staff')
    .select(['id', 'roles'])
    .where('project_id', '=', projectId)
    .orderBy('id')
    .execute();
  const [inForce] = await policyVersions(tx, projectId);
  return {
    project,
    roles: new Map(staff.map(({ id, roles }) => [id, roles])),
    policyVersion: inForce?.version,
  };
}

/** Writes what the file changed into the audit: which settings by name, and who has which roles now. */
async function recordSettings(
  tx: Transaction<Tables>,
  projectId: string,
  before: Settings,
  { now }: { now: Date },
): Promise<void> {
  const after = await settingsOf(tx, projectId);
  const changed = Object.entries(after.project ?? {})
    .filter(([name, value]) => before.project?.[name] !== value)
    .map(([name]) => name);
  const staff = [...after.roles].filter(([id, roles]) => before.roles.get(id)?.join() !== roles.join());
  const entries = [
    ...(changed.length > 0
      ? [
          {
            action: before.project ? 'project.changed' : 'project.created',
            object: { kind: 'project', id: projectId },
            counts: { settings: changed.length },
            reason: changed.join(' '),
          },
        ]
      : []),
    ...staff.map(([id, roles]) => ({
      action: 'staff.roles-changed',
      object: { kind: 'staff', id },
      counts: { roles: roles.length },
      reason: roles.join(' ') || 'none',
    })),
    ...(before.policyVersion === undefined
      ? [
          {
            action: 'policy.applied',
            object: { kind: 'policy', id: `${projectId}:1` },
            counts: { version: 1 },
            reason: null,
          },
        ]
      : []),
  ];
  if (entries.length === 0) return;
  await tx
    .insertInto('audit_entry')
    .values(
      entries.map(({ action, object, counts, reason }) => ({
        at: now,
        actor_kind: 'system',
        actor_id: 'project-file',
        action,
        object_kind: object.kind,
        object_id: object.id,
        project_id: projectId,
        counts: JSON.stringify(counts),
        reason,
      })),
    )
    .execute();
}

async function upsertProject(tx: Transaction<Tables>, file: ProjectFile, now: Date) {
  const values = {
    name: file.name,
    time_zone: file.timeZone,
    language: file.language,
    notice_version: file.notice.version,
    staff_chat_id: file.telegram?.staffChat ?? null,
    jurisdiction: file.jurisdiction,
  };
  await tx
    .insertInto('project')
    .values({ id: file.id, created_at: now, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

async function upsertStaff(tx: Transaction<Tables>, file: ProjectFile, now: Date) {
  const staff = file.telegram?.staff ?? [];
  for (const { id, roles } of staff)
    await tx
      .insertInto('staff')
      .values({
        id: randomUUID(),
        project_id: file.id,
        telegram_user_id: id,
        roles,
        file_roles: roles,
        created_at: now,
      })
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'telegram_user_id']).doUpdateSet({ file_roles: roles }),
      )
      .execute();
  // Who left keeps the row, since answers and audit entries name it, and loses every right that the file gave.
  const staying = staff.map(({ id }) => id);
  await sql`
    update staff set file_roles = '{}'
    where project_id = ${file.id} and telegram_user_id != all(${staying})`.execute(tx);
  await joinRoles(tx, { projectId: file.id });
  await joinAccounts(tx, { projectId: file.id });
}

/** A file's policy is installed once; from then on whoever changes it plans and applies it. */
async function installPolicy(
  tx: Transaction<Tables>,
  file: ProjectFile,
  change: { author: string; reason: string; now: Date },
): Promise<SavedProject> {
  const [inForce] = await policyVersions(tx, file.id);
  if (inForce) return { version: inForce.version, differs: diff(inForce.policy, file.policy).length > 0 };
  await insertPolicy(tx, {
    projectId: file.id,
    version: 1,
    policy: file.policy,
    author: change.author,
    approvedBy: null,
    reason: change.reason,
    appliedAt: change.now,
  });
  return { version: 1, differs: false };
}

/** Every project of this installation. */
export async function listProjects(db: Kysely<Tables>): Promise<Project[]> {
  return db.selectFrom('project').selectAll().orderBy('id').execute();
}
