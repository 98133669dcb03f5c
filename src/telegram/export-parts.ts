/** A file that is handed on in parts, each whole by itself. */
export interface PartWriter {
  /** Adds a piece, which is never cut; hands on the part before it where the piece has no room left in it. */
  add(piece: string): Promise<void>;
  /** Hands on the last part; where nothing was added, a part with nothing in it but head and tail. */
  end(): Promise<void>;
}

/**
 * Gathers a file in memory up to a size, so that what is handed out lies on no disk.
 *
 * @param file.limit bytes that no part exceeds unless one piece alone does
 * @param file.send takes a part and its number, counted from one
 */
export function createPartWriter(file: {
  readonly limit: number;
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  readonly send: (part: Buffer, number: number) => Promise<void>;
}): PartWriter {
  const frame = Buffer.byteLength(file.head) + Buffer.byteLength(file.tail);
  let pieces: Buffer[] = [];
  let size = frame;
  let number = 0;

  async function flush() {
    const part = Buffer.concat([Buffer.from(file.head), ...pieces, Buffer.from(file.tail)]);
    pieces = [];
    size = frame;
    number += 1;
    await file.send(part, number);
  }

  return {
    async add(piece) {
      const bytes = Buffer.from(pieces.length > 0 ? file.separator + piece : piece);
      if (pieces.length > 0 && size + bytes.length > file.limit) {
        await flush();
        pieces.push(Buffer.from(piece));
        size += pieces[0]?.length ?? 0;
        return;
      }
      pieces.push(bytes);
      size += bytes.length;
    },
    async end() {
      if (pieces.length > 0 || number === 0) await flush();
    },
  };
}
