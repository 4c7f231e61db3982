import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choose } from '../../bench/choice';
import { fill, MARKED } from '../../bench/page/fill';
import { readResults } from '../../bench/results';
import { costs } from '../../bench/profile';
import { openLoop, quantile } from '../../bench/open-loop';
import { ROOT } from '../package/support';
import { assert } from '../helpers/assert';

const PAGE = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8');
const COMMITTED = join(ROOT, 'bench', 'results');
const FILES = readdirSync(COMMITTED)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => join(COMMITTED, name));
const COMMAND = /`npm run bench -- ([^`]+)`/g;

describe('[performance] the page of what was measured', () => {
  it('says what the committed results say: tables and ratios are as --page writes them', () => {
    assert.ok(FILES.length > 0, 'bench/results has a file that --json wrote');
    assert.equal(fill(PAGE, readResults(FILES)), PAGE);
  });

  it('shows only plots that are there', () => {
    const plots = [...PAGE.matchAll(/\((images\/[^)]+\.svg)\)/g)].map(([, file]) => file ?? '');
    assert.ok(plots.length > 0);
    for (const file of plots)
      assert.match(readFileSync(join(ROOT, 'docs', file), 'utf8'), /^<svg/, `docs/${file}`);
  });

  it('gives a command for each of its claims, and the command is understood', () => {
    const sections = PAGE.split(/^## /m).slice(1);
    const claiming = sections.filter((text) => text.match(MARKED) !== null || /\d (times|%)/.test(text));
    assert.ok(claiming.length > 0);
    for (const section of claiming) {
      const title = section.slice(0, section.indexOf('\n'));
      if (title === 'The machine') continue;
      const commands = [...section.matchAll(COMMAND)].map(([, args]) => args ?? '');
      assert.ok(commands.length > 0, `'${title}' says by which command its claims are measured`);
    }
    for (const [, args = ''] of PAGE.matchAll(COMMAND)) assert.ok(choose(args.split(' ')) !== 'help', args);
  });

  it('states figures in its sentences as ratios of the results, and no other', () => {
    const prose = PAGE.replaceAll(MARKED, '')
      .replaceAll(/```[^]*?```/g, '')
      .replaceAll(/`[^`]*`/g, '');
    assert.ok(!/\d[\d,.]*\s*(µs|us|ops\/s|operations\/s|activities\/s)\b/.test(prose));
    assert.ok(!/\d(\.\d+)? times/.test(prose));
  });

  it('refuses to fill a mark for which nothing was measured, by its name', () => {
    const results = readResults(FILES);
    assert.throws(() => fill('<!-- ratio: nonsense -->1<!-- end -->', results), /'nonsense'/);
    assert.throws(() => fill('<!-- table: nonsense-* -->\n<!-- end -->', results), /'nonsense-\*'/);
  });
});

describe('[performance] how the benchmark measures', () => {
  it('counts a latency from the time at which a call was due, so that a stall meets all that it holds up', async () => {
    const STALL_MS = 150;
    let calls = 0;
    const stalling = async (): Promise<void> => {
      if (calls++ !== 20) return;
      const until = performance.now() + STALL_MS;
      while (performance.now() < until);
    };
    const { p99Micros, answered } = await openLoop(stalling, 1000, 400, 'even');
    assert.equal(answered, 1);
    // A closed loop would have one slow call of 400, and a p99 of next to nothing.
    assert.ok(p99Micros >= (STALL_MS / 2) * 1000, `${p99Micros} µs`);
    assert.ok(Math.abs(calls - 400) <= 1, `${calls} calls`);
  });

  it('says what was not answered at all, instead of leaving it out', async () => {
    let calls = 0;
    const hanging = (): Promise<void> =>
      calls++ % 2 === 0 ? Promise.resolve() : new Promise(() => undefined);
    const { p99Micros, answered } = await openLoop(hanging, 200, 100, 'even');
    assert.equal(answered, 0.5);
    assert.equal(p99Micros, Infinity);
  });

  it('takes quantiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => n + 1);
    assert.deepEqual([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)], [50, 99, 100]);
  });

  it('gives self time to the place of the code, of built-in code to its caller, and leaves idle time out', () => {
    const frame = (functionName: string, url = '') => ({
      functionName,
      url,
      scriptId: '0',
      lineNumber: 0,
      columnNumber: 0,
    });
    const found = costs({
      startTime: 0,
      endTime: 1_000,
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 3, 6] },
        { id: 2, callFrame: frame('(idle)') },
        { id: 3, callFrame: frame('claim', 'file:///x/dist/src/stores/postgres/claim.js'), children: [4, 5] },
        { id: 4, callFrame: frame('push') },
        { id: 5, callFrame: frame('query', '/x/node_modules/pg-protocol/dist/serializer.js') },
        { id: 6, callFrame: frame('(garbage collector)') },
      ],
      samples: [2, 3, 4, 5, 6, 1],
      timeDeltas: [0, 500, 100, 100, 200, 100],
    });
    assert.deepEqual(
      found.map(({ place, share }) => [place, share]),
      [
        ['temporal-once: stores/postgres', 0.4],
        ['pg', 0.4],
        ['garbage collection', 0.2],
      ],
    );
  });
});
