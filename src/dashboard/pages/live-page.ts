import { address, html, pager, type Html } from '../html';
import type { PageContext } from '../page-context';
import { layout } from './layout';
import { recordTable } from './record-table';
import { typeFilter } from './type-filter';

const PAGE = 50;

/** Who holds what right now, and for how long. */
export async function livePage(
  { once, temporalUi }: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html> {
  const { after, only, type = '' } = query;
  const locksOnly = only === 'locks';
  const filter = locksOnly
    ? ({ state: 'running', type: 'lock' } as const)
    : ({ state: 'running', locks: only === 'claims' ? false : undefined, type: type || undefined } as const);
  const { records, next } = await once.byHand().page(filter, { limit: PAGE, after });
  const choice = (name: string, value: string | undefined): Html =>
    html`<a
      href="${address('/live', { only: value, type })}"
      ${value === only ? html`aria-current="true"` : ''}
      >${name}</a
    >`;
  const content = html` <p>
      Claims and locks that somebody holds now, the youngest first. A live holder renews its lease at a third;
      one that is killed is an <a href="/unknown">unknown outcome</a> when its lease is over.
    </p>
    <p class="choices">
      ${choice('All', undefined)} ${choice('Claims', 'claims')} ${choice('Locks', 'locks')}
    </p>
    ${locksOnly ? '' : typeFilter('/live', type, { only })}
    <div id="live" data-live>
      ${recordTable('Live claims and locks', records, temporalUi, next === undefined ? 'Nobody holds anything.' : 'None among those looked at so far.')}
      ${pager('/live', { only, type, after }, next, records.length)}
    </div>`;
  return layout({ title: 'Live claims and locks', place: '/live', content, refreshSeconds: 5 });
}
