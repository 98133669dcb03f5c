import { Command } from 'commander';
import { listProjects } from '../db/projects.ts';
import { AppError } from '../domain/errors.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { startProgress } from './progress.ts';

/** `retention search reindex` */
export function createReindexCommand(deps: CliDeps): Command {
  return new Command('reindex')
    .description('index every session anew, live and archived; broken off, it goes on where it was')
    .option('--project <id>', 'only this project')
    .action(async ({ project }: { project?: string }) => {
      await withServices(deps, async ({ db, acts, openArchive }) => {
        const all = (await listProjects(db)).map(({ id }) => id);
        if (project !== undefined && !all.includes(project))
          throw new AppError('not_found', 'There is no such project. See them with: retention projects list');
        for (const projectId of project === undefined ? all : [project])
          await reindex(deps, { acts, openArchive }, projectId);
      });
    });
}

async function reindex(
  deps: CliDeps,
  { acts, openArchive }: Pick<CliServices, 'acts' | 'openArchive'>,
  projectId: string,
): Promise<void> {
  let progress: ReturnType<typeof startProgress> | undefined;
  let before = 0;
  try {
    const sessions = await acts.rebuildIndex({
      ...{ projectId, openArchive, actor: deps.actor, now: deps.clock() },
      onProgress(done, total) {
        progress ??= startProgress(deps.stderr, { total, what: `sessions of ${projectId} indexed` });
        progress.advance(done - before);
        before = done;
      },
    });
    progress?.stop();
    deps.stderr.write(`${projectId}: ${sessions} sessions indexed.\n`);
  } finally {
    progress?.stop();
  }
}
