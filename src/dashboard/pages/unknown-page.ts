import { address, html, pager, table, type Html } from '../html';
import type { PageContext } from '../page-context';
import { ageOf, ownerOf, stateBadge } from '../record-words';
import { keyLink, layout } from './layout';
import { typeFilter } from './type-filter';

const PAGE = 50;

/** Holders that vanished: nobody can tell whether their effect happened, until somebody finds out. */
export async function unknownPage(
  context: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html> {
  const { once, temporalUi, readOnly } = context;
  const { after, type = '' } = query;
  const { records, next } = await once
    .byHand()
    .page({ state: 'unknown', locks: false, type: type || undefined }, { limit: PAGE, after });
  const decide = (key: string, action: string, name: string): Html =>
    html`<a class="action" href="${address('/decide', { key, action })}" aria-label="${name} ${key}"
      >${name}</a
    >`;
  const rows = records.map(
    (record) =>
      html`<tr>
        <th scope="row">${keyLink(record.key)}</th>
        <td class="decisions">
          ${
            readOnly
              ? ''
              : [
                  decide(record.key, 'reconcile', 'Reconcile'),
                  ' ',
                  decide(record.key, 'rerun', 'Rerun'),
                  ' ',
                  decide(record.key, 'clear', 'Clear'),
                ]
          }
        </td>
        <td>${stateBadge(record)}</td>
        <td class="short">${ageOf(record)}</td>
        <td class="owner">${ownerOf(record.owner, temporalUi)}</td>
      </tr>`,
  );
  const content = html` <p>
      The holder vanished after it began and before its outcome was recorded: nobody can tell whether the
      effect happened. Ask the other side with the key, which the body had in its hand; then decide.
    </p>
    <dl class="choices-explained">
      <dt>Reconcile</dt>
      <dd>You found out what happened: record it, and duplicates get it as if the body had given it.</dd>
      <dt>Rerun</dt>
      <dd>It may run again: the next caller runs the body. Nothing is started by this.</dd>
      <dt>Clear</dt>
      <dd>The key is free, steps and outcome are forgotten.</dd>
    </dl>
    ${typeFilter('/unknown', type)}
    <div id="unknown" data-live>
      ${table('Unknown outcomes', ['Key', 'Decide', 'State', 'Age', 'Vanished holder'], rows, next === undefined ? 'None: every outcome is known.' : 'None among those looked at so far.')}
      ${pager('/unknown', { type, after }, next, records.length)}
    </div>`;
  return layout({ title: 'Unknown outcomes', place: '/unknown', content, refreshSeconds: 30 });
}
