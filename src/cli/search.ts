import { Argument, Command, Option } from 'commander';
import type { SearchHit, SearchPage } from '../acts/search.ts';
import { AppError } from '../domain/errors.ts';
import { EXIT } from './exit-codes.ts';
import { withServices, type CliDeps, type CliServices } from './deps.ts';
import { parseCount, parseReadReason } from './inputs.ts';
import { createOutput, jsonOption, shortId, table, when, type Output, type Style } from './output.ts';
import { createReindexCommand } from './search-reindex.ts';

const QUERY_HELP = 'words and dimensions; see the examples, and docs/search.md for the rest';

interface SearchOptions {
  readonly reason: string;
  readonly limit: number;
  readonly page?: string;
  readonly archived?: boolean;
  readonly maxObjects: number;
}

/** `retention search …` */
export function createSearchCommand(deps: CliDeps): Command {
  return searchOptions(
    new Command('search')
      .description('find sessions by what was said in them, and by tag, person, day and more')
      .enablePositionalOptions()
      .addArgument(new Argument('<query>', QUERY_HELP))
      .addOption(reasonOption()),
  )
    .action(async (query: string, options: SearchOptions & { reason?: string }, command: Command) => {
      // Not mandatory for Commander: it would ask the subcommands for it, too.
      if (options.reason === undefined)
        command.error("required option '--reason <word>' not specified", { exitCode: EXIT.usage });
      await withServices(deps, (services) => search(deps, services, { query, options, command }));
    })
    .addCommand(createSaveCommand(deps))
    .addCommand(createListCommand(deps))
    .addCommand(createRunCommand(deps))
    .addCommand(createRemoveCommand(deps))
    .addCommand(createReindexCommand(deps))
    .addHelpText(
      'after',
      `
Examples:
  $ retention search 'refund tag:complaint from:2026-01-01' --reason TICKET-4711
  $ retention search '"never arrived" OR lost -test' --reason audit --archived
  $ retention search 'user:123456789 has:photo to:2026-02-28' --reason dispute --json
  $ retention search save late-parcels 'parcel (late OR lost) phase:archived'
  $ retention search run late-parcels --reason weekly

Dimensions: user: tag: project: phase: agent: has: lang: kind: from: to:`,
    );
}

function reasonOption(): Option {
  return new Option(
    '--reason <word>',
    'why texts are opened: a word or a ticket number, which the audit keeps',
  ).argParser(parseReadReason);
}

function searchOptions(command: Command): Command {
  return command
    .addOption(new Option('--limit <number>', 'sessions on a page').default(20).argParser(parseCount))
    .option('--page <name>', 'go on where the page before ended, by the name it gave')
    .option(
      '--archived',
      'open archived sessions as well; without it they are named, and what that would cost',
    )
    .addOption(
      new Option('--max-objects <number>', 'open at most so many archive objects')
        .default(100)
        .argParser(parseCount),
    )
    .addOption(jsonOption());
}

async function search(
  deps: CliDeps,
  { acts, openArchive }: CliServices,
  { query, options, command }: { query: string; options: SearchOptions; command: Command },
): Promise<void> {
  const output = createOutput(deps, command);
  const { reason, limit, page, archived, maxObjects } = options;
  const found = await pointingAt(query, output, () =>
    acts.searchSessions({
      query,
      reader: { actor: deps.actor, roles: [] },
      ...{ reason, limit, maxObjects, now: deps.clock() },
      ...(page !== undefined && { page }),
      ...(archived && {
        openArchive,
        onCost: ({ objects, bytes }) =>
          output.note(`Opening ${objects} archive objects, ${sizeText(bytes)}.`),
      }),
    }),
  );
  output.data(found, (style) => found.hits.map((hit) => hitText(style, hit)).join('\n\n'));
  for (const note of notesOn(found)) output.note(note);
}

/** Shows the place of the query that cannot be read: its text is on the screen of who wrote it already. */
async function pointingAt<T>(query: string, output: Output, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const at = error instanceof AppError && 'at' in error ? Number(error.at) : null;
    if (at !== null) output.note(`${query.replace(/\s/g, ' ')}\n${' '.repeat(at)}^`);
    throw error;
  }
}

