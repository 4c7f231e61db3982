import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../helpers/assert';

/** A command as a page shows it, what it is said to print, and how it is said to exit. */
export interface Step {
  readonly line: string;
  readonly said: string;
  readonly code: number;
}

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** A part of a page, from its heading to the next one of the same level or above. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export function readPage(name: string): string {
  return readFileSync(join('docs', name), 'utf8');
}

/** Sections of one level, in their order. */
export function sectionsOf(page: string, level: number): readonly Section[] {
  const mark = '#'.repeat(level);
  // A line of a shell that begins with # is no heading.
  const hidden = page.replace(/^```[^]*?^```$/gm, (block) => block.replace(/^#/gm, '\u0000'));
  return hidden
    .split(new RegExp(`^(?=#{1,${level}} )`, 'm'))
    .filter((part) => part.startsWith(`${mark} `))
    .map((part) => {
      const text = part.replaceAll('\u0000', '#');
      return { heading: text.slice(level + 1, text.indexOf('\n')), text, blocks: blocksOf(text) };
    });
}

export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w+)\n([^]*?)\n```$/gm)].map(([, language = '', body = '']) => ({
    language,
    text: body,
  }));
}

/** The commands of a console block: `$ ` begins one, a backslash at the end continues it, `# exits 1` is its exit code. */
export function stepsOf(console: string): readonly Step[] {
  return console
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [, line = '', said = ''] = /^((?:.*\\\n)*.*)\n?([^]*)$/.exec(step) ?? [];
      return { line, said: said.trimEnd(), code: Number(/# exits (\d+)$/.exec(line)?.[1] ?? 0) };
    });
}

/** Whether it is what the page says: `…` stands for what differs from day to day, and widths for nothing. */
export function assertSaid(out: string, said: string, line: string): void {
  const plain = (text: string): string =>
    text
      .trimEnd()
      .replaceAll('\r', '')
      .replace(/[ \t]+/g, ' ')
      .replace(/─+/g, '─')
      .replace(/ $/gm, '');
  const wanted = plain(said)
    .split('…')
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*');
  assert.match(plain(out), new RegExp(`^${wanted}$`), `${line}\nprinted:\n${out}`);
}
