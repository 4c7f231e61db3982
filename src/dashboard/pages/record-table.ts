import type { ListedRecord } from '../../stores/records-view';
import { html, instant, span, table, type Html } from '../html';
import { leftWords, ownerOf, stateBadge } from '../record-words';
import type { TemporalUi } from '../temporal-ui';
import { keyLink } from './layout';

/** Records, a row each. Age is since the claim. */
export function recordTable(
  caption: string,
  records: readonly ListedRecord[],
  ui: TemporalUi,
  empty: string,
): Html {
  const rows = records.map(
    (record) =>
      html`<tr>
        <th scope="row">
          ${keyLink(record.key)}${record.label === undefined ? '' : html`<br /><span class="quiet">${record.label}</span>`}
        </th>
        <td>${record.type}</td>
        <td>${stateBadge(record)}</td>
        <td title="claimed ${record.claimedAt.toISOString()}">${span(record.ageMs)}</td>
        <td>${leftWords(record)}</td>
        <td>${record.runs}</td>
        <td>${ownerOf(record.owner, ui)}</td>
        <td>${instant(record.claimedAt)}</td>
      </tr>`,
  );
  return table(caption, ['Key', 'Type', 'State', 'Age', 'Left', 'Runs', 'Holder', 'Claimed'], rows, empty);
}
