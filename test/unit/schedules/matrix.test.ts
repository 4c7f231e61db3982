import { hoursOf, hoursText } from '../../../src/schedules/matrix/hours';
import { escapeXml, lanesSvg } from '../../../src/schedules/matrix/lanes-svg';
import { runsOf } from '../../../src/schedules/matrix/runs';
import { assert } from '../../helpers/assert';
import { jobOf, planOf } from './plan-of';
import { staggeredPlan } from './staggered-plan';

const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const day = { from, until: from + 86_400 };

describe('[edge] the matrix of a plan', () => {
  it('has each start in its minute, and marks runs that collide on their resource', () => {
    const lines = hoursText(hoursOf(runsOf(staggeredPlan, day))).split('\n');
    assert.equal(lines.length, 25);
    // autoclose, reports, escalation; email-reports meets autoclose at 00:00 and job-creation at 00:27.
    assert.equal(lines[1], '00  !····1····1····1····1······!··1····1·········1····1···1·····');
    assert.match(lines[2] ?? '', /^01 {2}1····1·{9}1····!!/);
  });

  it('runs of one job wait for one another, unless its policy lets them overlap', () => {
    const spec = { intervals: [{ every: '10m' }] };
    const collisions = (overlap: 'SKIP' | 'ALLOW_ALL'): number =>
      runsOf(planOf([jobOf('a', spec, { resource: 'r', overlap, expectedDurationMs: 900_000 })]), day).filter(
        ({ collides }) => collides,
      ).length;
    assert.deepEqual([collisions('SKIP'), collisions('ALLOW_ALL')], [0, 144]);
  });

  it('marks a run that another one reaches from before the horizon, and shows that one nowhere', () => {
    const long = { resource: 'r', expectedDurationMs: 7_200_000 };
    const before = jobOf('before', { cronExpressions: ['0 23 * * *'] }, long);
    const runs = runsOf(
      planOf([before, jobOf('a', { cronExpressions: ['30 0 * * *'] }, { resource: 'r' })]),
      day,
    );
    assert.deepEqual(
      runs.map(({ job, collides }) => [job.name, collides]),
      [
        ['a', true],
        ['before', false],
      ],
    );
  });

  it('marks the starts of a minute that the plan avoids, where there are too many', () => {
    const at = (name: string, minute: number) => jobOf(name, { cronExpressions: [`${minute} 5 * * *`] });
    const jobs = [at('a', 15), at('b', 15), at('c', 16), at('d', 16), at('e', 45)];
    const marked = (maxStarts: number): string =>
      runsOf(planOf(jobs, { avoid: [{ minutes: [15, 45], maxStarts }] }), day)
        .filter(({ collides }) => collides)
        .map(({ job }) => job.name)
        .join();
    assert.deepEqual([marked(0), marked(1), marked(2)], ['a,b,e', 'a,b', '']);
  });

  it('the picture has a lane for each queue and a title for each run, escaped', () => {
    const evil = `<a href="x">&'\u0000\ud800`;
    const job = jobOf(evil, { intervals: [{ every: '12h' }] });
    const plan = planOf([{ ...job, workflow: { ...job.workflow, taskQueue: evil } }]);
    const svg = lanesSvg(evil, runsOf(plan, day), day);
    const escaped = '&lt;a href=&quot;x&quot;&gt;&amp;&#39;\ufffd\ufffd';
    assert.equal(escapeXml(evil), escaped);
    assert.ok(!svg.includes('<a '));
    assert.equal(svg.split('<rect').length - 1, 3);
    assert.ok(svg.includes(`<g><title>${escaped}</title>`));
    assert.ok(svg.includes(`<title>${escaped} at 2026-01-01T12:00:00Z for 1s</title>`));
    assert.ok(svg.includes(`>${escaped}</text>`));
  });
});
