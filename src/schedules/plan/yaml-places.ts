import type { Scalar } from 'yaml';
import type { LineColumn, Path, Places, Spot } from './places';
import { characterOffset, lineStarts } from './yaml-text';

/** Where one entry of a mapping or list stands. */
export interface Entry {
  /** Offset of the name, or of the item of a list. */
  readonly name: number;
  readonly value: number;
  readonly scalar?: Scalar;
}

/** Places of the values of one YAML text, by the lists and mappings that were made of it. */
export class YamlPlaces implements Places {
  private readonly entries = new WeakMap<object, Map<string | number, Entry>>();
  /** Set once it is read. */
  root: unknown;

  private readonly starts: readonly number[];

  constructor(private readonly text: string) {
    this.starts = lineStarts(text);
  }

  note(container: object, key: string | number, entry: Entry): void {
    const known = this.entries.get(container) ?? new Map<string | number, Entry>();
    this.entries.set(container, known.set(key, entry));
  }

  entry(container: object, key: string | number): Entry | undefined {
    return this.entries.get(container)?.get(key);
  }

  find(path: Path, { name = false, character }: Spot): LineColumn {
    let around: unknown = this.root;
    let entry: Entry | undefined;
    for (const [index, key] of path.entries()) {
      const inner = typeof around === 'object' && around !== null ? this.entry(around, key) : undefined;
      // Something that is missing: the name of what it is missing from.
      if (inner === undefined) return this.at(entry?.name ?? 0);
      entry = inner;
      if (index < path.length - 1) around = (around as Record<string | number, unknown>)[key];
    }
    if (entry === undefined) return this.at(0);
    if (character !== undefined && entry.scalar !== undefined)
      return this.at(characterOffset(this.text, entry.scalar, character));
    return this.at(name ? entry.name : entry.value);
  }

  /** Inside the text always: behind its last character at most. */
  at(offset: number): LineColumn {
    const within = Math.max(0, Math.min(offset, this.text.length));
    let line = 0;
    for (let high = this.starts.length; high - line > 1;) {
      const middle = (line + high) >> 1;
      if ((this.starts[middle] as number) <= within) line = middle;
      else high = middle;
    }
    return { line: line + 1, column: within - (this.starts[line] as number) + 1 };
  }
}
