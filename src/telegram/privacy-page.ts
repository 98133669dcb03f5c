import type { Policy } from '../domain/policy.ts';
import type { ProjectFile } from '../domain/project.ts';
import { keepingTexts } from './privacy-texts.ts';
import type { Texts } from './texts.ts';

/** What anybody may know of what a project keeps: nothing of a person, all of the rules. */
export interface PrivacyPage {
  readonly language: string;
  /** The languages that there are, with their own names. */
  readonly languages: readonly { readonly language: string; readonly name: string }[];
  readonly title: string;
  readonly version: string;
  /** The whole notice, where a team has one on a page of its own. */
  readonly noticeUrl: string | null;
  readonly parts: readonly PagePart[];
  readonly receipt: string;
}

interface PagePart {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly items?: readonly string[];
}

/** What a customer can do by writing it to the bot. */
const COMMANDS = ['mydata', 'export', 'deletemydata', 'settings', 'unsubscribe', 'privacy'] as const;

/** Puts the public page of a project together, in the first of these languages that there is. */
export function privacyPage(
  texts: Texts,
  project: {
    readonly name: string;
    readonly timeZone: string;
    readonly noticeVersion: string;
    readonly notice: ProjectFile['notice'] | null;
    readonly contact: ProjectFile['contact'] | null;
  },
  policy: Policy,
  languages: readonly string[],
): PrivacyPage {
  const speech = texts.speech(languages, project.timeZone);
  const { say, period } = speech;
  const { name, contact } = project;
  const ways = [contact?.text, contact?.email, contact?.url].filter((way) => way !== undefined);
  // In the chat these lines begin with a dot of their own; a list of a page has its.
  const inList = (line: string) => line.replace(/^[•·]\s*/, '');
  return {
    language: speech.language,
    languages: texts.languages.map((language) => ({ language, name: nameOf(language) })),
    title: say('privacy-title', { project: name }),
    version: say('page-version', { version: project.noticeVersion }),
    noticeUrl: project.notice?.url ?? null,
    parts: [
      { heading: say('page-kept'), paragraphs: [say('notice-details'), say('sealed')] },
      {
        heading: say('page-how-long'),
        paragraphs: [say('strictest', { window: period(policy.review.window) })],
        items: [say('base-keeps', { period: period(policy.keep) }), ...keepingTexts(speech, policy)].map(
          inList,
        ),
      },
      {
        heading: say('page-rights'),
        paragraphs: [say('page-in-chat')],
        items: COMMANDS.map((command) => `/${command} – ${say(`command-${command}`)}`),
      },
      { heading: say('page-erasure'), paragraphs: [say('page-erasure-goes')] },
      {
        heading: say('page-contact'),
        paragraphs: ways.length > 0 ? [say('operator', { project: name })] : [say('page-no-contact')],
        items: ways,
      },
    ],
    receipt: say('page-receipt'),
  };
}

/** A language as those call it who speak it. */
function nameOf(language: string): string {
  return new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
}
