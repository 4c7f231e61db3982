import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editedYaml, PlanEditError } from '../../../src/schedules/coordinate/edit-yaml';
import { replaceFile } from '../../../src/schedules/coordinate/write-plan';
import { shiftedSpec } from '../../../src/schedules/coordinate/shifts';
import { requirePlan } from '../../../src/schedules/plan';
import { assert } from '../../helpers/assert';

/** The text after a move of job a by so many minutes. */
function moved(text: string, minutes: number): string {
  const plan = requirePlan(text);
  const jobs = plan.jobs.map((job) =>
    job.name === 'a' ? { ...job, spec: shiftedSpec(job.spec, minutes) } : job,
  );
  return editedYaml(text, {
    moves: [{ job: 'a', from: '', to: '', byMs: minutes * 60_000 }],
    plan: { ...plan, jobs },
  });
}

const plan = (times: string, line = '\n'): string =>
  [
    '# head',
    'version: 1',
    'plan: p',
    'jobs:',
    '  b: { why: b, every: 1h, workflow: { type: b, taskQueue: q } } # behind b',
    '  a:',
    '    why: x # why',
    ...times.split('\n').map((one) => `    ${one}`),
    '    # between',
    '    workflow: { type: a,   taskQueue: q }',
    '',
  ].join(line);

describe('[edge] moves in the text of a plan file', () => {
  it('changes the times and no other byte', () => {
    for (const [before, minutes, after] of [
      ['every: 27m # drifts', 1, 'every: 27m # drifts\n    offset: 1m'],
      ['every: 27m\noffset: 1m # why', 2, 'every: 27m\noffset: 3m # why'],
      ['every: 27m\noffset: 1m', -1, 'every: 27m\noffset: 0s'],
      ["cron: '0,30 * * * *' # half", 5, "cron: '5,35 * * * *' # half"],
      ['cron: "*/20 * * * *"', 5, 'cron: "5,25,45 * * * *"'],
      ['cron: 0 9 * * 1', 5, "cron: '5 9 * * 1'"],
      ["cron: ['0 9 * * *', '10 9 * * *']", 5, "cron: ['5 9 * * *', '15 9 * * *']"],
      [
        'every: [27m, { every: 1h, offset: 5m }]',
        1,
        'every: [{ every: 27m, offset: 1m }, { every: 1h, offset: 6m }]',
      ],
      ['calendars: { hour: 9, minute: [0, 30] }', 5, 'calendars: { hour: 9, minute: [5, 35] }'],
      ['calendars: { hour: 9 }', 5, 'calendars: { hour: 9, minute: 5 }'],
    ] as const) {
      const wanted = plan(after.replace('\n    offset', '\noffset'));
      assert.equal(moved(plan(before), minutes), wanted, before);
    }
  });

  it('keeps the ends of lines, flow style and JSON', () => {
    assert.equal(
      moved(plan('every: 27m', '\r\n'), 1),
      plan('every: 27m\noffset: 1m', '\r\n').replaceAll('\n    offset', '\n    offset'),
    );
    const flow =
      'version: 1\nplan: p\njobs: { a: { why: a, every: 27m, workflow: { type: a, taskQueue: q } } }\n';
    assert.equal(moved(flow, 1), flow.replace('every: 27m', 'every: 27m, offset: 1m'));
    const json = JSON.stringify({
      version: 1,
      plan: 'p',
      jobs: { a: { why: 'a', every: '27m', workflow: { type: 'a', taskQueue: 'q' } } },
    });
    assert.equal(moved(json, 1), json.replace('"every":"27m"', '"every":"27m", "offset": "1m"'));
  });

  it("refuses what it can't write without changing something else", () => {
    const shared = plan('every: *hour').replace('every: 1h', 'every: &hour 1h');
    assert.throws(() => moved(shared, 1), PlanEditError);
    const anchor = plan("cron: &c '0 9 * * *'");
    assert.throws(() => moved(anchor, 1), PlanEditError);
    const twice = `version: 1
plan: p
jobs:
  a: &a { why: a, every: 27m, workflow: { type: a, taskQueue: q } }
  b: *a
`;
    assert.throws(() => moved(twice, 1), /read differently/);
  });
});

describe('[edge] the file of a plan that is replaced', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'once-coordinate-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps its mode and stays behind its link; nothing is left beside it', async () => {
    const [path, link] = [join(folder, 'plan.yaml'), join(folder, 'link.yaml')];
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    await replaceFile(link, Buffer.from('old'), 'new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.deepEqual(readdirSync(folder).sort(), ['link.yaml', 'plan.yaml']);
  });

  it('is left alone when it was changed meanwhile', async () => {
    const path = join(folder, 'plan.yaml');
    writeFileSync(path, 'changed');
    await assert.rejects(replaceFile(path, Buffer.from('old'), 'new'), PlanEditError);
    assert.equal(readFileSync(path, 'utf8'), 'changed');
    assert.deepEqual(readdirSync(folder), ['plan.yaml']);
  });
});
