import { Command, CommanderError } from 'commander';
import { createApprovalCommand } from './approval.ts';
import { createArchiveCommand } from './archive.ts';
import { createAuditCommand } from './audit.ts';
import { createBreakerCommand } from './breaker.ts';
import type { CliDeps } from './deps.ts';
import { createErasureCommand } from './erasure.ts';
import { EXIT, EXIT_CODES_HELP, explain, type ExitCode } from './exit-codes.ts';
import { createHoldCommand } from './hold.ts';
import { createKeysCommand } from './keys.ts';
import { createLatenessCommand } from './lateness.ts';
import { createMigrateCommand } from './migrate.ts';
import { createPolicyCommand } from './policy.ts';
import { createProjectsCommand } from './projects.ts';
import { createReviewCommand } from './review.ts';
import { createSearchCommand } from './search.ts';
import { createSessionCommand } from './session.ts';
import { createStatusCommand } from './status.ts';
import { createSubjectCommand } from './subject.ts';
import { createTranscriptCommand } from './transcript.ts';

/**
 * The whole command tree. Run it with `runProgram`.
 *
 * @param more commands that are made elsewhere, such as `import`
 * @param moreOfAudit commands of `audit` that are, such as `verify`
 */
export function createProgram(
  deps: CliDeps,
  more: readonly Command[] = [],
  moreOfAudit: readonly Command[] = [],
): Command {
  const program = new Command('retention')
    .description('Keeps every Telegram customer session exactly as long as its rules say, and proves it.')
    .usage('<command> [options]')
    // What stands after the name of a command is that command's.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  $ retention status
  $ retention session list --phase review --json
  $ retention session show 1f0c2d3e
  $ retention review extend 1f0c2d3e --until 2030-01-31
${EXIT_CODES_HELP}`,
    );
  const commands = [
    createStatusCommand(deps),
    createLatenessCommand(deps),
    createSessionCommand(deps),
    createSubjectCommand(deps),
    createReviewCommand(deps),
    createErasureCommand(deps),
    createHoldCommand(deps),
    createBreakerCommand(deps),
    createPolicyCommand(deps),
    createApprovalCommand(deps),
    createArchiveCommand(deps),
    createSearchCommand(deps),
    createTranscriptCommand(deps),
    createAuditCommand(deps, moreOfAudit),
    createProjectsCommand(deps),
    createKeysCommand(deps),
    createMigrateCommand(deps),
    ...more,
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of withDescendants(program)) speakThrough(deps, command);
  return program;
}

/**
 * Runs one command line.
 *
 * @param args without the names of Node and the program
 * @returns the exit code; nothing is thrown
 */
export async function runProgram(
  deps: CliDeps,
  program: Command,
  args: readonly string[],
): Promise<ExitCode> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.fine;
  } catch (error) {
    // Commander has said it already; asking for help is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    const { exitCode, message } = explain(error, deps.isOutage);
    deps.stderr.write(`${message}\n`);
    return exitCode;
  }
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** Commands made on their own do not inherit how to write and how to end, so each is told. */
function speakThrough(deps: CliDeps, command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void deps.stdout.write(text),
    writeErr: (text) => void deps.stderr.write(text),
    outputError: (text, write) => write(`${oneLine(text)} See: ${pathOf(command)} --help\n`),
  });
}

/** Commander's own words: an error, and on a line of its own what may have been meant. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
  const sentence = line.charAt(0).toUpperCase() + line.slice(1);
  return /[.)?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
