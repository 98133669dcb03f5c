import type { LogCheck } from '../acts/audit-check.ts';
import type { Receipt } from '../audit/receipt.ts';
import type { AuditRow } from '../db/audit.ts';
import type { Area, Finding } from '../domain/doctor.ts';
import type { Actor } from '../domain/events.ts';
import type { ProjectFile } from '../domain/project.ts';
import type { PrivacyPage } from '../telegram/privacy-page.ts';
import type { QueueFacts } from '../temporal/server-facts.ts';
import type { ReceiptPageDeps } from './receipt-page.ts';

/** The audit log as a proof. */
export interface AuditProof {
  /**
   * Checks the whole log and puts the outcome on record.
   *
   * @throws AppError `already_running` while another process does, `not_found` before the first signed head
   */
  check(): Promise<LogCheck>;
  /** @throws AppError `rows_changed` while the entry is under no signed head */
  receiptFor(entry: AuditRow): Promise<Receipt>;
  /** The form in which entries leave this installation. */
  readonly recordOf: (entry: AuditRow) => unknown;
  /** Puts on record that entries are taken out, before they are. */
  noteExport(act: ExportNote): Promise<void>;
  /** From which entry to which the whole log can be taken out. @throws AppError `not_found` */
  exportedRange(): Promise<{ readonly from: number; readonly to: number }>;
  /** The whole log, line by line, as the offline verifier reads it. */
  exportLog(): Promise<AsyncIterable<string>>;
}

export interface ExportNote {
  /** Up to which entry, or of what. */
  readonly upTo: string;
  /** `null` for the whole log. */
  readonly projectId: string | null;
  readonly entries?: number;
  readonly reason?: string;
  readonly actor: Actor;
  readonly now: Date;
}

/** A language of the bot's texts. */
export interface LanguageLine {
  readonly language: string;
  /** Whether a team's own file adds to it or replaces some of it. */
  readonly ownFile: boolean;
  /** The texts that stay English, of a team's own language. */
  readonly missing: readonly string[];
}

/** What pages tell of the installation that is not in its rows. */
export interface ConsoleInstallation {
  readonly audit: AuditProof;
  readonly receipts: ReceiptPageDeps;
  /** What a project's file says now; `undefined` without one. @throws AppError `config_invalid` */
  projectFile(projectId: string): Promise<ProjectFile | undefined>;
  /** Whether a project has a bot's token here, one of its own or in the sandbox. */
  readonly botOf: (projectId: string) => 'own' | 'sandbox' | undefined;
  /** @throws AppError `config_invalid` where a team's own texts are not right */
  languages(): Promise<readonly LanguageLine[]>;
  /** What customers may know, in the first of these languages that there is. @throws AppError `not_found` */
  privacyPage(projectId: string, languages: readonly string[]): Promise<PrivacyPage>;
  /** Looks at everything the installation depends on, or at one area. */
  look(area?: Area): Promise<readonly Finding[]>;
  /** The task queues and who takes work from them; `undefined` where Temporal does not answer. */
  queues(): Promise<readonly QueueFacts[] | undefined>;
  readonly temporal: { readonly address: string; readonly ui: string | null };
  /** What messages to an endpoint are signed with. */
  webhookSecret(endpointId: string): Promise<string>;
}
