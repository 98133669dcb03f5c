import { Argument, Command, Option } from 'commander';
import { subjectFactsOf, subjectsByIdPrefix, type SubjectFacts } from '../db/subjects.ts';
import { AppError } from '../domain/errors.ts';
import { JURISDICTIONS } from '../domain/jurisdictions.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { parseInstant, parseReadReason } from './inputs.ts';
import { createOutput, facts, jsonOption, type Output } from './output.ts';

const ID_HELP = 'the id of a subject, or its first 6 characters or more; session show names it';

/** `retention subject …` */
export function createSubjectCommand(deps: CliDeps): Command {
  return new Command('subject')
    .description('what rules look at in a customer: where they live, when they come of age')
    .addCommand(createShowCommand(deps))
    .addCommand(createJurisdictionCommand(deps))
    .addCommand(createMajorityCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention subject show 5d2f7a44
  $ retention subject jurisdiction 5d2f7a44 EU --reason TICKET-4711
  $ retention subject majority 5d2f7a44 2031-05-01
  $ retention subject majority 5d2f7a44 --unknown`,
    );
}

function createShowCommand(deps: CliDeps): Command {
  return new Command('show')
    .description('what is known of a subject, and where it comes from; never a name')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(jsonOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      await withServices(deps, async (services) => {
        await report(services, createOutput(deps, command), await findSubject(services, id));
      });
    });
}

function createJurisdictionCommand(deps: CliDeps): Command {
  return new Command('jurisdiction')
    .description('correct where a customer lives; their archived sessions are decided anew')
    .addArgument(new Argument('<id>', ID_HELP))
    .addArgument(new Argument('<jurisdiction>', 'where they live').choices(Object.keys(JURISDICTIONS)))
    .addOption(
      new Option('--reason <word>', 'why: a word or a ticket number, which the audit keeps')
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .action(async (id: string, jurisdiction: string, { reason }: { reason: string }, command: Command) => {
      await withServices(deps, async (services) => {
        const subjectId = await findSubject(services, id);
        const output = createOutput(deps, command);
        const { actor } = deps;
        const now = deps.clock();
        const act = { subjectId, jurisdiction, reason, actor, now };
        tell(output, await services.acts.correctJurisdiction(act));
        await report(services, output, subjectId);
      });
    });
}

function createMajorityCommand(deps: CliDeps): Command {
  return new Command('majority')
    .description('record when a customer comes of age, where rules count from that')
    .addArgument(new Argument('<id>', ID_HELP))
    .addArgument(new Argument('[date]', 'the day, in the time zone of the project'))
    .option('--unknown', 'it is not known any more')
    .addOption(jsonOption())
    .action(
      async (id: string, date: string | undefined, options: { unknown?: boolean }, command: Command) => {
        if ((date === undefined) !== (options.unknown === true))
          throw new AppError('input_invalid', 'Name either the date of coming of age, or --unknown.');
        await withServices(deps, async (services) => {
          const subjectId = await findSubject(services, id);
          const output = createOutput(deps, command);
          const { timeZone } = await factsOf(services, subjectId);
          const on = date === undefined ? null : parseInstant(date, timeZone, 'The date');
          const act = { subjectId, on, actor: deps.actor, now: deps.clock() };
          tell(output, await services.acts.setMajority(act));
          await report(services, output, subjectId);
        });
      },
    );
}

const FEWEST_DIGITS = 6;

/** @throws AppError `input_invalid` when it is no id or means several subjects, `not_found` */
async function findSubject({ db }: CliServices, text: string): Promise<string> {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]*$/.test(digits) || digits.length < FEWEST_DIGITS || digits.length > 32)
    throw new AppError(
      'input_invalid',
      `${JSON.stringify(text)} is not the id of a subject. Give at least its first ${FEWEST_DIGITS} characters.`,
    );
  const [only, ...others] = await subjectsByIdPrefix(db, digits, 2);
  if (!only)
    throw new AppError(
      'not_found',
      `There is no subject ${text}. A session names its own: retention session show ID`,
    );
  if (others.length > 0)
    throw new AppError('input_invalid', `${text} may mean several subjects. Give more of the id.`);
  return only;
}

async function factsOf({ db }: CliServices, subjectId: string): Promise<SubjectFacts> {
  const found = await subjectFactsOf(db, subjectId);
  if (!found) throw new AppError('not_found', `There is no subject ${subjectId} any more.`);
  return found;
}

function tell(output: Output, outcome: { changed: boolean; sessions: number; earlier: number }) {
  const { changed, sessions, earlier } = outcome;
  if (!changed) output.note('Nothing changed: it was so already.');
  else if (sessions > 0)
    output.note(`Archived sessions decided anew: ${sessions}, of which ${earlier} go earlier now.`);
}

async function report(services: CliServices, output: Output, subjectId: string): Promise<void> {
  const found = await factsOf(services, subjectId);
  const { jurisdiction, jurisdictionOrigin, defaultJurisdiction } = found;
  const { timeZone: _ofTheProject, ...shown } = found;
  output.data(shown, () =>
    facts([
      ['Subject', found.id],
      ['Project', found.projectId],
      ['Language', found.language],
      [
        'Jurisdiction',
        jurisdiction
          ? `${jurisdiction} (${jurisdictionOrigin ?? ''})`
          : `${defaultJurisdiction} (default of the project)`,
      ],
      ['Comes of age', found.majorityOn],
      ['Agreed to be kept longer', found.authorizedAt],
    ]),
  );
}
