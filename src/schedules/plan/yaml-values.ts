import { isAlias, isMap, isPair, isScalar, isSeq, type Document, type Node, type Scalar } from 'yaml';
import type { Path } from './places';
import type { PlanRule } from './problem';
import { MAX_VALUES } from './yaml-limits';
import type { YamlPlaces } from './yaml-places';

type Say = (offset: number, problem: string, remedy: string, rule: PlanRule, path?: Path) => void;

interface Read {
  readonly value: unknown;
  /** Values in it, those behind aliases counted each time. */
  readonly size: number;
}

const NOTHING: Read = { value: null, size: 1 };

/** Plain values of a YAML document: each anchor is read once, names are texts as written, the first of two equal names stays. */
export class YamlValues {
  /** False when what was read must not be used: too big, or in a circle. */
  usable = true;
  private readonly done = new Map<Node, Read>();
  private readonly open = new Set<Node>();

  constructor(
    private readonly document: Document.Parsed,
    private readonly places: YamlPlaces,
    private readonly say: Say,
  ) {}

  read(): unknown {
    const { contents } = this.document;
    return contents === null ? null : this.node(contents, []).value;
  }

  private node(node: Node, path: Path): Read {
    if (isAlias(node)) return this.alias(node, path);
    const known = this.done.get(node);
    if (known !== undefined) return known;
    this.open.add(node);
    const read = isMap(node)
      ? this.map(node, path)
      : isSeq(node)
        ? this.sequence(node, path)
        : { value: isScalar(node) ? this.scalar(node, path) : null, size: 1 };
    this.open.delete(node);
    this.done.set(node, read);
    if (read.size > MAX_VALUES) this.tooMany(offsetOf(node));
    return read;
  }

  private alias(node: Node & { resolve(doc: Document.Parsed): Node | undefined }, path: Path): Read {
    const target = node.resolve(this.document);
    if (target === undefined) {
      const remedy = "Write the anchor before it; a text that begins with * needs quotes: '*/5 * * * *'.";
      this.say(offsetOf(node), 'an alias without its anchor', remedy, 'syntax', path);
      return NOTHING;
    }
    if (this.open.has(target)) {
      this.usable = false;
      this.say(offsetOf(node), 'an alias of what it stands in', 'Leave the circle out.', 'syntax', path);
      return NOTHING;
    }
    return this.node(target, path);
  }

  private map(node: Node & { items: unknown[] }, path: Path): Read {
    const value: Record<string, unknown> = {};
    let size = 1;
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = pair.key as Node | null;
      const item = pair.value as Node | null;
      const name = this.nameOf(key);
      const start = key === null ? offsetOf(node) : offsetOf(key);
      if (name === undefined) {
        this.say(start, 'a name that is no text', 'Write a word, or a text in quotes.', 'syntax', path);
        continue;
      }
      const first = this.places.entry(value, name);
      if (first !== undefined) {
        const { line } = this.places.at(first.name);
        this.say(
          start,
          `named twice, first in line ${line}`,
          'Rename one of the two, or leave it out.',
          'double-name',
          [...path, name],
        );
        continue;
      }
      this.places.note(value, name, {
        name: start,
        value: item === null ? start : offsetOf(item),
        ...scalarOf(item),
      });
      const read = item === null ? NOTHING : this.node(item, [...path, name]);
      size += read.size;
      // Not an assignment: __proto__ is a name like any other.
      Object.defineProperty(value, name, {
        value: read.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return { value, size };
  }

  private sequence(node: Node & { items: unknown[] }, path: Path): Read {
    const value: unknown[] = [];
    let size = 1;
    for (const [index, item] of (node.items as (Node | null)[]).entries()) {
      const start = offsetOf(item ?? node);
      this.places.note(value, index, { name: start, value: start, ...scalarOf(item) });
      const read = item === null ? NOTHING : this.node(item, [...path, index]);
      size += read.size;
      value.push(read.value);
    }
    return { value, size };
  }

  private scalar(node: Scalar, path: Path): unknown {
    const { value, source } = node;
    if (typeof value === 'number' && /^[-+]?\d+$/.test(source ?? '') && !Number.isSafeInteger(value)) {
      this.say(
        offsetOf(node),
        'a number with more digits than JavaScript keeps',
        'Put it in quotes.',
        'value',
        path,
      );
    }
    return value;
  }

  /** As it is written: 007 and on are names too. */
  private nameOf(key: Node | null): string | undefined {
    if (key === null || !isScalar(key)) return undefined;
    return typeof key.value === 'string' ? key.value : key.source;
  }

  private tooMany(offset: number): void {
    if (!this.usable) return;
    this.usable = false;
    this.say(
      offset,
      `more than ${MAX_VALUES} values, aliases counted each time`,
      'Write a smaller plan.',
      'syntax',
    );
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function scalarOf(node: Node | null): { scalar: Scalar } | undefined {
  return isScalar(node) ? { scalar: node } : undefined;
}
