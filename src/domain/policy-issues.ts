import { z } from 'zod';
import { mendDuration, meant } from './policy-mends.ts';
import { NOT_A_DURATION } from './rules.ts';

/** Something to tell of what a path leads to. */
export interface Found {
  readonly severity: 'error' | 'warning' | 'note';
  readonly path: readonly PropertyKey[];
  /** Whether it is the key that is wrong, or its value. */
  readonly at?: 'key' | 'value';
  readonly message: string;
  readonly mend: string;
}

type Issue = z.core.$ZodIssue;

/** What a value that a schema refuses has to be told: what is wrong, and what to write instead. */
export function findingOf(issue: Issue, schema: z.ZodType, whole: unknown): Found[] {
  const { path, code } = issue;
  const value = valueAt(whole, path);
  if (value === undefined && path.length > 0 && code !== 'custom') return [missing(path)];
  if (code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(path, key, knownKeys(schema, path)));
  const branch = code === 'invalid_union' ? nearestBranch(issue, value) : null;
  if (branch)
    return branch.flatMap((inner) => findingOf({ ...inner, path: [...path, ...inner.path] }, schema, whole));
  const [message, mend] =
    issue.message === NOT_A_DURATION
      ? [notADuration(value), mendDuration(value)]
      : refusalOf(issue, quoted(value, path), value);
  return [{ severity: 'error', path, message, mend }];
}

function refusalOf(issue: Issue, said: string, value: unknown): [message: string, mend: string] {
  switch (issue.code) {
    case 'invalid_value':
      return [`${said} is not known here`, oneOf(String(value), issue.values.map(String))];
    case 'invalid_type':
      return [`expected ${NAMES[issue.expected] ?? issue.expected}`, mendType(issue.expected, value)];
    case 'invalid_format': {
      const nearly = reshaped(value, issue);
      return nearly
        ? [`${said} is not possible here: ${issue.message}`, `Write ${nearly}`]
        : [`${said} is not possible here`, mendFrom(issue)];
    }
    case 'custom': {
      const mend: unknown = issue.params?.['mend'];
      return typeof mend === 'string' ? [issue.message, mend] : ['not possible here', mendFrom(issue)];
    }
    case 'too_small':
    case 'too_big':
      return outOfRange(issue);
    case 'invalid_key':
      return [
        `the key ${String(issue.path.at(-1))} is not possible here`,
        issue.issues[0] ? mendFrom(issue.issues[0]) : 'Leave it out',
      ];
    case 'invalid_union':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'not_multiple_of':
      return ['not possible here', mendFrom(issue)];
  }
}

function outOfRange(issue: Issue & { code: 'too_small' | 'too_big' }): [message: string, mend: string] {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  if (issue.origin === 'array') return ['the list is empty', 'Write at least one value'];
  if (issue.origin === 'string')
    return small
      ? ['the text is empty', 'Write at least a word']
      : ['the text is too long', `Write ${limit} characters or less`];
  const bound = issue.inclusive ? (small ? 'of at least' : 'of at most') : small ? 'above' : 'below';
  return ['out of range', `Write a number ${bound} ${limit}`];
}

/** Keys that a file cannot do without, as they are written. */
const EXAMPLES: Readonly<Record<string, string>> = {
  id: 'id: a-short-name',
  name: 'name: what people call it',
  notice: "notice: { version: '1' }",
  version: "version: '1'",
  policy: 'policy: with idle, reopen, keep, review and spam',
  idle: 'idle: P7D',
  reopen: 'reopen: PT12H',
  keep: 'keep: P12M',
  review: 'review: { window: P7D }',
  window: 'window: P7D',
  spam: 'spam: { deleteAfter: P7D }',
  deleteAfter: 'deleteAfter: P7D',
  because: 'because: and why, in words a customer can read',
  atLatest: 'atLatest: P5Y, for when nobody tells of the event',
  event: 'event: contract-end',
  tag: 'tag: and a label',
  when: 'when: { keywords: [and, some, words] }',
};

