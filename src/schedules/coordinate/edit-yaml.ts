import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { OnceError } from '../../errors';
import { durationWords } from '../duration-words';
import { parsePlan } from '../plan';
import { canonical, parseSpec } from '../spec';
import type { Plan } from '../job';
import { valuesOf } from '../spec/fields';
import { shiftedCron } from './cron-text';
import { shiftedMinutes, shiftedOffsetMs } from './shifts';
import type { Coordination } from './coordinate';

/** The moves can't be written into the file as it is. Nothing was written. */
export class PlanEditError extends OnceError {
  readonly code = 'PLAN_NOT_WRITTEN';
}

interface Edit {
  readonly from: number;
  readonly until: number;
  readonly text: string;
}

/**
 * The text of a plan file with the moves of a coordination: only the times that change are other ones, byte for byte. Read again and
 * compared before it is given back.
 * @throws PlanEditError where the times stand in a way that can't be edited, such as behind an alias.
 */
export function editedYaml(text: string, { moves, plan }: Pick<Coordination, 'moves' | 'plan'>): string {
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false });
  const edits: Edit[] = [];
  for (const { job, byMs } of moves) {
    const node = document.getIn(['jobs', job], true);
    if (!isMap(node)) throw refused(job, 'it is not written out in the file');
    edits.push(...jobEdits(text, job, node as YAMLMap<Node, Node>, byMs / 60_000));
  }
  const edited = [...edits]
    .sort((a, b) => b.from - a.from)
    .reduce((so, { from, until, text: by }) => so.slice(0, from) + by + so.slice(until), text);
  const { plan: read } = parsePlan(edited);
  if (read === undefined || asRead(read) !== asRead(plan))
    throw new PlanEditError(
      "The moves can't be written: the file would read differently from what was asked. Write them by hand.",
    );
  return edited;
}

/** All that a plan says, without places and wording. */
function asRead({ jobs, queues, avoid, name }: Plan): string {
  return JSON.stringify([
    name,
    queues,
    avoid.map(({ minutes, maxStarts }) => [minutes, maxStarts]),
    jobs.map(({ spec, specText: _text, place: _place, ...rest }) => [canonical(spec), rest]),
  ]);
}

const refused = (job: string, why: string): PlanEditError =>
  new PlanEditError(`The move of ${job} can't be written: ${why}. Write it by hand.`);

function jobEdits(text: string, job: string, node: YAMLMap<Node, Node>, by: number): Edit[] {
  const edits: Edit[] = [];
  const say = (why: string): never => {
    throw refused(job, why);
  };
  for (const pair of node.items) {
    const { value } = pair;
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    if (!['cron', 'every', 'calendars'].includes(name)) continue;
    if (isAlias(value)) say(`${name} is an alias`);
    const items = isSeq(value) ? (value.items as Node[]) : [value as Node];
    for (const item of items) {
      if (name === 'cron')
        edits.push(scalarEdit(text, item, (cron) => shiftedCron(cron, by) ?? say('not a cron string')));
      else if (name === 'calendars') edits.push(...calendarEdits(text, item, by, say));
      else edits.push(...intervalEdits(text, node, pair, item, by, say));
    }
  }
  return edits;
}

type Say = (why: string) => never;

function scalarEdit(text: string, node: Node, change: (value: string) => string): Edit {
  if (!isScalar(node) || !node.range || node.anchor !== undefined)
    throw new PlanEditError('A time that is to change is an alias, an anchor or no text. Write it by hand.');
  const [from, until] = node.range;
  return { from, until, text: quoted(node, change(String(node.value)), text) };
}

/** In the quotes that it had; a cron string that had none and now needs them gets some. */
function quoted({ type }: Scalar, value: string, text: string): string {
  if (type === 'QUOTE_DOUBLE') return JSON.stringify(value);
  if (type === 'PLAIN' && /^[\w][\w ]*$/.test(value) && text !== '') return value;
  return type === 'PLAIN' || type === 'QUOTE_SINGLE'
    ? `'${value.replaceAll("'", "''")}'`
    : JSON.stringify(value);
}

