// npm run mutate: see USAGE.
// Takes out the lines that keep the guarantees, one at a time, and sees that the tests which should notice fail.
// A mutation that survives, or whose line is no longer there, is a failure. `--check` only looks for the lines, in the
// sources and in docs/guarantees.md; `--table` prints the table for it.
import { mkdirSync, readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../setup/build.mjs';
import { green, red, step, stopwatch } from '../services/say.mjs';
import { mutations, tableRow } from './mutations.mjs';
import { runTests } from './tests.mjs';
import { edited, Tree } from './tree.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const USAGE = 'npm run mutate -- [--grep <pattern>] [--sample] [--jobs <n>] [--check | --table]';
const options = asked();

function asked() {
  const flags = ['sample', 'check', 'table', 'help'].map((name) => [name, { type: 'boolean' }]);
  const known = { grep: { type: 'string' }, jobs: { type: 'string', default: '2' } };
  try {
    return parseArgs({ options: { ...known, ...Object.fromEntries(flags) } }).values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

/** What is amiss with the list itself: a line that has gone, an entry twice, a row that the documentation lacks. */
function amiss() {
  const documented = readFileSync(join(root, 'docs/guarantees.md'), 'utf8').replace(/ +/g, ' ');
  const rows = new Set();
  return mutations.flatMap((mutation) => {
    const { file, edits } = mutation;
    const row = tableRow(mutation);
    const faults = rows.has(row) ? [`stands in the list twice: ${row}`] : [];
    rows.add(row);
    try {
      edits.reduce(edited, readFileSync(join(root, file), 'utf8'));
    } catch (error) {
      faults.push(`${file}: ${error.message}`);
    }
    if (!documented.includes(row)) faults.push(`docs/guarantees.md lacks: ${row}`);
    return faults;
  });
}

const nameOf = ({ tests, grep }) => `${tests.join(' ')} ~ ${grep}`;

/** The same tests pass where nothing was taken out: otherwise a failure says nothing. */
async function passes(tree, mutation) {
  const { passed, failed, said } = await runTests(tree.folder, mutation);
  if (passed > 0 && failed.length === 0) return true;
  console.log(
    `${red('✗')} without any mutation: ${nameOf(mutation)}: ${failed[0] ?? `no test ran\n${said}`}`,
  );
  return false;
}

/** Copies of the tree as it is now; `work` is shared out among them. */
function makeTrees(parent, count) {
  const trees = Array.from({ length: count }, (_, job) => {
    const folder = join(parent, `tree-${job}`);
    mkdirSync(folder);
    return new Tree(root, folder);
  });
  return async (work, act) => {
    const queue = [...work];
    const jobs = trees.map(async (tree) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await act(tree, next);
    });
    await Promise.all(jobs);
  };
}

async function main() {
  if (options.help) {
    console.log(USAGE);
    return true;
  }
  if (options.table) return mutations.map(tableRow).forEach((row) => console.log(row));
  const faults = amiss();
  faults.forEach((fault) => console.log(`${red('✗')} ${fault}`));
  if (options.check || faults.length > 0) return faults.length === 0;
  await ensureBuilt(root);
  const wanted = mutations.filter(
    ({ guarantee, keeps, sample }) =>
      (!options.sample || sample) && new RegExp(options.grep ?? '').test(`${guarantee} ${keeps}`),
  );
  if (wanted.length === 0) {
    console.log(`${red('✗')} No mutation is called ${options.grep}.`);
    return false;
  }
  const took = stopwatch();
  const suites = [...new Map(wanted.map((mutation) => [nameOf(mutation), mutation])).values()];
  const parent = mkdtempSync(join(process.env.ONCE_RUN ?? tmpdir(), 'mutate-'));
  process.on('exit', () => rmSync(parent, { recursive: true, force: true }));
  const inTrees = makeTrees(parent, Math.max(1, Math.min(Number(options.jobs), wanted.length)));
  let sound = true;
  await inTrees(suites, async (tree, suite) => {
    sound = (await passes(tree, suite)) && sound;
  });
  if (!sound) return false;
  step(
    `${suites.length} parts of the suite pass as they are; now without ${wanted.length} things, one at a time`,
  );
  let survived = 0;
  await inTrees(wanted, async (tree, mutation) => {
    const startedAt = performance.now();
    tree.mutate(mutation);
    const { failed, hung, said } = await runTests(tree.folder, mutation);
    tree.mend();
    const noticed = failed.length > 0 || hung;
    if (!noticed) survived++;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
    const sign = noticed ? green('✔') : red('✗');
    console.log(`${sign} ${mutation.guarantee.padEnd(4)}${seconds} s  without: ${mutation.keeps}`);
    console.log(
      `              ${hung ? 'the tests hung' : (failed[0] ?? `SURVIVED ${nameOf(mutation)}\n${said}`)}`,
    );
  });
  console.log(`\n${wanted.length - survived} noticed, ${survived} survived (${took()})`);
  return survived === 0;
}

process.exitCode = (await main()) === false ? 1 : 0;
