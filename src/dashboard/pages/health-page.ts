import { html, number, table, type Html } from '../html';
import type { HealthShown, PageContext } from '../page-context';
import { layout } from './layout';

/** What became of the times at which schedules were to fire. Asked of the server when it is looked at. */
export async function healthPage({ health, temporalUi }: PageContext): Promise<Html> {
  const title = 'Health of schedules';
  if (health === undefined) {
    const content = html`<p>
      The Temporal server is not asked. Start the page with <code>temporal-once ui --health</code>
    </p>`;
    return layout({ title, place: '/schedules', content });
  }
  let report: HealthShown;
  try {
    report = await health();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const content = html`<p class="warning" role="alert">The Temporal server could not be asked: ${why}</p>`;
    return layout({ title, place: '/schedules', content });
  }
  const { checkedAt, healthy, schedules, findings, notes } = report;
  const link = (id: string): Html => html`<a href="${temporalUi.schedule(id)}" rel="noreferrer">${id}</a>`;
  const content = html` <p>
      As of ${checkedAt}:
      ${
        healthy
          ? html`<span class="badge completed">healthy</span>`
          : html`<span class="badge unknown">${number(findings.length)} findings</span>`
      }
    </p>
    <h2>Findings</h2>
    ${table(
      'What is not as it should be',
      ['Severity', 'Rule', 'Schedule', 'First', 'Proof', 'Change'],
      findings.map(
        ({ severity, rule, scheduleId, firstAt, proof, change }) =>
          html`<tr>
            <td><span class="badge ${severity}">${severity}</span></td>
            <td>${rule}</td>
            <th scope="row">${link(scheduleId)}</th>
            <td>${firstAt ?? ''}</td>
            <td>${proof}</td>
            <td>${change}</td>
          </tr>`,
      ),
      'None.',
    )}
    <h2>Schedules</h2>
    ${table(
      'Schedules that were looked at',
      ['Schedule', 'Job', 'Since', 'Expected', 'Started'],
      schedules.map(
        ({ scheduleId, job, paused, since, counts }) =>
          html`<tr>
            <th scope="row">
              ${link(scheduleId)}${paused ? html` <span class="badge free">paused</span>` : ''}
            </th>
            <td>${job ?? ''}</td>
            <td>${since}</td>
            <td>${number(counts.expected)}</td>
            <td>${number(counts.started)}</td>
          </tr>`,
      ),
      'There is none.',
    )}
    ${notes.length === 0 ? '' : html`<h2>Notes</h2>`}
    ${
      notes.length === 0
        ? ''
        : html`<ul>
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
    }`;
  return layout({ title, place: '/schedules', content });
}
