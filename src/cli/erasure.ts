import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { FiledFor } from '../acts/erasure-filing.ts';
import { erasureByNumber, listErasures } from '../db/erasure-report.ts';
import type { Erasure } from '../db/erasures.ts';
import { EXTENSION_GROUNDS, REFUSAL_GROUNDS } from '../domain/erasure-answers.ts';
import { ERASURE_STATES, type ErasureState } from '../domain/erasure-steps.ts';
import { AppError } from '../domain/errors.ts';
import { withServices, type CliDeps } from './deps.ts';
import { createErasureReportCommand } from './erasure-report.ts';
import { erasureJson, erasureTable, showErasure } from './erasure-show.ts';
import { parseCount, parseReadReason } from './inputs.ts';
import { createOutput, jsonOption } from './output.ts';

/** `retention erasure …` */
export function createErasureCommand(deps: CliDeps): Command {
  return new Command('erasure')
    .description('see requests to erase a customer, file one, refuse one, or report on all')
    .addCommand(createListCommand(deps))
    .addCommand(createShowCommand(deps))
    .addCommand(createFileCommand(deps))
    .addCommand(createRefuseCommand(deps))
    .addCommand(createExtendCommand(deps))
    .addCommand(createErasureReportCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention erasure list --state confirmed
  $ retention erasure show E-7K3M-Q2XA
  $ retention erasure file --project support --telegram-id 123456789 --proof TICKET-4711
  $ retention erasure refuse E-7K3M-Q2XA --ground not-identified
  $ retention erasure extend E-7K3M-Q2XA --reason complexity
  $ retention erasure report --json`,
    );
}

const numberArgument = () => new Argument('<number>', 'the number that the customer quotes: E-XXXX-XXXX');

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('erasures, the newest first')
    .option('--project <id>', 'only those of this project')
    .addOption(new Option('--state <state>', 'only those in this state').choices(ERASURE_STATES))
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(parseCount))
    .addOption(jsonOption())
    .action(
      async (
        { project, state, limit }: { project?: string; state?: ErasureState; limit: number },
        command: Command,
      ) => {
        const output = createOutput(deps, command);
        await withServices(deps, async ({ db }) => {
          const found = await listErasures(db, {
            ...(project !== undefined && { projectId: project }),
            ...(state !== undefined && { state }),
            limit: limit + 1,
          });
          const shown = found.slice(0, limit);
          output.data(shown.map(erasureJson), (style) => erasureTable(style, shown));
          if (shown.length === 0) output.note('No erasure was asked for.');
          if (found.length > limit) output.note(`There are more than these ${limit}: raise --limit.`);
        });
      },
    );
}

function createShowCommand(deps: CliDeps): Command {
  return new Command('show')
    .description('where an erasure stands, its clocks, what was destroyed and what stays')
    .addArgument(numberArgument())
    .addOption(jsonOption())
    .action(async (number: string, _options: unknown, command: Command) => {
      await withServices(deps, async ({ db }) => {
        await showErasure(createOutput(deps, command), db, await erasureByNumber(db, number));
      });
    });
}

interface FileOptions {
  readonly project: string;
  readonly telegramId?: number;
  readonly subject?: string;
  readonly proof: string;
}

function createFileCommand(deps: CliDeps): Command {
  return new Command('file')
    .description('file a request that a customer made elsewhere; a second person has to approve it')
    .requiredOption('--project <id>', 'whose customer it is')
    .addOption(
      new Option('--telegram-id <number>', 'the customer, by the id Telegram gives them').argParser(
        parseTelegramId,
      ),
    )
    .option('--subject <id>', 'the customer, by the id they have here')
    .addOption(
      new Option(
        '--proof <ref>',
        'where the proof of who they are lies: a ticket number, never a name, an address or other personal data',
      )
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .action(async (options: FileOptions, command: Command) => {
      const whom = whomOf(options);
      await withServices(deps, async ({ acts }) => {
        const { project: projectId, proof } = options;
        const filed = await acts.fileErasureRequest({
          projectId,
          whom,
          proof,
          actor: deps.actor,
          now: deps.clock(),
        });
        createOutput(deps, command).data(
          filed,
          () =>
            `Erasure ${filed.number} is filed. A second person has to approve it: retention approval approve ${filed.approvalId}`,
        );
      });
    });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function whomOf({ telegramId, subject }: FileOptions): FiledFor {
  if ((telegramId === undefined) === (subject === undefined))
    throw new AppError('input_invalid', 'Name the customer: either --telegram-id or --subject.');
  if (telegramId !== undefined) return { telegramUserId: telegramId };
  if (subject !== undefined && UUID.test(subject)) return { subjectId: subject };
  throw new AppError(
    'input_invalid',
    'Give the whole id of the subject. retention session show --json names that of a session.',
  );
}

function parseTelegramId(text: string): number {
  const id = Number(text);
  if (/^\d{1,15}$/.test(text) && id > 0) return id;
  throw new InvalidArgumentError('Expected the number that Telegram gives a person. Example: 123456789');
}

function createRefuseCommand(deps: CliDeps): Command {
  return new Command('refuse')
    .description('refuse a request that is not confirmed yet; the customer is told the ground')
    .addArgument(numberArgument())
    .addOption(
      new Option('--ground <ground>', 'why, from this list alone')
        .choices(Object.keys(REFUSAL_GROUNDS))
        .makeOptionMandatory(),
    )
    .addHelpText('after', groundsHelp(REFUSAL_GROUNDS))
    .addOption(jsonOption())
    .action(async (number: string, { ground }: { ground: string }, command: Command) => {
      await change(deps, command, (acts) =>
        acts.refuseErasure({ number, ground, actor: deps.actor, now: deps.clock() }),
      );
    });
}

function createExtendCommand(deps: CliDeps): Command {
  return new Command('extend')
    .description(
      'move the legal deadline, once and before it passes: by two months under GDPR Art. 12(3), by 45 days under the CCPA; the customer is told why',
    )
    .addArgument(numberArgument())
    .addOption(
      new Option('--reason <ground>', 'why, from this list alone')
        .choices(Object.keys(EXTENSION_GROUNDS))
        .makeOptionMandatory(),
    )
    .addHelpText('after', groundsHelp(EXTENSION_GROUNDS))
    .addOption(jsonOption())
    .action(async (number: string, { reason }: { reason: string }, command: Command) => {
      await change(deps, command, (acts) =>
        acts.extendErasure({ number, ground: reason, actor: deps.actor, now: deps.clock() }),
      );
    });
}

type ErasureActs = Awaited<ReturnType<CliDeps['open']>>['acts'];

async function change(deps: CliDeps, command: Command, act: (acts: ErasureActs) => Promise<Erasure>) {
  await withServices(deps, async ({ acts, db }) => {
    await showErasure(createOutput(deps, command), db, await act(acts));
  });
}

function groundsHelp(grounds: Readonly<Record<string, string>>): string {
  const lines = Object.entries(grounds).map(([ground, words]) => `  ${ground}: ${words}`);
  return `\nGrounds, in the words that the customer reads:\n${lines.join('\n')}`;
}