function hitText(style: Style, hit: SearchHit): string {
  const facts = [hit.projectId, hit.phase, `opened ${when(hit.openedAt)}`, hit.tags.join(', ')];
  const head = `${style.heading(shortId(hit.sessionId))}  ${facts.filter(Boolean).join('  ')}`;
  if (!hit.checked) return `${head}\n  archived, not opened: ${hit.objects} objects, ${sizeText(hit.bytes)}`;
  const lines = hit.snippets.map(
    ({ author, at, pieces }) =>
      `  ${when(at)} ${author}: ${pieces
        .map(({ text, found }) => (found ? style.warning(`[${printable(text)}]`) : printable(text)))
        .join('')}`,
  );
  return [head, ...lines].join('\n');
}

/** Text that people wrote, without what a terminal would obey; joiners stay, since scripts need them. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\p{Zl}\p{Zp}]/gu, ' ');
}

function notesOn({ hits, next, counts }: SearchPage): string[] {
  const { opened, refuted, heldBack, unopened } = counts;
  const unread = hits.filter(({ checked }) => !checked);
  return [
    `${hits.length} sessions on this page; ${opened} opened and looked through${refuted > 0 ? `, ${refuted} of them without the words` : ''}.`,
    ...(heldBack > 0
      ? [
          `${heldBack} more are held back: restricted, or for other readers by the policy. Nothing of them was opened.`,
        ]
      : []),
    ...(unopened > 0
      ? [
          `${unopened} are archived and not looked into (${unread.reduce((sum, one) => sum + one.objects, 0)} objects, ${sizeText(unread.reduce((sum, one) => sum + one.bytes, 0))}): open them with --archived.`,
        ]
      : []),
    ...(next ? [`There is more: --page ${next}`] : []),
  ];
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`;
}

const NAME = new Argument('<name>', 'letters, digits and dashes').argParser((name: string) => {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name))
    throw new AppError('input_invalid', 'A saved search is named by lower-case letters, digits and dashes.');
  return name;
});

function createSaveCommand(deps: CliDeps): Command {
  return new Command('save')
    .description('keep a query under a name of your own; it is stored sealed')
    .addArgument(NAME)
    .addArgument(new Argument('<query>', QUERY_HELP))
    .action(async (name: string, query: string, _options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      const saved = { owner: deps.actor.id, name, query, now: deps.clock() };
      await withServices(deps, ({ acts }) => pointingAt(query, output, () => acts.saveSearch(saved)));
      output.note(`Saved. Run it with: retention search run ${name} --reason <word>`);
    });
}

function createListCommand(deps: CliDeps): Command {
  return new Command('list')
    .description('the searches you saved')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const output = createOutput(deps, command);
      await withServices(deps, async ({ acts }) => {
        const saved = await acts.listSavedSearches({ owner: deps.actor.id });
        output.data(saved, (style) =>
          saved.length === 0
            ? ''
            : table(
                style,
                ['NAME', 'QUERY', 'SAVED'],
                saved.map(({ name, query, createdAt }) => [name, query, createdAt]),
              ),
        );
        if (saved.length === 0) output.note('You have saved no search.');
      });
    });
}

function createRunCommand(deps: CliDeps): Command {
  const command = new Command('run').description('search by a query you saved').addArgument(NAME);
  return searchOptions(command.addOption(reasonOption().makeOptionMandatory())).action(
    async (name: string, options: SearchOptions, command: Command) => {
      await withServices(deps, async (services) => {
        const query = await services.acts.savedSearch({ owner: deps.actor.id, name });
        await search(deps, services, { query, options, command });
      });
    },
  );
}

function createRemoveCommand(deps: CliDeps): Command {
  return new Command('remove')
    .description('forget a search you saved')
    .addArgument(NAME)
    .action(async (name: string) => {
      await withServices(deps, ({ acts }) => acts.removeSavedSearch({ owner: deps.actor.id, name }));
      deps.stderr.write(`Removed ${name}.\n`);
    });
}
