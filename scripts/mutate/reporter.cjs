'use strict';
// Writes how many tests passed and the titles of those that failed into the file given as ONCE_MUTATION_REPORT. Mocha's
// own JSON reporter stumbles over values that JSON does not have, such as fences.
const { writeFileSync } = require('node:fs');
const { constants } = require('mocha').Runner;

module.exports = class {
  constructor(runner) {
    let passed = 0;
    const failed = [];
    runner.on(constants.EVENT_TEST_PASS, () => passed++);
    runner.on(constants.EVENT_TEST_FAIL, (test) => failed.push(test.fullTitle()));
    runner.once(constants.EVENT_RUN_END, () =>
      writeFileSync(process.env.ONCE_MUTATION_REPORT, JSON.stringify({ passed, failed })),
    );
  }
};
