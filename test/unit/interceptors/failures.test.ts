import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import * as face from '../../../src';
import { asFailure } from '../../../src/interceptors/failures';
import { assert } from '../../helpers/assert';

const ROOT = join(__dirname, '..', '..', '..', '..');

/** Said by the command itself, and thrown to nobody. */
const INTERNAL = ['PlanEditError'];

describe('[contract] errors: exported, documented, and what workflow code meets', () => {
  const table = new Map(
    [
      ...readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8').matchAll(
        /^\| `(\w+)` +\| `(\w+)` +\| `(\w+)`/gm,
      ),
    ].map(([, name = '', code, type]) => [name, { code, type }]),
  );
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'));
  const codes = new Map(
    sources
      .flatMap((text) => [...text.matchAll(/class (\w+) extends OnceError[^]*?readonly code = '(\w+)'/g)])
      .map(([, name = '', code]) => [name, code] as const)
      .filter(([name]) => !INTERNAL.includes(name)),
  );
  const declared = [...codes.keys()];

  it('every error of ours is exported and stands in docs/errors.md, under its code', () => {
    assert.ok(declared.length > 35, 'they were found');
    const exported = new Set(Object.keys(face));
    const wanted = [...declared].sort();
    assert.deepEqual(
      wanted.filter((name) => !exported.has(name)),
      [],
    );
    assert.deepEqual([...table.keys()].sort(), wanted);
    assert.deepEqual(new Map([...table].map(([name, { code }]) => [name, code])), codes);
  });

  it('each becomes the failure type that the table says', () => {
    for (const [name, { type }] of table) {
      const failure = asFailure(made(name));
      assert.ok(failure instanceof ApplicationFailure, name);
      assert.equal(failure.type, type, name);
    }
  });

  it('a decision by hand that no longer fits is told apart, with key and state, and not retried', () => {
    for (const [error, type] of [
      [new face.RecordChangedError('k', 'completed'), face.FAILURE_TYPES.recordChanged],
      [new face.OutcomeKnownError('k', 'completed'), face.FAILURE_TYPES.outcomeKnown],
    ] as const) {
      const failure = asFailure(error) as ApplicationFailure;
      assert.deepEqual(
        [failure.type, failure.nonRetryable, failure.details],
        [type, true, [{ key: 'k', state: 'completed' }]],
      );
    }
  });

  /** With arguments that any of their constructors takes: only class and code are looked at. */
  function made(name: string): Error {
    const Made = (face as unknown as Record<string, new (...args: unknown[]) => Error>)[name];
    assert.ok(Made !== undefined, name);
    if (name === 'StepNotRecordedError') return new Made('k', 's', 'too-big');
    for (const args of [
      ['a', 'b', 'c', 'd', 'e'],
      [1, 1, 1, []],
      ['k', 1n, 'why', 1n],
      ['k', 1, true, 'why'],
      [[{}], [{}], [{}]],
      ['k', 'm', 'lost', 'lost'],
      ['k', { findings: [] }, []],
      [{ kind: 'same', scheduleId: 's', otherScheduleId: 'o', namespace: 'n', freeOffsets: [], offsets: [] }],
    ])
      try {
        return new Made(...args);
      } catch {
        continue;
      }
    // What the class is, is all that is looked at.
    return Object.create(Made.prototype as object) as Error;
  }
});