function missing(path: readonly PropertyKey[]): Found {
  const key = String(path.at(-1));
  const mend = `Write ${EXAMPLES[key] ?? `${key}: and its value`}`;
  return { severity: 'error', path, message: `${key} is missing`, mend };
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): Found {
  const near = meant(key, known);
  const mend = near ? `Did you mean ${near}?` : `Leave it out; known here: ${known.join(', ')}`;
  return { severity: 'error', path: [...path, key], at: 'key', message: `unknown key ${key}`, mend };
}

function oneOf(written: string, known: readonly string[]): string {
  const near = meant(written, known);
  return near ? `Did you mean ${near}?` : `Write ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}`;
}

function notADuration(value: unknown): string {
  const text = String(value);
  if (/^P[\dTYMWDHS]*$/i.test(text) && !/[1-9]/.test(text))
    return `a period of zero (${text}) would delete at once`;
  return typeof value === 'object'
    ? NOT_A_DURATION
    : `"${text}" is no ISO 8601 duration from above zero to P100Y`;
}

const NAMES: Readonly<Record<string, string>> = {
  object: 'keys with values',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function mendType(expected: string, value: unknown): string {
  const plain = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';
  if (expected === 'string' && plain) return `Write '${value}', with the quotes`;
  if (expected === 'array' && plain) return `Write [${value}]`;
  if (expected === 'object') return 'Indent its keys below it';
  return `Write ${NAMES[expected] ?? expected}`;
}

/** A schema that says what it expects says what to write. */
function mendFrom(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message.replace('expected', 'Write');
  const isAddress = issue.code === 'invalid_format' && issue.format === 'url';
  return isAddress ? 'Write a whole address, such as https://example.com/privacy' : 'Write another value';
}

/** A name in lower case, its other characters as dashes, if that is all that is wrong with it. */
function reshaped(value: unknown, issue: Issue & { code: 'invalid_format' }): string | undefined {
  const pattern = issue.pattern?.match(/^\/(.*)\/([a-z]*)$/s);
  const lower = String(value).trim().toLowerCase();
  const guesses = [lower, lower.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')];
  return pattern ? guesses.find((guess) => new RegExp(pattern[1] ?? '', pattern[2]).test(guess)) : undefined;
}

/** Of the ways a value may be written, what is wrong with the one it comes nearest to, if it is near any. */
function nearestBranch(issue: Issue & { code: 'invalid_union' }, value: unknown): Issue[] | null {
  const inside = issue.errors.filter(
    (issues) => !issues.some(({ code, path }) => path.length === 0 && code === 'invalid_type'),
  );
  const [nearest] =
    typeof value === 'object' ? inside.filter((issues) => issues[0]?.code !== 'invalid_value') : inside;
  const [first] = nearest ?? [];
  // A word that is like none of those known may as well have been meant to be something else.
  const unlike = first?.code === 'invalid_value' && !meant(String(value), first.values.map(String));
  return nearest && !unlike ? [...nearest] : null;
}

/** Keys that a schema knows at a path. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  interface Shape {
    properties?: Record<string, Shape>;
    items?: Shape;
    anyOf?: Shape[];
  }
  let shapes = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape];
  for (const step of path)
    shapes = shapes
      .map((shape) => (typeof step === 'number' ? shape.items : shape.properties?.[String(step)]))
      .flatMap((shape) => (shape ? [shape, ...(shape.anyOf ?? [])] : []));
  return shapes.flatMap(({ properties }) => Object.keys(properties ?? {}));
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner) && typeof step === 'number') return inner[step] as unknown;
    if (inner !== null && typeof inner === 'object') return (inner as Record<PropertyKey, unknown>)[step];
    // A single value stands for a list of one.
    return step === 0 ? inner : undefined;
  }, whole);
}

/** A value as it is written; none of those that name people. */
function quoted(value: unknown, path: readonly PropertyKey[]): string {
  const tellable = typeof value === 'string' && value.length <= 60 && !path.includes('telegram');
  return tellable
    ? `"${value}"`
    : typeof value === 'number' && !path.includes('telegram')
      ? String(value)
      : 'this';
}
