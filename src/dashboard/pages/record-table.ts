import type { ListedRecord } from '../../stores/records-view';
import { address, html, instant, table, type Html } from '../html';
import { ageOf, leftWords, ownerOf, stateBadge } from '../record-words';
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
        <td><a class="plain" href="${address('/records', { type: record.type })}">${record.type}</a></td>
        <td>${stateBadge(record)}</td>
        <td class="short">${ageOf(record)}</td>
        <td class="short">${leftWords(record)}</td>
        <td>${record.runs}</td>
        <td class="owner">${ownerOf(record.owner, ui)}</td>
        <td class="short">${instant(record.claimedAt)}</td>
      </tr>`,
  );
  return table(caption, ['Key', 'Type', 'State', 'Age', 'Left', 'Runs', 'Holder', 'Claimed'], rows, empty);
}
