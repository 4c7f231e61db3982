'use strict';

module.exports = {
  spec: ['dist/test/**/*.test.js'],
  reporter: './test/helpers/reporter.cjs',
  timeout: 60_000,
  forbidOnly: process.env.CI === 'true',
  // A worker's native runtime may outlive the tests.
  exit: true,
};
