import { AppError } from '../domain/errors.ts';
import { readerFor, type ArchiveLine } from './lines.ts';

const LINE_FEED = 10;

/** Whether a file begins as an export in the archive format does, not as one of Telegram Desktop. */
export function beginsAsLines(beginning: Buffer): boolean {
  return /^\s*\{"type":"header"/.test(beginning.toString('utf8', 0, 64));
}

/**
 * Reads an export in the archive format: objects one after the other, each from its header to its footer, whose
 * counts have to be those of what came before. Memory stays flat.
 *
 * @throws AppError `archive_damaged` for what is not whole, `input_invalid` where a newer program wrote it
 */
export async function* readExportLines(source: AsyncIterable<Buffer>): AsyncGenerator<ArchiveLine> {
  let reader: ReturnType<typeof readerFor> | undefined;
  let messages = 0;
  for await (const value of valuesOf(source)) {
    if (!reader) {
      reader = readerFor(value);
      messages = 0;
      yield reader.header;
      continue;
    }
    const line = reader.readLine(value);
    if (line.type === 'message') messages += 1;
    else {
      reader = undefined;
      if (line.counts.messages !== messages) throw damaged('a footer counts other messages than there are');
    }
    yield line;
  }
  if (reader) throw damaged('its last footer is missing');
}

async function* valuesOf(source: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let pending: Buffer[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield parsed(Buffer.concat([...pending, chunk.subarray(start, end)]));
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) throw damaged('its last line is cut');
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // Without the cause: the parser quotes the line, which is somebody's message.
    throw damaged('a line is not JSON');
  }
}

function damaged(what: string): AppError {
  return new AppError('archive_damaged', `The file is not whole: ${what}. Export again, and import that.`);
}
