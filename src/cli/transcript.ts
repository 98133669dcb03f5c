import { writeFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import type { Translations } from '../acts/translations.ts';
import { AppError } from '../domain/errors.ts';
import { withServices, type CliDeps } from './deps.ts';
import { findSession, ID_HELP } from './find-session.ts';
import { parseReadReason } from './inputs.ts';
import { transcriptPage } from './transcript-page.ts';

/** `retention transcript …` */
export function createTranscriptCommand(deps: CliDeps): Command {
  return new Command('transcript')
    .description('a session as one page of HTML to read, print or hand in; the audit records who made it')
    .addArgument(new Argument('<id>', ID_HELP))
    .addOption(
      new Option('--reason <word>', 'why it is read: a word or a ticket number, which the audit keeps')
        .argParser(parseReadReason)
        .makeOptionMandatory(),
    )
    .option('--translate <language>', 'beside the original, in the language of this tag, such as en')
    .option('--to <file>', 'write it there, for its owner alone to read; a file that exists is kept')
    .action(
      async (
        id: string,
        { reason, to, translate: language }: { reason: string; to?: string; translate?: string },
      ) => {
        await withServices(deps, async ({ db, acts, openArchive, translations }) => {
          const transcript = await acts.openTranscript({
            sessionId: await findSession(db, id),
            reader: { actor: deps.actor, roles: [] },
            ...{ reason, openArchive, now: deps.clock() },
          });
          const translated =
            language === undefined
              ? undefined
              : await required(translations).translateTranscript(transcript, {
                  to: language,
                  now: deps.clock(),
                });
          const page = String(await transcriptPage(transcript, deps.clock(), translated));
          if (to === undefined) deps.stdout.write(page);
          else await writeFile(to, page, { mode: 0o600, flag: 'wx' });
          deps.stderr.write(
            `${transcript.entries.length} entries${to === undefined ? '' : ` in ${to}`}; audit entry ${transcript.audit.seq}.\n`,
          );
        });
      },
    )
    .addHelpText(
      'after',
      `
Examples:
  $ retention transcript 1f0c2d3e --reason dispute --to dispute.html`,
    );
}

function required(translations: Translations | undefined): Translations {
  if (translations) return translations;
  throw new AppError(
    'config_invalid',
    'Nothing translates here: set RETENTION_LIBRETRANSLATE_URL or RETENTION_GOOGLE_TRANSLATE_PROJECT. See docs/translation.md.',
  );
}
