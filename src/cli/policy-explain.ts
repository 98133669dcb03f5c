import { Argument, Command } from 'commander';
import { decisionFacts, readLife, type Life } from '../db/life.ts';
import { decide, type Decision } from '../domain/decision.ts';
import { decisionInWords } from '../domain/decision-words.ts';
import { AppError } from '../domain/errors.ts';
import { withServices, type CliDeps } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { createOutput, jsonOption, when } from './output.ts';

/** `retention policy explain SESSION` */
export function createExplainCommand(deps: CliDeps): Command {
  return new Command('explain')
    .description('why a session is kept, and until when: every rule that applies, in words')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async ({ db }) => {
        const life = await readLife(db, await findSession(db, id), deps.clock());
        const { policyVersion, keepUntil } = life;
        const decision = decisionOn(life, deps.clock());
        const inWords = decisionInWords(decision, life);
        createOutput(deps, command).data(
          { id: life.sessionId, policyVersion, storedKeepUntil: keepUntil, ...decision, inWords },
          () => [...prefaceOf(life, decision), ...inWords].join('\n'),
        );
      });
    });
}

/** Of an open session: what would be decided if it closed now. */
function decisionOn(life: Life, now: Date): Decision {
  if (life.phase === 'deleted')
    throw new AppError(
      'phase_conflict',
      `Session ${life.sessionId} is deleted, and what decided with it. The audit has its life: retention session show ${life.sessionId}`,
    );
  return decide(life.policy, decisionFacts(life) ?? { ...life, closedAt: now });
}

function prefaceOf({ phase, spam, keepUntil, policy }: Life, decision: Decision): string[] {
  if (phase === 'open') return ['It is open: this is what would be decided if it closed now.'];
  if (phase === 'closed')
    return spam
      ? [`It is spam, and deleted ${policy.spam.deleteAfter} after closure. Otherwise:`]
      : ['It is closed: this is what would be decided if it were archived now.'];
  return keepUntil && keepUntil.getTime() !== decision.keepUntil.getTime()
    ? [`It still has the date ${when(keepUntil)}; the policy in force has not reached it yet.`]
    : [];
}
