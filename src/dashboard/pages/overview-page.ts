import type { CountDelta } from '../../stores/store';
import { ANSWERS, barOf, sumOf, type Bar } from '../duplicates';
import { duplicatesChart } from '../duplicates-chart';
import { address, html, number, table, type Html } from '../html';
import type { PageContext, Shown } from '../page-context';
import { layout } from './layout';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS = 30;
const MOST_TYPES = 20;
/** The overview is to be there at once: what is not found by then is said to be looked for. */
const LOOK_MS = 150;
const LOOK_FOR = 20;

const DUPLICATES = Object.values(ANSWERS).flatMap(({ paths }) => [...paths]);
const FIRSTS = ['first', 'cached_error', 'not_kept'];

/** What is counted and should be looked at when it grows. */
const TROUBLES: Readonly<Record<string, string>> = {
  unknown_rerun: 'A holder vanished and the body ran again',
  unknown_failed: 'A holder vanished; recorded as failed until somebody decides',
  unknown_adopted: 'A holder vanished; the server had accepted its outcome',
  unknown_reconciled: 'A holder vanished; a function knew the outcome',
  mismatch: 'The same key with other arguments was refused',
  stale: 'A claim was lost before it could record its outcome',
  completed_unrecorded: 'Completed, but the store could not be told',
  unprotected: 'The store could not be asked; ran unprotected',
  refused: 'The store could not be asked; failed closed',
  not_kept: 'Completed without its result: too big to keep',
  lock_failed: 'A lock was not had in time',
  expired: 'A run of a schedule began too late and did nothing',
  start_outcomes_lost: 'A started workflow was forgotten before its end was read',
};

/** What is saved, what is held, what needs somebody. */
export async function overviewPage(
  { once }: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html> {
  const span = query['span'] === 'month' ? 'month' : 'day';
  const byHand = once.byHand();
  const look = { limit: LOOK_FOR, budgetMs: LOOK_MS };
  const [stats, coverage, live, unknown, bars] = await Promise.all([
    once.stats(),
    once.coverage(),
    byHand.page({ state: 'running' }, look),
    byHand.page({ state: 'unknown', locks: false }, look),
    span === 'day' ? hours(once) : days(once),
  ]);
  const found = ({ records, next }: { records: readonly unknown[]; next: string | undefined }): string =>
    next === undefined || records.length === 0 ? number(records.length) : `${records.length}+`;
  const soFar = (page: { records: readonly unknown[]; next: string | undefined }): string =>
    page.records.length === 0 && page.next !== undefined ? ' among the youngest' : '';
  const choice = (name: string, value: string | undefined): Html =>
    html`<a
      href="${address('/', { span: value })}"
      ${(value ?? 'day') === span ? html`aria-current="true"` : ''}
      >${name}</a
    >`;
  const content = html` <div id="overview" data-live>
    <ul class="tiles">
      <li><b>${number(stats.duplicates)}</b> <span>duplicates answered, 24 h</span></li>
      <li><b>${number(stats.firsts)}</b> <span>bodies run, 24 h</span></li>
      <li>
        <b><a href="/live">${found(live)}</a></b> <span>held now${soFar(live)}</span>
      </li>
      <li class="${unknown.records.length > 0 ? 'bad' : ''}">
        <b><a href="/unknown">${found(unknown)}</a></b> <span>unknown outcomes${soFar(unknown)}</span>
      </li>
      <li>
        <b><a href="/coverage">${coverage.types.length === 0 ? '–' : `${coverage.percentProtected} %`}</a></b>
        <span>of activity types protected</span>
      </li>
    </ul>
    <h2>Duplicates saved</h2>
    <p class="choices">${choice('24 hours', undefined)} ${choice(`${DAYS} days`, 'month')}</p>
    ${duplicatesChart(span === 'day' ? 'Duplicates answered, by hour' : 'Duplicates answered, by day', bars)}
    <h2>By type, 24 h</h2>
    ${typeTable(stats.counts)}
    <h2>To be looked at, 24 h</h2>
    ${troubleTable(stats.counts)}
  </div>`;
  return layout({ title: 'Overview', place: '/', content, refreshSeconds: 10 });
}

async function hours(once: Shown): Promise<Bar[]> {
  const [now, counts] = await Promise.all([once.clock(), once.byHand().countsPerHour(24)]);
  const last = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  return Array.from({ length: 24 }, (_, index) => {
    const from = new Date(last - (23 - index) * HOUR_MS);
    const there = counts.filter(({ hour }) => hour.getTime() === from.getTime());
    return barOf(from, `${from.toISOString().slice(11, 13)}:00`, there);
  });
}

async function days(once: Shown): Promise<Bar[]> {
  const [now, counts] = await Promise.all([once.clock(), once.byHand().countsPerDay(DAYS)]);
  const last = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  return Array.from({ length: DAYS }, (_, index) => {
    const from = new Date(last - (DAYS - 1 - index) * DAY_MS);
    const day = from.toISOString().slice(0, 10);
    return barOf(
      from,
      day,
      counts.filter((one) => one.day === day),
    );
  });
}

function typeTable(counts: readonly CountDelta[]): Html {
  const types = new Map<string, CountDelta[]>();
  for (const count of counts) {
    if (count.type === 'lock' || count.door === 'upkeep') continue;
    const there = types.get(count.type);
    if (there === undefined) types.set(count.type, [count]);
    else there.push(count);
  }
  const rows = [...types]
    .map(([type, of]) => ({ type, duplicates: sumOf(of, DUPLICATES), firsts: sumOf(of, FIRSTS) }))
    .filter(({ duplicates, firsts }) => duplicates + firsts > 0)
    .sort((a, b) => b.duplicates - a.duplicates || b.firsts - a.firsts)
    .slice(0, MOST_TYPES)
    .map(
      ({ type, duplicates, firsts }) =>
        html`<tr>
          <th scope="row"><a href="${address('/records', { type })}">${type}</a></th>
          <td>${number(duplicates)}</td>
          <td>${number(firsts)}</td>
        </tr>`,
    );
  return table(
    'Types with the most duplicates',
    ['Type', 'Duplicates answered', 'Bodies run'],
    rows,
    'Nothing was counted.',
  );
}

function troubleTable(counts: readonly CountDelta[]): Html {
  const rows = Object.entries(TROUBLES)
    .map(([path, words]) => ({ path, words, count: sumOf(counts, [path]) }))
    .filter(({ count }) => count > 0)
    .map(
      ({ path, words, count }) =>
        html`<tr>
          <th scope="row">${words}</th>
          <td><code>${path}</code></td>
          <td>${number(count)}</td>
        </tr>`,
    );
  return table('Counted troubles', ['What', 'Counter', 'Count'], rows, 'None.');
}
