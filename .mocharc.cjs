'use strict';

// What mostly waits for a server to act. `npm test` runs it beside the rest, in a process of its own: see scripts/tests/mocha.mjs.
const waiting = [
  'dist/test/examples/**/*.test.js',
  'dist/test/guard/**/*.test.js',
  'dist/test/registry/**/*.test.js',
  'dist/test/schedules/**/*.test.js',
  'dist/test/integration/{child,command,doors,expiry,message,occurrence,parents,plan,preflight,reconcile,schedule,signals,start,updates}*.test.js',
];
const all = 'dist/test/**/*.test.js';
const lanes = { waiting: { spec: waiting }, rest: { spec: [all], ignore: waiting } };

module.exports = {
  ...(lanes[process.env.ONCE_TEST_LANE] ?? { spec: [all] }),
  reporter: './test/helpers/reporter.cjs',
  timeout: 60_000,
  forbidOnly: process.env.CI === 'true',
  // A worker's native runtime may outlive the tests.
  exit: true,
};
