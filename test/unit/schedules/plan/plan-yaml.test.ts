import { parsePlan, PlanError, planProblemText, requirePlan } from '../../../../src/schedules/plan';
import { MAX_PLAN_BYTES } from '../../../../src/schedules/plan/yaml-limits';
import { assert } from '../../../helpers/assert';
import { HEAD, planOf } from './corpus';

const said = (yaml: string | Uint8Array): string =>
  parsePlan(yaml, { file: 'p' }).problems.map(planProblemText).join('\n');
const argsOf = (args: string): string => planOf(`workflow: { type: a, taskQueue: b, args: ${args} }`);

describe('[edge] YAML that a plan must not use', () => {
  it('a name twice: both lines', () => {
    const job = 'autoclose: { why: x, every: 1h, workflow: { type: t, taskQueue: q } }';
    const text = said(`${planOf('')}  ${job}\n`);
    assert.match(text, /^p:8:3: jobs\.autoclose: named twice, first in line 4\./);
    assert.match(said(planOf('paused: true\npaused: true')), /^p:8:5: .*named twice, first in line 7/);
    assert.match(said(`${HEAD}plan: b\njobs: {}\n`), /^p:3:1: plan: named twice, first in line 2/);
  });

  it('two jobs of one schedule id: both lines', () => {
    const job = (id: string): string =>
      `{ why: x, every: 1h, id: ${id}, workflow: { type: t, taskQueue: q } }`;
    assert.match(
      said(`${planOf('')}  b: ${job('facility.autoclose')}\n`),
      /^p:8:31: jobs\.b\.id: the schedule id 'facility\.autoclose' is that of job autoclose, line 4\./,
    );
    assert.match(
      said(planOf('').replace('jobs:\n', `jobs:\n  b: ${job('facility.autoclose')}\n`)),
      /^p:5:3: jobs\.autoclose: the schedule id .* job b, line 4/,
    );
  });

  it('a distance from one job twice', () => {
    const twice = planOf('separateFrom: [{ job: b, by: 1m }, { job: b, by: 2m }]');
    assert.match(
      said(`${twice}  b: { why: x, every: 1h, workflow: { type: t, taskQueue: q } }\n`),
      /^p:7:47: .*a second distance from 'b'/,
    );
  });

  it('tabs for indentation', () =>
    assert.match(
      said(planOf('').replace('    why', '\twhy')),
      /^p:5:\d+: not YAML: tabs .*Indent with spaces/m,
    ));

  it('a cron string without quotes', () => {
    for (const cron of ['* * * * *', '*/5 * * * *', '@hourly'])
      assert.match(said(planOf('', `    cron: ${cron}\n`)), /^p:6:\d+: .*needs quotes/, cron);
  });

  it('several documents', () => assert.match(said(`${planOf('')}---\na: 1\n`), /^p:\d+:\d+: .*document/));

  it('nothing', () => {
    for (const nothing of ['', '# a comment\n', '---\n', 'null', '~'])
      assert.match(said(nothing), /^p:1:\d: .*(no plan in it|nothing there)/, JSON.stringify(nothing));
  });

  it('something else', () => {
    for (const other of ['7', 'plan', '[1]', '- version: 1'])
      assert.match(said(other), /where a plan is wanted/);
  });

  it('tags, and a %YAML line of another version', () => {
    assert.match(said(planOf('paused: !!binary aGk=')), /^p:7:\d+: .*tag/);
    assert.match(said(planOf('paused: !mine true')), /tag/);
    assert.match(said(`%YAML 1.1\n---\n${planOf('paused: on')}`), /%YAML/);
  });

  it('aliases: of nothing, of what they stand in, of more values than a plan may have', () => {
    assert.match(said(planOf('resource: *nobody')), /an alias without its anchor/);
    assert.match(said(argsOf('&a [*a]')), /^p:7:\d+: .*an alias of what it stands in/);
    const bomb = Array.from({ length: 30 }, (_, n) => `&b${n} [*b${n - 1}, *b${n - 1}]`).slice(1);
    const before = process.memoryUsage().heapUsed;
    assert.match(said(argsOf(`[&b0 [x], ${bomb.join(', ')}]`)), /^p:7:\d+: more than 200000 values/);
    assert.ok(process.memoryUsage().heapUsed - before < 50_000_000);
  });

  it('nesting without end, in every style', () => {
    for (const part of ['[', '{a: ', '- ', '? ', 'a: {', '- - '])
      assert.match(said(part.repeat(100_000)), /^p:1:\d+: nested deeper than 64 levels/, part);
    assert.match(said(argsOf(`${'['.repeat(70)}${']'.repeat(70)}`)), /nested deeper/);
  }).timeout(60_000);

  it('a name that is no text', () =>
    assert.match(said(argsOf('[{ [a]: 1 }]')), /^p:7:\d+: .*a name that is no text/));

  it('more than a plan may be: typed, and before it is parsed', () => {
    const started = performance.now();
    for (const big of ['x'.repeat(10_000_000), Buffer.alloc(MAX_PLAN_BYTES + 1, 'x')])
      assert.throws(
        () => requirePlan(big, { file: 'p' }),
        (error: unknown) => {
          assert.ok(error instanceof PlanError);
          assert.equal(error.code, 'INVALID_PLAN');
          assert.equal(error.problems[0]?.rule, 'unreadable');
          return true;
        },
      );
    assert.ok(performance.now() - started < 1000);
  });

  it('bytes that are not UTF-8, with their place', () => {
    const bytes = Buffer.from(planOf('resource: caf\u00e9'), 'latin1');
    assert.match(said(bytes), /^p:7:18: not UTF-8\. Save the file as UTF-8\.$/);
    assert.match(said(Buffer.from(`\ufeff${planOf('')}`, 'utf16le')), /UTF-16/);
  });

  it('a byte order mark is no problem, and moves no column', () => {
    assert.equal(said(`\ufeff${planOf('')}`), '');
    assert.equal(said(Buffer.from(`\ufeff${planOf('')}`)), '');
    assert.match(said(`\ufeffversion: 2\nplan: p\njobs: {}\n`), /^p:1:10: /);
  });

  it('a YAML 1.1 surprise stays the text that was written', () => {
    const { plan } = parsePlan(
      planOf(
        'resource: on\ntenant: 12:30\njobType: 2026-01-01\nworkflow: { type: no, taskQueue: 0o, id: 1_000 }',
      ),
    );
    const [job] = plan?.jobs ?? [];
    assert.deepEqual(
      [
        job?.resource,
        job?.tenant,
        job?.jobType,
        job?.workflow.type,
        job?.workflow.taskQueue,
        job?.workflow.workflowId,
      ],
      ['on', '12:30', '2026-01-01', 'no', '0o', '1_000'],
    );
    const list = parsePlan(planOf('', '    cron: 0,30 * * * *\n'));
    assert.equal(list.plan?.jobs[0]?.specText, '0,30 * * * *');
    assert.equal(
      parsePlan(`${HEAD}jobs:\n  007: { why: x, every: 1h, workflow: { type: t, taskQueue: q } }\n`).plan
        ?.jobs[0]?.id,
      'facility.007',
    );
  });

  it('all that is wrong, in the order of the file', () => {
    const { problems } = parsePlan(
      `version: 3\nplan: a.b\nqueus: {}\njobs:\n  x: { why: '', cron: '61 L * * *', jitter: 5, workflow: {} }\n  x: {}\n`,
    );
    assert.deepEqual(
      problems.map(({ line, path }) => `${line} ${path}`),
      [
        '1 version',
        '2 plan',
        '3 queus',
        '5 jobs.x.why',
        '5 jobs.x.cron',
        '5 jobs.x.cron',
        '5 jobs.x.jitter',
        '5 jobs.x.workflow.type',
        '5 jobs.x.workflow.taskQueue',
        '6 jobs.x',
      ],
    );
  });

  it('what is wrong in the defaults is said once; what it does to a job names the job', () => {
    const plan = (exclude: string): string =>
      `${HEAD}defaults: { exclude: ${exclude} }
jobs:
  a: { why: x, cron: '0 * * * *', workflow: { type: t, taskQueue: q } }
  b: { why: x, cron: '30 9 * * *', workflow: { type: t, taskQueue: q } }
`;
    assert.match(said(plan('{ hour: 25 }')), /^p:3:30: defaults\.exclude\.hour: [^\n]*$/);
    assert.match(said(plan("{ hour: '*' }")), /^p:3:22: defaults\.exclude: every time .* \(job a\)[^\n]*$/);
  });

  it('no value of an argument is in a problem', () => {
    const all = [
      '[{ a: secret, b: .nan }]',
      'secret',
      '[secret, &a [*a]]',
      '[{ a: secret, [b]: 2 }]',
      '"secret',
      '[9007199254740993]',
    ];
    for (const args of all) {
      assert.notEqual(said(argsOf(args)), '', args);
      assert.doesNotMatch(said(argsOf(args)), /secret|9007199254740993/, args);
    }
  });
});
