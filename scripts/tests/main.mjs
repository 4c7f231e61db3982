// The process of npm test, with the services up: checks, then mocha, then what failed and the one line that counts.
import { runCheck } from './check.mjs';
import { runMocha } from './mocha.mjs';
import { parseTestOptions } from './options.mjs';
import { red } from '../services/say.mjs';

const options = parseTestOptions(process.argv.slice(2));
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const add = (result) => {
  for (const name of Object.keys(total)) total[name] += result[name] ?? 0;
  failures.push(...(result.failures ?? []));
};

let checked = Promise.resolve([]);
// A part of the tests is run to try something out: then without the checks on the whole.
if (!options.category && !options.grep) {
  const checks = [
    ['lint', 'eslint', ['.']],
    ['format', 'prettier', ['--check', '.']],
  ];
  // Beside the first tests, which wait for faults more than for the machine.
  checked = Promise.all(checks.map((check) => runCheck(...check)));
}
add(await runMocha(options));
for (const result of await checked) add(result);

// On CI nothing may be passed over unnoticed.
if (process.env.CI === 'true' && total.skipped > 0) {
  console.log(`\n${total.skipped} skipped, which counts as failed here (CI=true).`);
  total.failed += total.skipped;
  total.skipped = 0;
}
// Again, and last: where it was first is far above, and a log that is cut keeps its end.
for (const { title, reason } of failures) console.log(`\n${red('✗')} ${title}\n${indented(reason)}`);
const ran = total.passed + total.failed > 0;
if (!ran) console.log('\nNo test ran.');
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = ran && total.failed === 0 ? 0 : 1;

/** The first lines of why a test failed: what a log can hold of it, whatever it says. */
function indented(reason) {
  const lines = reason.split('\n').slice(0, 40);
  return lines.map((line) => `    ${line.slice(0, 400)}`).join('\n');
}
