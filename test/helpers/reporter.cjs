'use strict';
// The reporter of npm test: the tests as they run, then the failures, then a table of tests and assertions a category.
// A title says its category in square brackets, `[locks]`. The counts go into the file ONCE_TEST_REPORT,
// and with them what failed: `npm test` says it again at its end, since lanes write much after each other.

const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const Mocha = require('mocha');

const { Base } = Mocha.reporters;
const { constants } = Mocha.Runner;

/** Reads how many assertions were made so far; 0 when the helper that counts them is not there. */
function assertionCounter() {
  try {
    return require(join(process.cwd(), 'dist/test/helpers/assert.js')).assertionCount;
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return () => 0;
  }
}

const failureOf = (test) => ({ title: test.fullTitle(), reason: test.err?.stack ?? String(test.err) });

const categoryOf = (test) => /\[([a-z]+)\]/.exec(test.fullTitle())?.[1] ?? 'other';

class Reporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const assertions = assertionCounter();
    const { color, consoleLog: log, symbols } = Base;
    const categories = new Map();
    const counts = { passed: 0, failed: 0, skipped: 0 };
    let depth = 0;
    let before = 0;

    const indent = () => '  '.repeat(depth);
    const count = (test, outcome) => {
      counts[outcome]++;
      const name = categoryOf(test);
      const row = categories.get(name) ?? { passed: 0, failed: 0, skipped: 0, assertions: 0 };
      row[outcome]++;
      if (outcome !== 'skipped') row.assertions += assertions() - before;
      before = assertions();
      categories.set(name, row);
    };

    runner.on(constants.EVENT_SUITE_BEGIN, (suite) => {
      if (!suite.root && suite.total() > 0) log(`${indent()}${color('suite', suite.title)}`);
      if (!suite.root) depth++;
    });
    runner.on(constants.EVENT_SUITE_END, (suite) => {
      if (!suite.root) depth--;
      if (depth === 0 && !suite.root) log('');
    });
    runner.on(constants.EVENT_TEST_BEGIN, () => (before = assertions()));
    runner.on(constants.EVENT_TEST_PASS, (test) => {
      const time = test.speed === 'fast' ? '' : color(test.speed ?? 'fast', ` (${test.duration} ms)`);
      log(`${indent()}${color('checkmark', symbols.ok)} ${color('pass', test.title)}${time}`);
      count(test, 'passed');
    });
    runner.on(constants.EVENT_TEST_PENDING, (test) => {
      log(`${indent()}${color('pending', `- ${test.title}`)}`);
      count(test, 'skipped');
    });
    runner.on(constants.EVENT_TEST_FAIL, (test) => {
      log(`${indent()}${color('fail', `${this.failures.length + 1}) ${test.title}`)}`);
      count(test, 'failed');
    });
    runner.once(constants.EVENT_RUN_END, () => {
      if (this.failures.length) Base.list(this.failures);
      printTable(categories, log);
      const report = { ...counts, failures: this.failures.map(failureOf) };
      if (process.env.ONCE_TEST_REPORT) writeFileSync(process.env.ONCE_TEST_REPORT, JSON.stringify(report));
    });
  }
}

function printTable(categories, log) {
  const row = (name, tests, assertions, notes = '') =>
    log(
      `  ${name.padEnd(14)}${String(tests).padStart(7)}${String(assertions).padStart(13)}  ${notes}`.trimEnd(),
    );
  const rows = [...categories].sort(([a], [b]) => a.localeCompare(b));
  if (!rows.length) return;
  const ran = ({ passed, failed }) => passed + failed;
  const sum = (pick) => rows.reduce((total, [, counts]) => total + pick(counts), 0);
  row('category', 'tests', 'assertions');
  for (const [name, counts] of rows) {
    const notes = ['failed', 'skipped'].filter((key) => counts[key]).map((key) => `${counts[key]} ${key}`);
    row(name, ran(counts), counts.assertions, notes.join(', '));
  }
  row(
    'all',
    sum(ran),
    sum((counts) => counts.assertions),
  );
}

module.exports = Reporter;
