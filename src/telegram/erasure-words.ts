import type { ExtensionGround, RefusalGround } from '../domain/erasure-answers.ts';
import type { JurisdictionOrigin } from '../domain/jurisdictions.ts';
import type { ErasedCounts } from '../db/my-data.ts';

type Say<K extends string> = (said: Readonly<Record<K, string>>) => string;

/** All that a customer reads of their data. Whatever is filled in is written in their language already. */
export interface DataWords {
  // Asking for an erasure.
  readonly nothingKept: string;
  readonly askTitle: Say<'number' | 'project'>;
  readonly askGoes: Say<'sessions' | 'messages'>;
  readonly askPerson: string;
  readonly staysTitle: string;
  readonly staysNothing: string;
  readonly staysByLaw: Say<'sessions' | 'until' | 'because'>;
  readonly staysByHold: Say<'sessions'>;
  readonly staysMeaning: string;
  readonly askEnd: Say<'until'>;
  readonly confirm: string;
  readonly keep: string;
  readonly kept: string;
  readonly notYours: string;
  readonly confirmed: string;
  readonly underWay: string;
  readonly writeInPrivate: string;
  readonly openPrivate: string;
  readonly noAnonymous: string;
  readonly slowDown: string;
  // How far it is.
  readonly progressTitle: Say<'number'>;
  readonly requestedAt: Say<'at'>;
  readonly waitsForYou: Say<'until'>;
  readonly waitsForStaff: string;
  readonly hiddenAt: Say<'at'>;
  readonly keysAt: Say<'at'>;
  readonly keysPending: string;
  readonly removedAt: Say<'at'>;
  readonly removedPending: string;
  readonly verifiedAt: Say<'at'>;
  readonly verifiedPending: string;
  readonly receiptPending: string;
  readonly dueBy: Say<'target' | 'deadline'>;
  readonly lawBy: Say<'regulation' | 'deadline'>;
  // The receipt.
  readonly receiptTitle: Say<'number'>;
  readonly restTitle: Say<'number'>;
  /** Nothing could go yet. */
  readonly allStaysTitle: Say<'number'>;
  readonly counts: Readonly<Record<keyof ErasedCounts, string>>;
  readonly removedTitle: string;
  readonly telegramKeeps: string;
  readonly quote: Say<'number'>;
  readonly copyNumber: string;
  /** A silent customer is told before everything of theirs goes. */
  readonly inactivityWarning: Say<'project' | 'date'>;
  readonly refused: Say<'number' | 'ground'>;
  readonly refusalGrounds: Readonly<Record<RefusalGround, string>>;
  /** The legal deadline was moved, once. */
  readonly extended: Say<'ground'>;
  readonly extensionGrounds: Readonly<Record<ExtensionGround, string>>;
  readonly complain: Say<'regulation'>;
  readonly expired: Say<'number'>;
  readonly withdrawn: Say<'number'>;
  readonly nothingRunning: string;
  readonly newConversation: Say<'number'>;
  // What is held.
  readonly myDataTitle: Say<'project'>;
  readonly telegramId: Say<'id'>;
  readonly nameIs: Say<'name'>;
  readonly usernameIs: Say<'username'>;
  readonly languageIs: Say<'language'>;
  readonly placeIs: Say<'place' | 'origin'>;
  readonly placeUnknown: Say<'place'>;
  readonly placeOrigin: Readonly<Record<JurisdictionOrigin, string>>;
  readonly elsewhere: string;
  readonly consent: Readonly<Record<'agreed' | 'declined', Say<'version' | 'at'>>>;
  readonly noConsent: string;
  readonly keptLonger: Say<'at'>;
  readonly unsubscribedSince: Say<'at'>;
  readonly sessionsHeld: Say<'count'>;
  readonly session: Say<'id' | 'opened' | 'messages'>;
  readonly phase: Readonly<
    Record<'open' | 'closed' | 'archived' | 'review' | 'erasing' | 'deleting', string>
  >;
  readonly onHold: string;
  readonly restricted: string;
  readonly keptUntil: Say<'until'>;
  readonly keptUntilAbout: Say<'until'>;
  readonly ruleIs: Say<'because'>;
  readonly rule: Readonly<Record<'base' | 'extension' | 'spam', string>>;
  readonly page: Say<'page' | 'pages'>;
  readonly earlier: string;
  readonly later: string;
  readonly myDataHint: string;
  // How long what is kept, and by whom.
  readonly privacyTitle: Say<'project'>;
  readonly baseKeeps: Say<'period'>;
  readonly ruleKeeps: Readonly<Record<'baseline' | 'cap' | 'minimum', Say<'period' | 'because'>>>;
  readonly byLaw: string;
  readonly strictest: Say<'window'>;
  readonly sealed: string;
  readonly noticeAt: Say<'url'>;
  readonly yourRights: string;
  readonly operator: Say<'project'>;
  readonly noContact: string;
  // No more contact.
  readonly unsubscribed: string;
  readonly deleteToo: string;
  // Handing it out.
  readonly exportStarted: string;
  readonly exportRunning: string;
  readonly exportTooOften: Say<'at'>;
  readonly exportReadable: string;
  readonly exportMachine: string;
  readonly exportDone: Say<'files'>;
  readonly exportWithheld: Say<'sessions'>;
  readonly exportFailed: string;
  readonly exportStopped: string;
  readonly you: string;
  readonly edited: Say<'at'>;
  readonly attachment: Say<'kind' | 'name'>;
  /** What each command does, for the list Telegram shows. */
  readonly commands: Readonly<
    Record<
      | 'start'
      | 'end'
      | 'settings'
      | 'mydata'
      | 'status'
      | 'export'
      | 'deletemydata'
      | 'unsubscribe'
      | 'privacy'
      | 'developer_info',
      string
    >
  >;
}
