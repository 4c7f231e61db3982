import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { deriveKey, InvalidKeyError, NotRepresentableError, OnceError, taskKeys } from '../../../src';
import { assert } from '../../helpers/assert';
import { describedValue } from './vector-values';
import { builders, type Builder } from './task-key-inputs';

const root = dirname(require.resolve('temporal-once/package.json'));
const call = (builder: string, fields: unknown): string =>
  (taskKeys as Readonly<Record<string, (fields: unknown) => string>>)[builder]?.(fields) ?? 'no such builder';
const names = Object.keys(taskKeys);

/** What tells inputs apart: `7` and `'7'` are the same id, an absent field is one that is undefined. */
function meaning({
  builder,
  fields,
}: {
  builder: Builder;
  fields: Readonly<Record<string, unknown>>;
}): string {
  const parts = builder.fields.map(({ name, kind }) => {
    const value = fields[name];
    if (kind === 'list') return ((value ?? []) as unknown[]).map(String);
    if (value === undefined) return null;
    // Digests tell 0 from '0'; ids and days do not.
    return [kind === 'data' ? JSON.stringify(value) : `${value as string | number}`];
  });
  return JSON.stringify([builder.name, parts]);
}

const anyInput = fc
  .constantFrom(...builders)
  .chain((builder) => fc.record({ builder: fc.constant(builder), fields: builder.arbitrary }));

