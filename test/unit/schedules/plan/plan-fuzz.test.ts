import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Job } from '../../../../src/schedules/job';
import {
  definePlan,
  parsePlan,
  planProblemText,
  type JobInput,
  type PlanInput,
} from '../../../../src/schedules/plan';
import { assert } from '../../../helpers/assert';
import { ACCEPTED } from './corpus';

const VALID = [
  ...ACCEPTED.map(([, yaml]) => yaml),
  readFileSync(join('examples', 'facility', 'plan.yaml'), 'utf8'),
];
/** What breaks YAML, or means something in it. */
const PIECES = [
  ...'\t\n\r\0:-?[]{},#&*!|>%@`\'"\\~<'.split(''),
  ...[
    '- ',
    ': ',
    '---\n',
    '...\n',
    '<<: *a',
    '&a ',
    '*a',
    '!!',
    '%YAML 1.1\n',
    '\ufeff',
    '\ud800',
    '\\u',
    '0x',
    '1e999',
    '.nan',
    'null',
  ],
];

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60)),
    insert: fc.oneof(
      fc.constantFrom(...PIECES),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constant(''),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function edited(text: string, changes: readonly Edit[]): string {
  return changes.reduce((now, { at, remove, insert }) => {
    const start = Math.floor(at * now.length);
    return now.slice(0, start) + insert + now.slice(start + remove);
  }, text);
}

/** Either a plan or problems, each with a place inside the text. */
function holds(given: string | Uint8Array, text: string): void {
  const { plan, problems } = parsePlan(given, { file: 'p' });
  assert.equal(plan === undefined, problems.length > 0);
  const lines = text.replace(/^\ufeff/, '').split('\n');
  for (const problem of problems) {
    const { line = 0, column = 0, remedy } = problem;
    const length = lines[line - 1]?.length ?? -1;
    assert.ok(line >= 1 && column >= 1 && column <= length + 1, planProblemText(problem));
    assert.ok(remedy.length > 3);
  }
}

const seconds = (most: number) => fc.integer({ min: 10, max: most }).map((count) => `${count}s`);
const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const looksLike = fc.constantFrom(
  'on',
  'no',
  'null',
  '0,30',
  '12:30',
  '2026-01-01',
  '0x1',
  '1e3',
  '~',
  '*a',
  '#b',
  'ü',
  "it's",
  '- a',
);
const name = fc.oneof(word, looksLike);
const times: fc.Arbitrary<Partial<JobInput>> = fc.oneof(
  fc.record({
    cron: fc.constantFrom('0,30 * * * *', '*/5 * * * *', '@hourly', '@every 1h', '0 9 * * MON # work'),
  }),
  fc.record({ cron: fc.constant(['0 1 * * *', '0 2 * * *']) }),
  fc.record({ every: seconds(900), offset: fc.constantFrom('0s', '1s', '9s') }),
  fc.record({ every: fc.constant(['1h', { every: '2h', offset: '5m' }]) }),
  fc.record({ calendars: fc.constant([{ hour: 3, minute: [0, { start: 5, end: 9 }] }]) }),
);
const job: fc.Arbitrary<JobInput> = fc
  .tuple(
    times,
    fc.record(
      {
        why: name,
        workflow: fc.record(
          {
            type: name,
            taskQueue: name,
            args: fc.array(fc.jsonValue({ depthSize: 'small' }).filter(keptByYaml)),
            executionTimeout: seconds(99),
          },
          { requiredKeys: ['type', 'taskQueue'] },
        ),
        resource: name,
        tenant: name,
        jobType: name,
        timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
        overlap: fc.constantFrom('SKIP', 'AllowAll'),
        catchupWindow: seconds(600),
        expiresAfter: seconds(600),
        expectedDuration: seconds(600),
        startAt: fc.constant('2026-01-01T00:00:00Z'),
        paused: fc.boolean(),
        movable: fc.boolean(),
      },
      { requiredKeys: ['why', 'workflow'] },
    ),
  )
  .map(([when, rest]) => ({ ...rest, ...when }));
const plans: fc.Arbitrary<PlanInput> = fc.record({
  version: fc.constant(1 as const),
  plan: word,
  jobs: fc.dictionary(word, job, { maxKeys: 4 }),
});

/** A negative zero is written as 0, and whole numbers of more digits than JavaScript keeps are refused. */
function keptByYaml(value: unknown): boolean {
  if (typeof value === 'number')
    return !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return (
    typeof value !== 'object' ||
    value === null ||
    Object.entries(value).every(([, inner]) => keptByYaml(inner))
  );
}

const withoutPlace = ({ place: _, ...rest }: Job): Omit<Job, 'place'> => rest;

describe('[edge] plan files of any kind', () => {
  it('a broken plan is a plan or problems inside the file, never a crash', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VALID), edits, (text, changes) => {
        const broken = edited(text, changes);
        holds(broken, broken);
      }),
      { numRuns: 3000 },
    );
  }).timeout(120_000);

  it('so is a plan with broken bytes', () => {
    const bytes = fc.tuple(
      fc.constantFrom(...VALID),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.uint8Array({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(bytes, ([text, at, inserted]) => {
        const whole = Buffer.from(text);
        const start = Math.floor(at * whole.length);
        const broken = Buffer.concat([whole.subarray(0, start), inserted, whole.subarray(start)]);
        holds(broken, new TextDecoder('utf-8').decode(broken));
      }),
      { numRuns: 1000 },
    );
  }).timeout(120_000);

  it('a plan written as YAML or JSON is the plan of TypeScript', () => {
    fc.assert(
      fc.property(plans, (input) => {
        const defined = definePlan(input);
        for (const text of [
          stringify(input),
          JSON.stringify(input),
          JSON.stringify(input, undefined, '\t'),
        ]) {
          const { plan, problems } = parsePlan(text);
          assert.equal(problems.map(planProblemText).join('\n'), '', text);
          assert.deepEqual(plan?.jobs.map(withoutPlace), defined.jobs);
          assert.equal(plan?.name, defined.name);
        }
      }),
      { numRuns: 300 },
    );
  }).timeout(120_000);
});
