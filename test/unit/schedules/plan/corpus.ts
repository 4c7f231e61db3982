/** Plans in YAML that must be accepted, and jobs that must not: used against the parser and against the JSON Schema. */
export const HEAD = 'version: 1\nplan: facility\n';
const WORKFLOW = '    workflow: { type: autocloseTickets, taskQueue: critical }\n';

/** A plan of one job with these lines; the job begins in line 4, its own lines in line 7. */
export function planOf(lines: string, cron = "    cron: '0,30 * * * *'\n"): string {
  const own = lines
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}\n`))
    .join('');
  const workflow = /^workflow:/m.test(lines) ? '' : WORKFLOW;
  return `${HEAD}jobs:\n  autoclose:\n    why: Closes stale tickets.\n${cron}${own}${workflow}`;
}
const timesOf = (lines: string): string => planOf(lines, '');

export const ACCEPTED: readonly (readonly [title: string, yaml: string])[] = [
  ['the least', planOf('')],
  ['several cron strings', timesOf("cron: ['0 1 * * *', '@every 27m/1m', '0 0 1 1 * 2030']")],
  ['an interval with its offset', timesOf('every: 27m\noffset: 1m')],
  ['several intervals', timesOf('every: [27m, { every: 1h, offset: 5m }]')],
  ['one calendar', timesOf('calendars: { hour: 9, minute: [0, 30], dayOfWeek: { start: MON, end: FRI } }')],
  [
    'several calendars',
    timesOf("calendars: [{ hour: '*/2', comment: even }, { hour: [1, '3-5'], year: 2030 }]"),
  ],
  ['all kinds of times at once', planOf('every: 27m\ncalendars: { hour: 3 }')],
  ['a zone', planOf('timezone: Europe/Berlin')],
  ['the zone in the cron string', timesOf("cron: 'CRON_TZ=Europe/Berlin 0 9 * * *'")],
  ['instants', planOf('startAt: 2026-01-01T00:00:00Z\nendAt: 2026-12-31T23:59:59.5+01:00')],
  ['an exclusion', planOf('exclude: { month: 12, dayOfMonth: 24, hour: "*", minute: "*" }')],
  ['the CLI spelling of an overlap policy', planOf('overlap: BufferOne')],
  [
    'durations',
    planOf('jitter: 0s\ncatchupWindow: 1h30m\nexpiresAfter: 1.5h\nexpectedDuration: 250ms\nresource: 2d'),
  ],
  ['switches', planOf('pauseOnFailure: true\npaused: true\nmovable: true\ncategory: critical\ntenant: acme')],
  ['an id of its own', planOf('id: nightly autoclose/1\njobType: autoclose')],
  [
    'arguments of every kind',
    planOf(
      'workflow: { type: a, taskQueue: b, id: base, executionTimeout: 25m, runTimeout: 5m, args: [1, -0.5, x, true, null, [], {}, { __proto__: 1, "a b": [{ c: 2 }] }] }',
    ),
  ],
  [
    'queues, avoid, defaults, separation',
    `${HEAD}defaults: { timezone: UTC, overlap: Skip, tenant: acme, workflow: { taskQueue: a, executionTimeout: 5m } }
queues: { a: {}, b: { capacity: 4 } }
avoid: [{ minutes: [0, 30], maxStarts: 0 }]
jobs:
  one: { why: x, cron: '5 * * * *', workflow: { type: one }, separateFrom: [{ job: two, by: 15m }] }
  two: { why: x, every: 1h, offset: 30m, workflow: { type: two, taskQueue: b } }
