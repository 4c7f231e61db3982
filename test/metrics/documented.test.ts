import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COUNTED } from '../../src/metrics/counted';
import { INSTRUMENTS, type Instrument } from '../../src/metrics/instruments';
import { LOG_EVENTS } from '../../src/log-events';
import { assert } from '../helpers/assert';

const ROOT = join(__dirname, '..', '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');

/** Of a chapter of the page, up to the next of the same rank. */
function chapter(title: string): string {
  const [, text] = PAGE.split(`\n## ${title}\n`);
  assert.ok(text, title);
  return text.split('\n## ')[0] as string;
}

const words = (text: string): string[] => [...text.matchAll(/`([\w-]+)`/g)].map(([, word]) => word as string);

/** Names in the first column of a chapter's first table. */
function named(text: string): string[] {
  const [table = ''] = /(?:^\|.*\n)+/m.exec(text) ?? [];
  return table
    .split('\n')
    .slice(2)
    .flatMap((row) => words(row.split('|')[1] ?? ''));
}

/** A sentence of the page, by how it begins; it ends with the first full stop before white space. */
function sentence(text: string, beginning: string): string {
  const at = text.indexOf(beginning);
  assert.ok(at >= 0, beginning);
  return text.slice(at).split(/\.\s/)[0] as string;
}

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((file) => file.isFile() && file.name.endsWith('.ts'))
  .map((file) => ({
    path: join(file.parentPath, file.name),
    text: readFileSync(join(file.parentPath, file.name), 'utf8'),
  }));

/** What stands in quotes after `before`, anywhere in the sources. */
function inSources(before: RegExp): Set<string> {
  const found = sources.flatMap(({ text }) => [
    ...text.matchAll(new RegExp(`${before.source}'([\\w-]+)'`, 'g')),
  ]);
  return new Set(found.map(([, word]) => word as string));
}

const says = (name: string): string[] =>
  Object.values(COUNTED).flatMap((one) => (one.name === name && one.says ? [one.says[1]] : []));

describe('[contract] what docs/operations.md says is counted, logged and noted', () => {
  const metrics = chapter('Metrics');
  const tracing = chapter('Tracing');

  it('every path of the counters, and no other', () => {
    assert.deepEqual(named(chapter('Counters')).sort(), Object.keys(COUNTED).sort());
  });

  it('every door of the counters, and no other', () => {
    const doors = inSources(/\bdoor: /);
    // What the interceptor of activities calls by their kind.
    for (const door of ['activity', 'local-activity', 'standalone-activity', 'start']) doors.add(door);
    const noted = words(sentence(tracing, 'At the doors of a client and in workflows')).filter(
      (word) => !word.includes('_'),
    );
    const counted = words(sentence(metrics, '`door` is where a call came in')).filter(
      (word) => word !== 'door',
    );
    assert.deepEqual([...new Set([...counted, ...noted])].sort(), [...doors].sort());
  });

  it('every value of the labels', () => {
    const row = (name: string): string => new RegExp(`^\\| \`${name}\` .*$`, 'm').exec(metrics)?.[0] ?? '';
    const paths = words(sentence(metrics, '`path` is who answered')).filter((word) => word !== 'path');
    assert.deepEqual(paths.sort(), says('temporal_once_duplicates').sort());
    for (const name of [
      'outcomes',
      'turned_away',
      'unknown_outcomes',
      'store_unavailable',
      'start_outcomes',
    ]) {
      const metric = `temporal_once_${name}`;
      for (const value of says(metric)) assert.ok(row(metric).includes(`\`${value}\``), `${metric} ${value}`);
    }
    for (const [name, { fromZero = [] }] of Object.entries(INSTRUMENTS as Record<string, Instrument>))
      for (const value of fromZero)
        assert.ok(row(name).includes(`\`${value}\``) || metrics.includes(`\`${value}\``), `${name} ${value}`);
  });

  it('the original’s counters beside ours, in both lists', () => {
    for (const text of [chapter('Counters'), metrics])
      for (const name of ['duplicate_detected', 'lock_acquired', 'lock_failed'])
        assert.ok(text.includes(`\`${name}\``), name);
  });

  it('every event of the log, which the sources say, and the sources say no other', () => {
    const emitted = sources
      .filter(({ path }) => !path.endsWith('log-events.ts'))
      .map(({ text }) => text)
      .join('\n');
    for (const event of Object.keys(LOG_EVENTS))
      assert.ok(emitted.includes(`'${event}'`), `${event} is never said`);
    for (const event of inSources(/onceEvent: /)) assert.ok(event in LOG_EVENTS, event);
  });

  it('every path and outcome of a span', () => {
    const noted = readFileSync(join(ROOT, 'src', 'tracing', 'event.ts'), 'utf8');
    const [type = ''] = /export type NotedPath =[\s\S]*?;\n/.exec(noted) ?? [];
    const paths = [...type.matchAll(/\| '(\w+)'/g)].map(([, path]) => path as string);
    assert.ok(paths.length > 5);
    for (const path of paths) assert.ok(tracing.includes(`\`${path}\``), path);
  });
});