function intervalEdits(
  text: string,
  around: YAMLMap<Node, Node>,
  pair: Pair<Node, Node | null>,
  item: Node,
  by: number,
  say: Say,
): Edit[] {
  const lone = pair.value === item;
  if (isMap(item)) {
    const every = (item as YAMLMap<Node, Node>).items.find(
      ({ key }) => isScalar(key) && key.value === 'every',
    );
    if (every === undefined) say('an interval has no every');
    return intervalEdits(text, item as YAMLMap<Node, Node>, every, every?.value as Node, by, say);
  }
  if (!isScalar(item) || !item.range || item.anchor !== undefined)
    say('every is an alias, an anchor or no text');
  const scalar = item;
  const offset = lone || isSeq(pair.value) === false ? offsetOf(around) : undefined;
  const { spec } = parseSpec({
    intervals: [
      { every: String(scalar.value), offset: offset === undefined ? 0 : String((offset as Scalar).value) },
    ],
  });
  const [interval] = spec?.intervals ?? [];
  if (interval === undefined) return say('not an interval');
  const moved = durationWords(shiftedOffsetMs(interval.everyMs, interval.offsetMs, by));
  if (isAlias(offset)) say('offset is an alias');
  if (offset !== undefined) return [scalarEdit(text, offset, () => moved)];
  const json = scalar.type === 'QUOTE_DOUBLE';
  if (!lone) {
    const [from, until] = scalar.range as [number, number, number];
    const body = json
      ? `{ "every": ${text.slice(from, until)}, "offset": "${moved}" }`
      : `{ every: ${text.slice(from, until)}, offset: ${moved} }`;
    return [{ from, until, text: body }];
  }
  return [insertion(text, around, pair, json ? `"offset": "${moved}"` : `offset: ${moved}`)];
}

function offsetOf(map: YAMLMap<Node, Node>): Node | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === 'offset')?.value ?? undefined;
}

/** Another field behind one that is there: on a line of its own, or within the braces. */
function insertion(
  text: string,
  map: YAMLMap<Node, Node>,
  pair: Pair<Node, Node | null>,
  field: string,
): Edit {
  const until = pair.value?.range?.[1] ?? 0;
  const key = pair.key.range?.[0] ?? 0;
  if (map.flow === true) return { from: until, until, text: `, ${field}` };
  const indent = ' '.repeat(key - (text.lastIndexOf('\n', key - 1) + 1));
  const end = text.indexOf('\n', until);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return end < 0
    ? { from: text.length, until: text.length, text: `${newline}${indent}${field}` }
    : { from: end + 1, until: end + 1, text: `${indent}${field}${newline}` };
}

function calendarEdits(text: string, node: Node, by: number, say: Say): Edit[] {
  if (!isMap(node)) return say('a calendar is an alias or no mapping');
  const map = node as YAMLMap<Node, Node>;
  const { spec } = parseSpec({ calendars: [map.toJSON() as object] });
  const [calendar] = spec?.calendars ?? [];
  if (calendar === undefined) return say("a calendar can't be read by itself");
  const minutes = shiftedMinutes(calendar, by);
  if (minutes.join() === valuesOf(calendar.minute).join()) return [];
  const value = minutes.length === 1 ? String(minutes[0]) : `[${minutes.join(', ')}]`;
  const minute = map.items.find(({ key }) => isScalar(key) && key.value === 'minute');
  const range = minute?.value?.range;
  if (range) {
    const flow = isScalar(minute?.value) || (minute?.value as YAMLMap | undefined)?.flow === true;
    if (!flow) say('its minutes stand on several lines');
    return [{ from: range[0], until: range[1], text: value }];
  }
  const last = map.items.at(-1);
  if (last === undefined) return say('a calendar is empty');
  const json = isScalar(last.key) && last.key.type === 'QUOTE_DOUBLE';
  return [insertion(text, map, last, json ? `"minute": ${value}` : `minute: ${value}`)];
}
