import {
  FluentParser,
  Visitor,
  type Entry,
  type FunctionReference,
  type Junk,
  type MessageReference,
  type Pattern,
  type SelectExpression,
  type SyntaxNode,
  type TermReference,
  type VariableReference,
} from '@fluent/syntax';
import { argumentsOf, isTextId, TEXTS } from './list.ts';

/** What is wrong in a file of texts, where, and what to write instead. */
export interface TextFinding {
  readonly line: number;
  readonly what: string;
  readonly mend: string;
}

/** What Telegram takes, or shows, of a text: by the beginning of its id. */
const LIMITS: readonly (readonly [prefix: string, most: number, what: string])[] = [
  ['button-', 64, 'a button'],
  ['alert-', 200, 'the answer to a button'],
  ['refused-', 200, 'the answer to a button'],
  ['command-', 256, 'the description of a command'],
  ['topic-', 128, 'the title of a topic'],
  ['', 4096, 'a message'],
];

/** The functions that Fluent itself has. */
const FUNCTIONS = new Set(['NUMBER', 'DATETIME']);

/**
 * Checks a file of texts in a language.
 *
 * @returns all that is wrong; a text that is missing is not among it, since English stands in for it
 */
export function checkTexts(source: string, language: string): TextFinding[] {
  const { body } = new FluentParser().parse(source);
  const terms = new Set(body.flatMap((entry) => (entry.type === 'Term' ? [entry.id.name] : [])));
  const seen = new Set<string>();
  return body
    .flatMap((entry) => findingsOf(entry, language, terms, seen))
    .map(({ at, ...said }) => ({ line: lineOf(source, at), ...said }));
}

/** The ids that a file has no text for. */
export function missingTexts(source: string): string[] {
  const { body } = new FluentParser().parse(source);
  const there = new Set(body.flatMap((entry) => (entry.type === 'Message' ? [entry.id.name] : [])));
  return Object.keys(TEXTS).filter((id) => !there.has(id));
}

interface Found {
  readonly at: number;
  readonly what: string;
  readonly mend: string;
}

function findingsOf(entry: Entry, language: string, terms: Set<string>, seen: Set<string>): Found[] {
  if (entry.type === 'Junk') return [junk(entry)];
  if (entry.type === 'Term') return patternFindings(entry.value, {}, language, terms);
  if (entry.type !== 'Message') return [];
  const { id, value, attributes } = entry;
  const at = startOf(id);
  if (!isTextId(id.name)) {
    const near = Object.keys(TEXTS).find((known) => known.startsWith(id.name.slice(0, 4)));
    const mend = `Take it away, or use an id of src/telegram/texts/en.ftl${near ? `, such as ${near}` : ''}.`;
    return [{ at, what: `No text has the id ${id.name}.`, mend }];
  }
  if (seen.has(id.name))
    return [{ at, what: `${id.name} is there twice.`, mend: 'Take one of the two away.' }];
  seen.add(id.name);
  if (attributes[0])
    return [
      { at: startOf(attributes[0]), what: `${id.name} has an attribute.`, mend: 'Write the text alone.' },
    ];
  if (!value) return [{ at, what: `${id.name} has no text.`, mend: 'Write it after the =.' }];
  const { most, shownIn } = limitOf(id.name);
  const length = longest(value);
  return [
    ...patternFindings(value, argumentsOf(id.name), language, terms),
    ...unused(id.name, value, at),
    ...(length > most
      ? [{ at, what: `${id.name} is ${length} characters long.`, mend: `${shownIn} has room for ${most}.` }]
      : []),
  ];
}

function junk({ annotations, span }: Junk): Found {
  const [first] = annotations;
  const at = first ? startOf(first) : (span?.start ?? 0);
  return {
    at,
    what: `This is not Fluent: ${first?.message ?? 'not readable'}.`,
    mend: 'Write a text as `id = words`, and its other lines indented.',
  };
}

