'use strict';

// Most of the tests wait for servers and processes. `npm test` runs them in lanes beside each other, each in a process of its
// own: see scripts/tests/mocha.mjs. Whatever no other lane has is in the lane `rest`.
const integration = (...names) => `dist/test/integration/{${names.join(',')}}*.test.js`;
const schedules = [
  'dist/test/{examples,guard,registry,schedules}/**/*.test.js',
  integration('health', 'observed', 'plan', 'reconcile', 'schedule', 'visibility'),
];
const doors = [
  'dist/test/{browser,failover,http,metrics,package,performance}/**/*.test.js',
  integration('child', 'command', 'coverage', 'doors', 'expiry', 'message', 'metrics', 'occurrence'),
  integration('operators', 'preflight', 'signals', 'standalone', 'start', 'two-workers', 'updates'),
];
const all = 'dist/test/**/*.test.js';
const lanes = {
  schedules: { spec: schedules },
  doors: { spec: doors },
  rest: { spec: [all], ignore: [...schedules, ...doors] },
};

module.exports = {
  ...(lanes[process.env.ONCE_TEST_LANE] ?? { spec: [all] }),
  reporter: './test/helpers/reporter.cjs',
  timeout: 60_000,
  forbidOnly: process.env.CI === 'true',
  // A worker's native runtime may outlive the tests.
  exit: true,
};
