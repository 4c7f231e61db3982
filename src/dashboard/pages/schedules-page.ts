import type { Finding } from '../../schedules/finding';
import type { Job, Plan } from '../../schedules/job';
import { PlanError, planProblemText } from '../../schedules/plan';
import { validatePlan } from '../../schedules/validate/validate-plan';
import { DAY_SECONDS, dayFrom, dayOf, dayText, type Day } from '../day';
import { dayStrip } from '../day-strip';
import { address, html, number, table, type Html } from '../html';
import { marksOf, type Mark } from '../marks';
import type { PageContext } from '../page-context';
import { healthTable, reportOr } from './health-page';
import { layout } from './layout';

const MOST_COLLISIONS = 100;

/** A day of the plan: when what runs, and what meets. */
export async function schedulesPage(
  context: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html> {
  const { readPlan, once } = context;
  const title = 'Schedules';
  const toHealth =
    context.health === undefined ? '' : html`<p><a href="/health">Health: what became of the runs</a></p>`;
  try {
    const plan = await readPlan();
    if (plan.file === undefined && plan.jobs.length === 0) {
      const content = html`${toHealth}
        <p>
          No schedule is registered in namespace <b>${plan.name}</b>. A plan that was not applied yet is shown
          by
          <code>temporal-once ui --plan plan.yaml</code>
        </p>`;
      return layout({ title, place: '/schedules', content });
    }
    const from = dayFrom(query['day'], await once.clock());
    const { marks, said } = await became(context, from);
    const day = dayOf(plan, from, marks);
    const content = html`${toHealth}${shown(plan, day, context, said)}`;
    return layout({ title, place: '/schedules', content, refreshSeconds: 60 });
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    const content = html`<p class="warning">The plan file has changed and can not be read any more:</p>
      <ul>
        ${error.problems.map((problem) => html`<li>${planProblemText(problem)}</li>`)}
      </ul>`;
    return layout({ title, place: '/schedules', content });
  }
}

/** What became of the runs of that day, where the server is to be asked. */
async function became(
  { health, temporalUi }: PageContext,
  from: number,
): Promise<{ readonly marks: readonly Mark[]; readonly said: Html | '' }> {
  if (health === undefined) return { marks: [], said: '' };
  const { report, refused = '' } = await reportOr(health);
  if (report === undefined) return { marks: [], said: refused };
  const marks = marksOf(report, from, DAY_SECONDS);
  const caption = `What became of runs on ${dayText(from)}`;
  const said = html`<h2>What became of the runs</h2>
    <p class="quiet">As of ${report.checkedAt}. A diamond in the strip, and a line to the last time.</p>
    ${healthTable(
      caption,
      marks.map(({ finding }) => finding),
      temporalUi,
    )}`;
  return { marks, said };
}

function shown(plan: Plan, day: Day, context: PageContext, said: Html | ''): Html {
  const { from, lanes, collisions, runs } = day;
  const name = dayText(from);
  const verdict = validatePlan(plan, { from: new Date(from * 1000) });
  const step = (days: number, words: string): Html =>
    html`<a href="${address('/schedules', { day: dayText(from + days * DAY_SECONDS) })}">${words}</a>`;
  const whose =
    plan.file === undefined
      ? html`Registered in namespace <b>${plan.name}</b>: `
      : html`Plan <b>${plan.name}</b>, `;
  return html` <p>
      ${whose}${number(plan.jobs.length)} jobs, ${number(runs)} runs on ${name} (UTC).
      ${verdict.holds ? html`<span class="badge completed">holds</span>` : html`<span class="badge unknown">does not hold</span>`}
    </p>
    <nav class="choices" aria-label="Day">
      ${step(-1, 'Day before')} <span aria-current="date">${name}</span> ${step(1, 'Day after')}
    </nav>
    <div id="day" data-live>
      ${dayStrip(`Runs of ${plan.file === undefined ? 'namespace' : 'plan'} ${plan.name} on ${name}`, from, lanes)}
      <ul class="legend">
        <li><span class="swatch run" aria-hidden="true"></span> a run, as long as it is expected to take</li>
        <li><span class="swatch collision" aria-hidden="true"></span> a run that collides, taller</li>
        ${context.health === undefined ? '' : html`<li><span class="swatch mark" aria-hidden="true"></span> a finding of health, below</li>`}
      </ul>
      ${said}
    </div>
    <h2>Collisions on this day</h2>
    ${table(
      `Collisions on ${name}`,
      ['From', 'Jobs'],
      collisions.slice(0, MOST_COLLISIONS).map(
        ({ at, jobs }) =>
          html`<tr>
            <th scope="row">${clock(at)}</th>
            <td>${jobs.join(', ')}</td>
          </tr>`,
      ),
      'None.',
    )}
    ${collisions.length > MOST_COLLISIONS ? html`<p>And ${number(collisions.length - MOST_COLLISIONS)} more.</p>` : ''}
    <h2>${plan.file === undefined ? 'What they break' : 'What the plan breaks'}</h2>
    ${findings(verdict.findings)}
    <h2>Jobs</h2>
    ${table(
      'Jobs',
      ['Job', 'Runs at', 'Today', 'Task queue', 'Resource', 'Overlap', 'Why'],
      plan.jobs.map((job) => jobRow(job, day, context)),
      'None.',
    )}`;
}

function findings(all: readonly Finding[]): Html {
  return table(
    'Findings of the validation, within a year from this day',
    ['Severity', 'Rule', 'Jobs', 'First', 'Proof', 'Change'],
    all.map(
      ({ severity, rule, jobs, firstAt, proof, change }) =>
        html`<tr>
          <td><span class="badge ${severity}">${severity}</span></td>
          <td>${rule}</td>
          <td>${jobs.join(', ')}</td>
          <td>${firstAt ?? ''}</td>
          <td>${proof}</td>
          <td>${change}</td>
        </tr>`,
    ),
    'Nothing.',
  );
}

function jobRow(job: Job, { lanes }: Day, { temporalUi }: PageContext): Html {
  const runs = lanes.find((lane) => lane.job === job.name)?.runs ?? [];
  const next = runs.length === 0 ? 'no run' : `${number(runs.length)}, first ${clock(runs[0]?.begin ?? 0)}`;
  return html`<tr>
    <th scope="row">
      <a href="${temporalUi.schedule(job.id)}" rel="noreferrer">${job.name}</a
      >${job.paused ? html` <span class="badge free">paused</span>` : ''}
    </th>
    <td>${job.specText}</td>
    <td>${next}</td>
    <td>${job.workflow.taskQueue}</td>
    <td>${job.resource ?? ''}</td>
    <td>${job.overlap}</td>
    <td>${job.why}</td>
  </tr>`;
}

const clock = (at: number): string => new Date(at * 1000).toISOString().slice(11, 16);
