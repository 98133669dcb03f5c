import { isCollection, isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { findingOf, type Found } from './policy-issues.ts';
import { policySchema, type Policy } from './policy.ts';
import { warningsOf } from './policy-warnings.ts';
import { projectSchema, type ProjectFile } from './project.ts';
import { placesIn, type Place } from './yaml-places.ts';

/** Something in a file that cannot be used, or is unlikely to be meant: where it is, what, what to write instead. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'note';
  readonly file: string | null;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Keys from the top of the file, joined by dots; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly mend: string;
}

/** A file that cannot be used: everything that has to be mended, in the order of its lines. */
export interface Refused {
  readonly errors: readonly Finding[];
}

export interface PolicyDocument {
  readonly policy: Policy;
  /** The whole file, where it is a project's. */
  readonly project: ProjectFile | null;
  readonly warnings: readonly Finding[];
}

export interface ProjectDocument extends PolicyDocument {
  readonly project: ProjectFile;
}

interface Source {
  readonly file?: string;
  /** The project it is for, where the text does not say. */
  readonly projectId?: string;
}

/** Reads a policy: alone in its file, under `policy:`, or in a project's file, which then has to be good as a whole. */
export function parsePolicyDocument(text: string, source: Source = {}): PolicyDocument | Refused {
  const read = readYaml(text, source);
  if ('errors' in read) return read;
  const { contents } = read.document;
  if (!isMap(contents) || !contents.has('policy')) return policyAt([], read, source);
  return contents.items.length === 1 ? policyAt(['policy'], read, source) : projectIn(read, source);
}

/** Reads a project's file. */
export function parseProjectDocument(text: string, source: Source = {}): ProjectDocument | Refused {
  const read = readYaml(text, source);
  return 'errors' in read ? read : projectIn(read, source);
}

/** A finding as compilers print one: `file:line:column: path: message. Mend.` */
export function findingInWords({ severity, file, line, column, path, message, mend }: Finding): string {
  const place = file ? `${file}:${line}:${column}` : `${line}:${column}`;
  const kind = severity === 'error' ? '' : ` ${severity}:`;
  return `${place}:${kind} ${path && `${path}: `}${message}. ${mend}${mend.endsWith('?') ? '' : '.'}`;
}

interface Read {
  readonly document: Document.Parsed;
  readonly value: unknown;
  readonly placeOf: (path: readonly PropertyKey[], end: 'key' | 'value') => Place;
}

function readYaml(text: string, { file = null }: { file?: string | null }): Read | Refused {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = placesIn(document, lines);
  // After the first word that fits nowhere, the rest is guesswork; a key that is there twice stands for itself.
  const telling = document.errors.filter(({ code }, at) => at === 0 || code === 'DUPLICATE_KEY');
  const broken = telling.map(({ message, code, pos: [at] }) => {
    const { line, col } = lines.linePos(at);
    return error(file, { line, column: col }, `not YAML: ${withoutStop(message)}`, YAML_MENDS[code]);
  });
  if (broken.length > 0) return { errors: broken };
  const top = placeOf([], 'value');
  if (!isCollection(document.contents))
    return { errors: [error(file, top, 'there is nothing in it', 'Start from one of the bundled projects')] };
  try {
    return { document, value: document.toJS() as unknown, placeOf };
  } catch (cause) {
    // Aliases that multiply, or that name no anchor.
    const reason = cause instanceof Error ? withoutStop(cause.message) : 'it cannot be read';
    return { errors: [error(file, top, `not YAML: ${reason}`, 'Write the values out')] };
  }
}

const YAML_MENDS: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'Leave one of the two out',
  TAB_AS_INDENT: 'Indent with spaces',
  BAD_INDENT: 'Indent it like the lines around it',
  MULTIPLE_DOCS: 'Put what follows --- into a file of its own',
};

function policyAt(prefix: readonly string[], read: Read, source: Source): PolicyDocument | Refused {
  const value = prefix.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], read.value);
  const parsed = policySchema.safeParse(value);
  const locate = locator(read, source, prefix);
  if (!parsed.success) return { errors: refusals(parsed.error, policySchema, value, locate) };
  const warnings = warningsOf(parsed.data, source.projectId ?? null).map(locate);
  return { policy: parsed.data, project: null, warnings: inOrder(warnings) };
}

function projectIn(read: Read, source: Source): ProjectDocument | Refused {
  const parsed = projectSchema.safeParse(read.value);
  const locate = locator(read, source, []);
  if (!parsed.success) return { errors: refusals(parsed.error, projectSchema, read.value, locate) };
  const { policy, id } = parsed.data;
  const warnings = warningsOf(policy, id).map(locator(read, source, ['policy']));
  return { policy, project: parsed.data, warnings: inOrder(warnings) };
}

function refusals(failed: z.ZodError, schema: z.ZodType, value: unknown, locate: (found: Found) => Finding) {
  return inOrder(failed.issues.flatMap((issue) => findingOf(issue, schema, value)).map(locate));
}

function locator(read: Read, source: Source, prefix: readonly string[]) {
  return ({ severity, path, message, mend, at = 'value' }: Found): Finding => {
    const place = read.placeOf([...prefix, ...path], at);
    const { line, column } = place;
    const whole = [...prefix, ...path.slice(0, place.depth - prefix.length)];
    return {
      severity,
      file: source.file ?? null,
      line,
      column,
      path: whole.map(String).join('.'),
      message,
      mend,
    };
  };
}

function inOrder(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

function error(
  file: string | null,
  place: { line: number; column: number },
  message: string,
  mend = 'Mend the line; what belongs together is indented alike',
): Finding {
  const { line, column } = place;
  return { severity: 'error', file, line, column, path: '', message, mend };
}

function withoutStop(message: string): string {
  return message.replace(/\.$/, '');
}