/** What a pattern refers to and selects by, as far as it is wrong. */
function patternFindings(
  pattern: Pattern,
  known: Readonly<Record<string, string>>,
  language: string,
  terms: ReadonlySet<string>,
): Found[] {
  const found: Found[] = [];
  const names = Object.keys(known).map((name) => `$${name}`);
  class Look extends Visitor {
    override visitVariableReference({ id, span }: VariableReference) {
      if (Object.hasOwn(known, id.name)) return;
      const mend = names.length > 0 ? `Filled in here: ${names.join(', ')}.` : 'Nothing is filled in here.';
      found.push({ at: span?.start ?? 0, what: `$${id.name} is not known here.`, mend });
    }
    override visitTermReference(node: TermReference) {
      if (!terms.has(node.id.name))
        found.push({
          at: startOf(node),
          what: `There is no -${node.id.name} in this file.`,
          mend: `Write it in this file: -${node.id.name} = words`,
        });
      this.genericVisit(node);
    }
    override visitMessageReference(node: MessageReference) {
      found.push({
        at: startOf(node),
        what: `A text refers to the text ${node.id.name}.`,
        mend: 'Write what several texts share as a term: -name = words, and refer to { -name }.',
      });
    }
    override visitFunctionReference(node: FunctionReference) {
      if (!FUNCTIONS.has(node.id.name))
        found.push({
          at: startOf(node),
          what: `There is no function ${node.id.name}.`,
          mend: `Functions: ${[...FUNCTIONS].join(', ')}.`,
        });
      this.genericVisit(node);
    }
    override visitSelectExpression(node: SelectExpression) {
      found.push(...selectFindings(node, known, language));
      this.genericVisit(node);
    }
  }
  new Look().visit(pattern);
  return found;
}

/** Whether the variants of a count are the plurals that the language has, all of them. */
function selectFindings(
  node: SelectExpression,
  known: Readonly<Record<string, string>>,
  language: string,
): Found[] {
  const { selector, variants } = node;
  if (selector.type !== 'VariableReference') return [];
  const name = selector.id.name;
  if (known[name] !== 'count') return [];
  const plurals = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = variants.flatMap(({ key }) => (key.type === 'Identifier' ? [key.name] : []));
  const wrong = keys.find((key) => !(plurals as string[]).includes(key));
  // Spanish and others have a form for millions alone, which the default may stand for.
  const counts = smallCounts(language);
  const needed = plurals.filter((plural) => plural !== 'other' && counts.has(plural));
  // Where no whole number takes [other], its variant may stand for one of those that do.
  const missing = needed.filter((plural) => !keys.includes(plural));
  const lacking = missing.length > (counts.has('other') ? 0 : 1) ? missing[0] : undefined;
  const mend = `Plurals of ${language}: ${plurals.join(', ')}.`;
  if (wrong) return [{ at: startOf(node), what: `[${wrong}] is no plural of $${name}.`, mend }];
  return lacking
    ? [{ at: startOf(node), what: `The plural [${lacking}] of $${name} is missing.`, mend }]
    : [];
}

function smallCounts(language: string): Set<string> {
  const rules = new Intl.PluralRules(language);
  return new Set(Array.from({ length: 200 }, (_, count) => rules.select(count)));
}

/** What is filled in and nowhere written: in a translation it was most likely forgotten. */
function unused(id: string, pattern: Pattern, at: number): Found[] {
  const used = new Set<string>();
  class Look extends Visitor {
    override visitVariableReference(node: VariableReference) {
      used.add(node.id.name);
    }
  }
  new Look().visit(pattern);
  const lacking = isTextId(id) ? Object.keys(argumentsOf(id)).filter((name) => !used.has(name)) : [];
  return lacking.map((name) => ({
    at,
    what: `${id} leaves out $${name}.`,
    mend: `Write { $${name} } in it.`,
  }));
}

function limitOf(id: string): { most: number; shownIn: string } {
  const [, most = 4096, shownIn = ''] = LIMITS.find(([prefix]) => id.startsWith(prefix)) ?? [];
  return { most, shownIn: shownIn.charAt(0).toUpperCase() + shownIn.slice(1) };
}

/** Its own words in characters, of each choice the longest; what is filled in comes on top. */
function longest({ elements }: Pattern): number {
  return elements.reduce((sum, element) => {
    if (element.type === 'TextElement') return sum + element.value.length;
    const { expression } = element;
    if (expression.type !== 'SelectExpression') return sum;
    const { variants } = expression;
    return sum + Math.max(...variants.map(({ value }) => longest(value)));
  }, 0);
}

function startOf(node: SyntaxNode): number {
  return node.span?.start ?? 0;
}

function lineOf(source: string, at: number): number {
  return source.slice(0, at).split('\n').length;
}
