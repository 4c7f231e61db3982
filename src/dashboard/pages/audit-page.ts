import type { AuditEntry } from '../../stores/records-view';
import { html, instant, pager, table, type Html } from '../html';
import type { PageContext } from '../page-context';
import { keyLink, layout } from './layout';

const PAGE = 50;

/** What people decided by hand. */
export async function auditPage(
  { once }: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html> {
  const { after } = query;
  const { entries, next } = await once.byHand().audit({ limit: PAGE, after });
  const rows = entries.map(
    (entry: AuditEntry) =>
      html`<tr>
        <td class="short">${instant(entry.at)}</td>
        <td>${entry.action}</td>
        <th scope="row">${keyLink(entry.key)}</th>
        <td>${entry.previous === 'absent' ? 'free' : entry.previous}</td>
        <td>${entry.who}</td>
        <td>${entry.why}</td>
        <td>${entry.role}</td>
      </tr>`,
  );
  const content = html` <p>
      Every decision by hand, here or by the command, with who made it and why. Written by the transaction
      that did it.
    </p>
    ${table('Decisions', ['When', 'Decision', 'Key', 'It was', 'Who', 'Why', 'Database role'], rows, 'Nobody has decided anything by hand.')}
    ${pager('/audit', { after }, next, entries.length)}`;
  return layout({ title: 'Audit', place: '/audit', content });
}
