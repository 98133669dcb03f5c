import { listSessions } from '../db/sessions.ts';
import { readNextStep } from '../db/life.ts';
import { describe } from '../domain/next-step-words.ts';
import type { ProjectFile } from '../domain/project.ts';
import type { Role } from '../domain/roles.ts';
import { startSandbox, type Sandbox, type SandboxPanel } from '../sandbox/server.ts';
import { sessionWorkflowId } from '../temporal/ids.ts';
import { sandboxToken } from './bot-access.ts';
import type { Services } from './services.ts';

const PEOPLE = [
  { role: 'customer', firstName: 'Anna', lastName: 'Keller', username: 'anna_k', languageCode: 'en' },
  { role: 'customer', firstName: 'Boris', username: 'boris_m', languageCode: 'ru' },
  { role: 'agent', firstName: 'Alex', username: 'alex_desk', languageCode: 'en' },
  { role: 'supervisor', firstName: 'Sam', username: 'sam_lead', languageCode: 'en' },
  // What one of them asks for, the other approves.
  { role: 'supervisor', firstName: 'Carla', username: 'carla_compliance', languageCode: 'en' },
] as const;

const STAFF_ROLES: Record<string, Role[]> = {
  agent: ['agent'],
  supervisor: ['supervisor', 'compliance'],
};

/** A project that lives in the sandbox, with the token of its bot there. */
export interface SandboxProject {
  readonly project: ProjectFile;
  readonly token: string;
}

/** Gives each project a bot, a staff group and people in the sandbox; the same ones at every start. */
export function settle(sandbox: Sandbox, projects: readonly ProjectFile[]): SandboxProject[] {
  return projects.map((project) => {
    const token = sandboxToken(project.id);
    const ids = sandbox.world.ensureProject({
      id: project.id,
      title: project.name,
      bot: { token, username: `${project.id.replaceAll('-', '_')}_bot`, name: project.name },
      staffGroup: { title: `${project.name} – staff` },
      people: [...PEOPLE],
    });
    // A bot cannot write first: supervisors have opened theirs, so that review cards reach them.
    for (const { role, id } of ids.people) if (role === 'supervisor') openChat(sandbox, id);
    const staff = ids.people.flatMap(({ role, id }) => {
      const roles = STAFF_ROLES[role];
      return roles ? [{ id, roles }] : [];
    });
    return { project: { ...project, telegram: { staffChat: ids.staffChatId, staff } }, token };
  });
}

function openChat({ world }: Sandbox, userId: number) {
  const started = world.play.chats(userId).some(({ kind, started }) => kind === 'private' && started);
  if (!started) world.play.start(userId);
}

/** Starts the sandbox with its page. `api` is the address by which other processes reach it, if not by loopback. */
export async function openSandbox(options: {
  api?: string | undefined;
  host: string;
  port: number;
  stateFile?: string | undefined;
  panel: () => Promise<SandboxPanel>;
}): Promise<Sandbox> {
  const { api, host, port, stateFile, panel } = options;
  return startSandbox({
    ...{ host, port, panel },
    ...(stateFile && { stateFile }),
    ...(api && { knownAs: new URL(api).host }),
  });
}

/** What the sandbox page shows of the newest sessions: phase, what comes next, and the way to Temporal. */
export async function panelOf({ db, config }: Services): Promise<SandboxPanel> {
  const { ui, namespace } = config.temporal;
  const lines = await listSessions(db, { limit: 12, now: new Date() });
  const sessions = await Promise.all(
    lines.map(async (line) => {
      const next = await readNextStep(db, line.id, new Date());
      return {
        id: line.id,
        project: line.projectId,
        phase: line.phase,
        next: describe(next),
        ...(next.at && { due: new Date(next.at).toISOString() }),
        ...(ui && {
          url: `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(sessionWorkflowId(line.id))}`,
        }),
        ...(line.topicId !== null && { topicId: line.topicId }),
      };
    }),
  );
  return {
    links: ui ? [{ label: 'Temporal UI', url: `${ui}/namespaces/${namespace}/workflows` }] : [],
    sessions,
  };
}
