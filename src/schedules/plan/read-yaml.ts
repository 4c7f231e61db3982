import { Composer, Parser, type Document, type YAMLError } from 'yaml';
import { PlanProblems } from './problem';
import { pathText } from './places';
import { MAX_DEPTH, tooDeep } from './yaml-limits';
import { YamlPlaces } from './yaml-places';
import { YamlValues } from './yaml-values';

export interface WrittenPlan {
  /** Undefined when the text is no YAML, or YAML that a plan must not use. */
  readonly value?: unknown;
  readonly problems: PlanProblems;
}

/** Explicit in all: a %YAML line in the file must not change what a value means, and what looks like a date stays a text. */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  resolveKnownTags: false,
  // Found with both lines while the values are read.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** YAML 1.2 of one document, with the place of each value. */
export function readYaml(text: string, file: string | undefined): WrittenPlan {
  const places = new YamlPlaces(text);
  const problems = new PlanProblems(file, places);
  const tokens = [...new Parser().parse(text)];
  for (const token of tokens) {
    const deep = tooDeep(token);
    if (deep === undefined) continue;
    problems.addAt(places.at(deep), `nested deeper than ${MAX_DEPTH} levels`, 'Make it flatter.');
    return { problems };
  }
  const documents = [...new Composer(OPTIONS).compose(tokens, true, text.length)] as Document.Parsed[];
  const [first, second] = documents;
  if (first === undefined || first.contents === null) {
    for (const error of first?.errors ?? []) sayError(error, text, places, problems);
    problems.addAt({ line: 1, column: 1 }, 'no plan in it', 'Write version: 1, plan: … and jobs: ….');
    return { problems };
  }
  const seenLines = new Set<number>();
  for (const error of [...documents.flatMap(({ errors }) => errors), ...first.warnings]) {
    // One slip makes many errors: the first of a line is the one to mend.
    const { line } = places.at(error.pos[0]);
    if (!seenLines.has(line)) sayError(error, text, places, problems);
    seenLines.add(line);
  }
  if (second !== undefined)
    problems.addAt(
      places.at(second.range[0]),
      'a second document',
      'One file is one plan: take out the line --- before it.',
    );
  if (first.directives?.yaml.explicit && first.directives.yaml.version !== '1.2')
    problems.addAt(
      { line: 1, column: 1 },
      'a %YAML line of another version',
      'A plan is YAML 1.2: leave the line out.',
    );
  if (problems.count > 0) return { problems };

  const values = new YamlValues(first, places, (offset, problem, remedy, rule, path) =>
    problems.addAt(places.at(offset), problem, remedy, rule, path === undefined ? '' : pathText(path)),
  );
  places.root = values.read();
  return problems.count > 0 && !values.usable ? { problems } : { value: places.root, problems };
}

function sayError(error: YAMLError, text: string, places: YamlPlaces, problems: PlanProblems): void {
  const [offset] = error.pos;
  const { line, column } = places.at(offset);
  const written = text.split('\n', line).at(-1) ?? '';
  const problem = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  problems.addAt({ line, column }, `not YAML: ${problem}`, remedyFor(error.code, written));
}

function remedyFor(code: YAMLError['code'], line: string): string {
  if (/(^|[:[,-]\s+)[*@][^\s,\]]*(\s|$)/.test(line) && code !== 'TAB_AS_INDENT')
    return "A text that begins with * or @ needs quotes: cron: '*/5 * * * *'.";
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'Indent with spaces.';
    case 'TAG_RESOLVE_FAILED':
      return 'Leave the tag out; quotes make a text of anything.';
    case 'BAD_DQ_ESCAPE':
      return 'Double the backslash, or write the text in single quotes.';
    case 'BAD_SCALAR_START':
      return 'Put the text in quotes.';
    case 'MULTIPLE_DOCS':
      return 'One file is one plan.';
    default:
      return 'Correct the line, or the one before it.';
  }
}
