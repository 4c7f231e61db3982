import type { ListedState } from '../../stores/records-view';
import { html, pager, type Html } from '../html';
import type { PageContext } from '../page-context';
import { layout } from './layout';
import { recordTable } from './record-table';

const PAGE = 50;
const STATES: Readonly<Record<ListedState, string>> = {
  running: 'running',
  vanished: 'holder vanished',
  unknown: 'unknown outcome',
  completed: 'completed',
  failed: 'failed',
  free: 'free, not yet swept',
};

/** All records, by when they were claimed. */
export async function recordsPage(
  { once, temporalUi }: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html> {
  const given = (name: string): string | undefined =>
    query[name] === undefined || query[name] === '' ? undefined : query[name];
  const state = Object.keys(STATES).find((one) => one === query['state']) as ListedState | undefined;
  const [type, workflowId, label, prefix, order, after] = [
    'type',
    'workflow',
    'label',
    'prefix',
    'order',
    'after',
  ].map(given);
  const { records, next } = await once
    .byHand()
    .page(
      { state, type, workflowId, label, keyPrefix: prefix },
      { limit: PAGE, after, oldestFirst: order === 'oldest' },
    );
  const text = (name: string, title: string, value: string | undefined): Html =>
    html`<label
      >${title} <input name="${name}" value="${value ?? ''}" spellcheck="false" autocomplete="off"
    /></label>`;
  const option = (value: string, title: string, chosen: boolean): Html =>
    html`<option value="${value}" ${chosen ? html`selected` : ''}>${title}</option>`;
  const content = html` <form class="filter" method="get" action="/records" aria-label="Which records">
      <label
        >State
        <select name="state">
          ${option('', 'any', state === undefined)}
          ${Object.entries(STATES).map(([value, title]) => option(value, title, value === state))}
        </select></label
      >
      ${text('type', 'Type', type)} ${text('workflow', 'Workflow id', workflowId)}
      ${text('label', 'Label', label)} ${text('prefix', 'Key begins with', prefix)}
      <label
        >Order
        <select name="order">
          ${option('', 'youngest first', order !== 'oldest')}
          ${option('oldest', 'oldest first', order === 'oldest')}
        </select></label
      >
      <button>Filter</button>
    </form>
    <div id="records" data-live>
      ${recordTable('Records', records, temporalUi, next === undefined ? 'No record fits.' : 'None among those looked at so far.')}
      ${pager('/records', { state, type, workflow: workflowId, label, prefix, order, after }, next, records.length)}
    </div>`;
  return layout({ title: 'Records', place: '/records', content, refreshSeconds: 30 });
}