`,
  ],
  ['no jobs any more', `${HEAD}jobs: {}\n`],
  [
    'JSON with tabs',
    '{\n\t"version": 1, "plan": "p",\n\t"jobs": {\n\t\t"a": { "why": "x", "every": "1h", "workflow": { "type": "t", "taskQueue": "q" } }\n\t}\n}\n',
  ],
  [
    'an alias',
    `${HEAD}jobs:\n  a: { why: x, every: 1h, workflow: &w { type: t, taskQueue: q } }\n  b: { why: x, every: 2h, workflow: *w }\n`,
  ],
  ['line ends of Windows', planOf('timezone: UTC').replaceAll('\n', '\r\n')],
  // What YAML 1.1 would take for true, 1:30 in base 60, a date or an octal number.
  [
    'texts that only look like something else',
    planOf('resource: on\ntenant: 12:30\njobType: 2026-01-01\ncategory: 0x'),
  ],
];

/** Title, YAML, the problem as it is printed, and whether the schema refuses it too. */
export type Refused = readonly [title: string, yaml: string, said: RegExp, bySchema: boolean];

export const REFUSED: readonly Refused[] = [
  [
    'a slip in a name',
    planOf('timezon: UTC'),
    /^p:7:5: jobs\.autoclose\.timezon: no such field\. Did you mean timezone\?$/m,
    true,
  ],
  [
    "Kubernetes' schedule",
    planOf("schedule: '0 * * * *'"),
    /^p:7:5: jobs\.autoclose\.schedule: .*Write cron, every or calendars/m,
    true,
  ],
  ['timeZone', planOf('timeZone: UTC'), /^p:7:5: .*Write timezone\.$/m, true],
  [
    'concurrencyPolicy Forbid',
    planOf('concurrencyPolicy: Forbid'),
    /^p:7:5: .*Write overlap: SKIP\.$/m,
    true,
  ],
  ['concurrencyPolicy Allow', planOf('concurrencyPolicy: Allow'), /Write overlap: ALLOW_ALL\.$/m, true],
  [
    'concurrencyPolicy Replace',
    planOf('concurrencyPolicy: Replace'),
    /Write overlap: TERMINATE_OTHER\.$/m,
    true,
  ],
  [
    'concurrencyPolicy of no kind',
    planOf('concurrencyPolicy: constructor'),
    /SKIP for Forbid, ALLOW_ALL for Allow/,
    true,
  ],
  ['Forbid as an overlap policy', planOf('overlap: Forbid'), /^p:7:14: .*Did you mean SKIP\?$/m, true],
  ['startingDeadlineSeconds', planOf('startingDeadlineSeconds: 600'), /Write expiresAfter: 600s\.$/m, true],
  ['suspend', planOf('suspend: true'), /Write paused\.$/m, true],
  ['a merge key', planOf('<<: { paused: true }'), /^p:7:5: .*put what is common into defaults/m, true],
  ['a field of the workflow in the job', planOf('taskQueue: x'), /belongs into workflow/, true],
  ['no reason', planOf('').replace(/ {4}why.*\n/, ''), /^p:4:3: jobs\.autoclose\.why: is missing/m, true],
  [
    'an empty reason',
    planOf('').replace('Closes stale tickets.', "' '"),
    /^p:5:10: jobs\.autoclose\.why: empty/m,
    true,
  ],
  ['no times', timesOf('paused: true'), /^p:4:3: jobs\.autoclose: no times/m, false],
  [
    'an offset without an interval',
    planOf('offset: 1m'),
    /^p:7:13: .*an offset without one interval/m,
    false,
  ],
  [
    'an offset beside a list',
    timesOf('every: [1h, 2h]\noffset: 1m'),
    /^p:7:13: .*\{ every: 27m, offset: 1m \}/m,
    false,
  ],
  [
    'an offset beyond its interval',
    timesOf('every: 5m\noffset: 7m'),
    /^p:7:13: jobs\.autoclose\.offset: .*Give the remainder: 120s/m,
    false,
  ],
  [
    'an offset beyond, in a list',
    timesOf('every: [1h, { every: 5m, offset: 7m }]'),
    /^p:6:17: jobs\.autoclose\.every\[1\]/m,
    false,
  ],
  [
    "Quartz's last day",
    timesOf("cron: '0 0 L * *'"),
    /^p:6:16: jobs\.autoclose\.cron: .*Quartz's "last"/m,
    false,
  ],
  ['the same in plain style', timesOf('cron: 0 0 L * *'), /^p:6:15: jobs\.autoclose\.cron/m, false],
  ['behind escapes', timesOf('cron: "\\u0030 \\x30 L * *"'), /^p:6:24: jobs\.autoclose\.cron/m, false],
  ['behind a doubled quote', timesOf("cron: 'TZ=it''s 0 0 L * *'"), /^p:6:25: jobs\.autoclose\.cron/m, false],
  ['folded over lines', timesOf('cron: >\n  0 0\n  L * *'), /^p:6:11: jobs\.autoclose\.cron/m, false],
  [
    'in a list',
    timesOf("cron: ['0 0 * * *', '61 * * * *']"),
    /^p:6:26: jobs\.autoclose\.cron\[1\]: minute/m,
    false,
  ],
  [
    'a date that does not exist',
    timesOf("cron: '0 0 30 2 *'"),
    /^p:6:11: jobs\.autoclose\.cron: .*no such date/m,
    false,
  ],
  ['a start that does not exist', planOf('startAt: 2026-02-30T00:00:00Z'), /^p:7:14: .*no such date/m, false],
  ['an hour that does not exist', planOf('startAt: 2026-02-03T25:00:00Z'), /^p:7:14: .*no such date/m, false],
  ['a date without a time', planOf('startAt: 2026-02-03'), /Write 2026-02-03T00:00:00Z\.$/m, true],
  ['an instant without a zone', planOf('endAt: 2026-02-03 10:00'), /Write 2026-02-03T10:00Z/m, true],
  [
    'an end before the start',
    planOf('startAt: 2026-02-03T00:00:00Z\nendAt: 2026-02-02T00:00:00Z'),
    /^p:8:12: jobs\.autoclose\.endAt: before startAt/m,
    false,
  ],
  ['an unknown zone', planOf('timezone: europe/berlin'), /^p:7:15: .*Did you mean Europe\/Berlin\?$/m, false],
  [
    'a zone that contradicts the cron string',
    timesOf("cron: 'TZ=UTC 0 0 * * *'\ntimezone: Europe/Berlin"),
    /^p:7:15: .*contradicts/m,
    false,
  ],
  [
    'excludes that leave nothing',
    planOf("exclude: { hour: '*', minute: [0, 30] }"),
    /^p:7:14: jobs\.autoclose\.exclude: every time .*excluded/m,
    false,
  ],
  [
    'an exclude that is none',
    planOf('exclude: [{ hour: 25 }]'),
    /^p:7:23: jobs\.autoclose\.exclude\[0\]\.hour: .*out of range/m,
    false,
  ],
  ['a calendar with a slip', timesOf('calendars: { hours: 3 }'), /^p:6:18: .*Did you mean hour\?$/m, true],
  ['a calendar out of range', timesOf('calendars: { minute: 60 }'), /^p:6:26: .*0 to 59/m, false],
  ['a negative duration', planOf('jitter: -5s'), /^p:7:13: .*a negative duration/m, true],
  ['a number for a duration', planOf('catchupWindow: 300'), /^p:7:20: .*Write the unit: 300s/m, true],
  ['the same in quotes', planOf("catchupWindow: '300'"), /Write the unit: 300s/, true],
  ['a time of day for a duration', planOf('expiresAfter: 12:30'), /^p:7:19: .*12h30m/m, true],
  ["the SDK's text for a duration", planOf('expiresAfter: 2 hours'), /Write 2h\.$/m, true],
  ['an interval within a second', timesOf('every: 1500ms'), /^p:6:12: .*whole seconds.*Write 2s\.$/m, false],
  ['an interval of nothing', timesOf('every: 0s'), /below 1s/, false],
  ['an interval beyond 292 years', timesOf('every: 200000d'), /not a duration/, false],
  [
    'a distance within a second',
    `${planOf('separateFrom: [{ job: b, by: 500ms }]')}  b: { why: x, every: 1h, workflow: { type: t, taskQueue: q } }\n`,
    /^p:7:34: .*below 1s/m,
    false,
  ],
  [
    'a catch-up window under 10s',
    planOf('catchupWindow: 9s'),
    /^p:7:20: .*below 10s\. Write 10s or more\.$/m,
    false,
  ],
  [
    'an execution timeout under 1s',
    planOf('workflow: { type: a, taskQueue: b, executionTimeout: 999ms }'),
    /^p:7:58: .*below 1s/m,
    false,
  ],
  [
    'no workflow type',
    planOf('workflow: { taskQueue: b }'),
    /^p:7:5: jobs\.autoclose\.workflow\.type: is missing/m,
    true,
  ],
  [
    'no task queue anywhere',
    planOf('workflow: { type: b }'),
    /^p:7:5: .*taskQueue: is missing.*defaults/m,
    false,
  ],
  [
    'arguments that are no list',
    planOf('workflow: { type: a, taskQueue: b, args: { x: 1 } }'),
    /the list of arguments is wanted/,
    true,
  ],
  [
    'not a number as an argument',
    planOf('workflow: { type: a, taskQueue: b, args: [{ x: .nan }] }'),
    /args\[0\]\.x: not a finite number/,
    false,
  ],
  [
    'more digits than JavaScript keeps',
    planOf('workflow: { type: a, taskQueue: b, args: [9007199254740993] }'),
    /^p:7:47: .*Put it in quotes/m,
    false,
  ],
  [
    'a number where a text is wanted',
    planOf('resource: 7'),
    /^p:7:15: .*a number, where a resource is wanted\. Put it in quotes\.$/m,
    true,
  ],
  ['a text where a switch is wanted', planOf('paused: yes'), /^p:7:13: .*true or false/m, true],
  ['nothing there', planOf('paused:'), /^p:7:12: jobs\.autoclose\.paused: nothing there/m, true],
  ['a category of odd letters', planOf('category: a b'), /^p:7:15: .*letters, digits/m, true],
  ['a line end in an id', planOf('id: "a\\nb"'), /^p:7:9: .*control characters/m, true],
  ['a lone surrogate in an id', planOf('id: "a\\ud800"'), /no text/, false],
  ['an id that is too long', planOf(`id: ${'x'.repeat(978)}`), /longer than 977 bytes/, true],
  [
    'a separation from nobody',
    planOf('separateFrom: [{ job: autoclos, by: 1m }]'),
    /^p:7:27: .*no job 'autoclos' in this plan\. Did you mean autoclose\?$/m,
    false,
  ],
  [
    'a separation from itself',
    planOf('separateFrom: [{ job: autoclose, by: 1m }]'),
    /^p:7:27: .*the job itself/m,
    false,
  ],
  ['no version', 'plan: p\njobs: {}\n', /^p:1:1: version: is missing/m, true],
  ['another version', 'version: 2\nplan: p\njobs: {}\n', /^p:1:10: version: .*Write version: 1/m, true],
  ['a plan with a dot', 'version: 1\nplan: a.b\njobs: {}\n', /^p:2:7: plan: /m, true],
  ['no jobs', HEAD, /jobs: is missing/, true],
  ['nothing under jobs', `${HEAD}jobs:\n`, /^p:3:6: jobs: nothing there/m, true],
  ['jobs as a list', `${HEAD}jobs: [{ why: x }]\n`, /^p:3:7: jobs: a list, where a mapping/m, true],
  [
    'a job with an odd name',
    `${HEAD}jobs:\n  a b: { why: x, every: 1h, workflow: { type: t, taskQueue: q } }\n`,
    /^p:4:3: jobs\["a b"\]: not a name of a job/m,
    true,
  ],
  [
    'a minute that does not exist',
    `${HEAD}avoid: [{ minutes: [0, 60], maxStarts: 1 }]\njobs: {}\n`,
    /^p:3:24: avoid\[0\]\.minutes\[1\]: .*0 to 59/m,
    true,
  ],
  [
    'minutes without their number',
    `${HEAD}avoid: [{ minutes: [0] }]\njobs: {}\n`,
    /^p:3:9: avoid\[0\]\.maxStarts: is missing/m,
    true,
  ],
  ['a capacity of nothing', `${HEAD}queues: { a: { capacity: 0 } }\njobs: {}\n`, /queues\.a\.capacity/, true],
  [
    'a queue that is not declared',
    `queues: { critcal: {} }\n${planOf('')}`,
    /^p:8:52: .*taskQueue: the queue 'critical' is not declared\. Did you mean critcal\?/m,
    false,
  ],
  [
    'the same in the defaults',
    `${HEAD}queues: { a: {} }\ndefaults: { workflow: { taskQueue: b } }\njobs: {}\n`,
    /^p:4:36: defaults\.workflow\.taskQueue/m,
    false,
  ],
];
