import { html, number, table, type Html } from '../html';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthFindingShown } from '../marks';
import type { HealthShown, PageContext } from '../page-context';
import type { TemporalUi } from '../temporal-ui';
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
  const { report, refused } = await reportOr(health);
  if (report === undefined) return layout({ title, place: '/schedules', content: html`${refused}` });
  const { checkedAt, healthy, schedules, findings, notes } = report;
  const link = (id: string): Html => scheduleLink(id, temporalUi);
  const content = html` <p>
      As of ${checkedAt}:
      ${
        healthy
          ? html`<span class="badge completed">healthy</span>`
          : html`<span class="badge unknown">${number(findings.length)} findings</span>`
      }
    </p>
    <h2>Findings</h2>
    ${healthTable('What is not as it should be', findings, temporalUi)}
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

/** What is asked goes on meanwhile, and whoever loads the page again gets the answer. */
const PATIENCE_MS = 8_000;

/** What the server answered, or that it could not be asked or has not answered yet. */
export async function reportOr(
  health: () => Promise<HealthShown>,
): Promise<{ readonly report?: HealthShown; readonly refused?: Html }> {
  const over = new AbortController();
  try {
    const report = await Promise.race([health(), sleep(PATIENCE_MS, undefined, { signal: over.signal })]);
    if (report !== undefined) return { report };
    const words = 'The Temporal server has not answered yet. It is still being asked: load the page again.';
    return { refused: html`<p class="warning" role="alert">${words}</p>` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const refused = html`<p class="warning" role="alert">The Temporal server could not be asked: ${why}</p>`;
    return { refused };
  } finally {
    over.abort();
  }
}

export function healthTable(
  caption: string,
  findings: readonly HealthFindingShown[],
  temporalUi: TemporalUi,
): Html {
  return table(
    caption,
    ['Severity', 'Rule', 'Schedule', 'First', 'Last', 'Proof', 'Change'],
    findings.map(
      ({ severity, rule, scheduleId, firstAt, lastAt, proof, change }) =>
        html`<tr>
          <td><span class="badge ${severity}">${severity}</span></td>
          <td>${rule}</td>
          <th scope="row">${scheduleLink(scheduleId, temporalUi)}</th>
          <td>${firstAt ?? ''}</td>
          <td>${lastAt === firstAt ? '' : (lastAt ?? '')}</td>
          <td>${proof}</td>
          <td>${change}</td>
        </tr>`,
    ),
    'None.',
  );
}

const scheduleLink = (id: string, ui: TemporalUi): Html =>
  html`<a href="${ui.schedule(id)}" rel="noreferrer">${id}</a>`;