describe('[keys] task keys', () => {
  it('has at least 16 builders, and each is drawn below', () => {
    assert.ok(names.length >= 16, `${names.length}`);
    assert.deepEqual(builders.map(({ name }) => name).sort(), [...names].sort());
    assert.ok(Object.isFrozen(taskKeys));
  });

  it('different inputs have different keys, the same have the same, across all builders', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { minLength: 2, maxLength: 12 }), (inputs) => {
        const byMeaning = new Map<string, string>();
        const byKey = new Map<string, string>();
        for (const input of inputs) {
          const key = call(input.builder.name, input.fields);
          const means = meaning(input);
          assert.equal(byMeaning.get(means) ?? key, key, 'the same input, another key');
          assert.equal(byKey.get(key) ?? means, means, `two inputs, one key: ${key}`);
          byMeaning.set(means, key);
          byKey.set(key, means);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('parts that would run together are kept apart', () => {
    const custom = (...parts: string[]): string => taskKeys.custom({ name: 'n', parts });
    const all = [
      custom('a', 'b'),
      custom('a:b'),
      custom('a%3Ab'),
      custom('ab', ''),
      custom('', 'ab'),
      custom(),
      custom(''),
      taskKeys.custom({ name: 'n', version: '-' }),
      taskKeys.custom({ name: 'n', version: '%2D' }),
      taskKeys.custom({ name: 'n', version: '' }),
      taskKeys.custom({ name: 'n', date: '2025-10-01' }),
      taskKeys.custom({ name: 'n', version: '2025-10-01' }),
      taskKeys.custom({ name: 'n', parts: ['2025-10-01'] }),
      taskKeys.custom({ name: 'autoclose', parts: [123, '2025-10-01'] }),
      taskKeys.autoclose({ ticketId: 123, date: '2025-10-01' }),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it('falsy ids are ids, 7 and "7" are the same, -0 is 0', () => {
    const sent = (endpointId: string | number): string =>
      taskKeys.webhookDelivery({ endpointId, eventId: 'E' });
    assert.deepEqual([sent(0), sent(''), sent(-0)], ['webhook:0:E', 'webhook::E', 'webhook:0:E']);
    assert.equal(sent(7), sent('7'));
  });

  it('an instant is the day it falls on in the time zone, UTC unless said; a text is that day everywhere', () => {
    const late = new Date('2025-09-30T23:30:00Z');
    const on = (date: string | Date, timezone?: string): string =>
      taskKeys.autoclose({ ticketId: 1, date, ...(timezone === undefined ? {} : { timezone }) });
    assert.equal(on(late), 'autoclose:1:2025-09-30');
    assert.equal(on(late, 'Europe/Berlin'), 'autoclose:1:2025-10-01');
    assert.equal(on(late, 'America/Los_Angeles'), 'autoclose:1:2025-09-30');
    assert.equal(on('2025-10-01', 'America/Los_Angeles'), 'autoclose:1:2025-10-01');
    assert.equal(on(new Date(-62_135_596_800_000)), 'autoclose:1:0001-01-01');
    assert.equal(on(new Date(-62_135_596_800_000), 'Etc/UTC'), 'autoclose:1:0001-01-01');
    assert.equal(on('2024-02-29'), 'autoclose:1:2024-02-29');
  });

  const days: readonly unknown[] = [
    new Date(NaN),
    new Date(8.64e15),
    new Date('-000001-12-31T00:00:00Z'),
    '2025-02-29',
    '2025-13-01',
    '2025-00-10',
    '2025-1-1',
    '1.10.2025',
    '2025-10-01T00:00:00Z',
    '',
    0,
    null,
    { toISOString: () => '2025-10-01' },
  ];
  for (const date of days) {
    it(`refuses ${typeof date === 'string' ? `'${date}'` : String(date)} as a day`, () => {
      assert.throws(
        () => call('autoclose', { ticketId: 1, date }),
        (error) => error instanceof InvalidKeyError && error.part === 'autoclose.date',
      );
    });
  }

  it('refuses a time zone that is none, beside a text too', () => {
    for (const timezone of ['Mars/Olympus', '', 7, null]) {
      assert.throws(
        () => call('autoclose', { ticketId: 1, date: '2025-10-01', timezone }),
        (error) => error instanceof InvalidKeyError && error.part === 'autoclose.timezone',
      );
    }
  });

  for (const builder of builders) {
    it(`${builder.name}: each field that must be there is named when it is missing; strangers are refused`, () => {
      const whole = fc.sample(builder.arbitrary, { numRuns: 1, seed: 7 })[0] as Record<string, unknown>;
      for (const { name, optional, kind } of builder.fields) {
        if (optional === true) {
          assert.equal(
            call(builder.name, { ...whole, [name]: undefined }),
            call(builder.name, Object.fromEntries(Object.entries(whole).filter(([field]) => field !== name))),
          );
          continue;
        }
        const named = (error: unknown): boolean =>
          error instanceof InvalidKeyError && error.part === `${builder.name}.${name}`;
        assert.throws(() => call(builder.name, { ...whole, [name]: undefined }), named);
        if (kind !== 'data') assert.throws(() => call(builder.name, { ...whole, [name]: null }), named);
      }
      assert.throws(
        () => call(builder.name, { ...whole, tickedId: 1 }),
        (error) => error instanceof InvalidKeyError && error.part === `${builder.name}.tickedId`,
      );
      for (const none of [undefined, null, 'x', 7, [whole]]) {
        assert.throws(() => call(builder.name, none), InvalidKeyError);
      }
    });
  }

  it('refuses what is no id, without showing it', () => {
    const bad: unknown[] = [NaN, Infinity, 1.5, 2 ** 53, 7n, true, {}, ['secret'], () => 1, Symbol('s')];
    for (const value of bad) {
      assert.throws(
        () => call('dataImport', { source: 'sap', contentId: value }),
        (error) => error instanceof InvalidKeyError && !error.message.includes('secret'),
      );
      assert.throws(
        () => call('custom', { name: 'n', parts: ['a', value] }),
        (error) => error instanceof InvalidKeyError && error.part === 'custom.parts[1]',
      );
    }
    assert.throws(() => call('custom', { name: 'n', parts: 'ab' }), InvalidKeyError);
  });

  it('a digest does not depend on the order of fields, has 128 bits, and refuses what has no form', () => {
    const report = (parameters: unknown): string =>
      taskKeys.reportGeneration({ report: 'attendance_summary', parameters, userId: 'U789', format: 'pdf' });
    assert.equal(report({ month: 9, site: 4 }), report({ site: 4, month: 9 }));
    assert.notEqual(report({ month: 9 }), report({ month: '9' }));
    assert.match(report({}), /^report:attendance_summary:[\w-]{22}:U789:pdf$/);
    assert.throws(
      () => report({ filters: [{ fn: () => 1 }] }),
      (error) =>
        error instanceof NotRepresentableError && error.path === 'reportGeneration.parameters.filters[0].fn',
    );
    assert.throws(() => report(undefined), OnceError);
  });

  it('stays readable as the key of an operation', () => {
    const key = taskKeys.autoclose({ ticketId: 123, date: '2025-10-01' });
    assert.equal(
      deriveKey({ type: 'closeTicket', key }),
      '1/default/global/closeTicket/autoclose:123:2025-10-01',
    );
  });
});

interface Vector {
  readonly name: string;
  readonly builder: string;
  readonly fields: unknown;
  readonly key: string;
}

describe('[keys] the published vectors of task keys hold', () => {
  const text = readFileSync(join(root, 'docs/task-key-vectors.json'), 'utf8');
  const vectors = JSON.parse(text) as readonly Vector[];

  it('have one of each builder at least, and names of their own', () => {
    assert.deepEqual([...new Set(vectors.map(({ builder }) => builder))].sort(), [...names].sort());
    assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length);
  });
  for (const { name, builder, fields, key } of vectors) {
    it(name, () => assert.equal(call(builder, describedValue(fields)), key));
  }

  it('the table of docs/keys.md has a row for each builder, with the key it gives', () => {
    const docs = readFileSync(join(root, 'docs/keys.md'), 'utf8');
    for (const builder of names) {
      const row = docs.split('\n').find((line) => line.startsWith(`| \`${builder}\``)) ?? '';
      const key = row.split('|')[3]?.replace(/[` ]/g, '') ?? 'no row';
      assert.ok(
        vectors.some((vector) => vector.builder === builder && vector.key === key),
        `${builder}: ${key}`,
      );
    }
  });
});
