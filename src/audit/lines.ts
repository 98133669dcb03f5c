const LINE_FEED = 10;

/**
 * The lines of a file, without their line feeds; a last line without one is handed on as well. Not
 * node:readline, which also breaks lines at U+2028, which JSON may hold unescaped inside a reason.
 */
export async function* linesOf(source: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const rest = chunk.subarray(start, end);
      yield (pending.length === 0 ? rest : Buffer.concat([...pending, rest])).toString('utf8');
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) yield Buffer.concat(pending).toString('utf8');
}
