import type { ExportFormat } from '../domain/exports.ts';
import { messageRowsWriter, sessionRowsWriter } from './csv.ts';
import { jsonFileWriter } from './json-file.ts';
import { jsonLinesWriter } from './json-lines.ts';
import type { ExportWriter } from './session.ts';
import { telegramWriter } from './telegram-desktop.ts';

const WRITERS: Readonly<Record<ExportFormat, ExportWriter>> = {
  jsonl: jsonLinesWriter,
  json: jsonFileWriter,
  csv: messageRowsWriter,
  'csv-sessions': sessionRowsWriter,
  telegram: telegramWriter,
};

export function writerOf(format: ExportFormat): ExportWriter {
  return WRITERS[format];
}
