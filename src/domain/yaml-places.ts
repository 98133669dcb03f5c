import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
} from 'yaml';

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** How many steps of the path exist: a value that is missing stands where its map does. */
  readonly depth: number;
}

/**
 * Finds what a path leads to. `end: 'key'` is the place of the last key itself. A path may go on where the
 * file has a single value in place of a list, or where a key is missing: then the last thing that is there counts.
 */
export function placesIn(document: Document.Parsed, lines: LineCounter) {
  return (path: readonly PropertyKey[], end: 'key' | 'value'): Place => {
    let node: unknown = document.contents;
    let offset = offsetOf(node);
    let depth = 0;
    for (const step of path) {
      const pair = pairAt(resolve(node, document), step);
      if (!pair) break;
      depth += 1;
      const atKey = offsetOf(pair.key);
      const atValue = isNode(pair.value) ? offsetOf(pair.value) : undefined;
      offset = (end === 'key' && depth === path.length ? atKey : undefined) ?? atValue ?? atKey ?? offset;
      node = pair.value;
    }
    // A key that is missing is missed where its map begins to have a name.
    const missing = depth < path.length && isMap(resolve(node, document)) && typeof path[depth] === 'string';
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1), depth: missing ? depth + 1 : depth };
  };
}

function pairAt(node: unknown, step: PropertyKey): Pair<unknown, unknown> | undefined {
  if (isMap(node)) return node.items.find(({ key }) => keyOf(key) === String(step));
  if (isSeq(node) && typeof step === 'number' && step < node.items.length)
    return { key: null, value: node.items[step] } as Pair<unknown, unknown>;
  return undefined;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function resolve(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
