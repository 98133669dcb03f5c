/** What a request to the store is about. */
export type StoreOperation = 'upload' | 'read' | 'stat' | 'list' | 'delete' | 'bucket';

/** A request as the proxy saw it. */
export interface StoreRequest {
  readonly operation: StoreOperation;
  readonly bucket: string;
  /** The object's whole name; absent for a list and for the bucket. */
  readonly object?: string;
  readonly at: number;
}

/** What goes wrong, for which requests and how often. */
export interface StoreFault {
  readonly on: StoreOperation | 'any';
  /** Only objects whose name has this in it. */
  readonly object?: string;
  /** `Infinity` until it is cleared. */
  readonly times: number;
  readonly outcome: StoreOutcome;
}

/**
 * `refuse` answers without doing anything, `reset` cuts the connection before anything is done, and
 * `lose-answer` after it was, so that the service cannot know. `cut` and `flip` harm the bytes of an object on
 * their way, in whichever direction they go. `hang` never answers.
 */
export type StoreOutcome =
  | { readonly refuse: number; readonly message?: string; readonly retryAfter?: number }
  | 'reset'
  | 'lose-answer'
  | 'cut'
  | 'flip'
  | 'hang';

/** Faults that are waiting for their requests. */
export interface ScriptedFaults {
  add(fault: StoreFault): void;
  clear(): void;
  /** The outcome scripted for this request, used up by asking. */
  take(request: StoreRequest): StoreOutcome | undefined;
}

export function createScriptedFaults(): ScriptedFaults {
  let scripted: { fault: StoreFault; left: number }[] = [];
  return {
    add: (fault) => void scripted.push({ fault, left: fault.times }),
    clear() {
      scripted = [];
    },
    take({ operation, object = '' }) {
      const found = scripted.find(
        ({ fault }) =>
          (fault.on === 'any' || fault.on === operation) &&
          (fault.object === undefined || object.includes(fault.object)),
      );
      if (!found) return undefined;
      found.left -= 1;
      scripted = scripted.filter(({ left }) => left > 0);
      return found.fault.outcome;
    },
  };
}

/** The bytes of an object with half of them gone, or one of them changed. */
export function harm(bytes: Buffer, outcome: 'cut' | 'flip'): Buffer {
  if (outcome === 'cut') return bytes.subarray(0, Math.floor(bytes.length / 2));
  const harmed = Buffer.from(bytes);
  const last = harmed.length - 1;
  if (last >= 0) harmed[last] = (harmed[last] ?? 0) ^ 1;
  return harmed;
}

/** The same inside the body of an upload in parts, whose last part is the object. */
export function harmUpload(body: Buffer, contentType: string, outcome: 'cut' | 'flip'): Buffer {
  const boundary = /^multipart\/related;.*boundary="?([^";]+)/.exec(contentType)?.[1];
  if (boundary === undefined) return harm(body, outcome);
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  const part = body.lastIndexOf(`--${boundary}\r\n`, end - 1);
  const start = body.indexOf('\r\n\r\n', part) + 4;
  return Buffer.concat([
    body.subarray(0, start),
    harm(body.subarray(start, end), outcome),
    body.subarray(end),
  ]);
}
