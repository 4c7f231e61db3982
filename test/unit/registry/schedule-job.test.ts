import type { ScheduleOptions } from '@temporalio/client';
import { InvalidOptionError } from '../../../src';
import { findingsOf } from '../../../src/registry/findings';
import { readJob } from '../../../src/registry/schedule-job';
import { assert } from '../../helpers/assert';
import { jobOf } from '../schedules/plan-of';

describe('[unit] a job of a plan and the options of a schedule, read for the registry', () => {
  const spec = { intervals: [{ every: '30m' as const }] };
  const options = (change: Partial<ScheduleOptions> = {}): ScheduleOptions => ({
    scheduleId: 'count',
    spec,
    action: { type: 'startWorkflow', workflowType: 'count', taskQueue: 'q' },
    ...change,
  });

  it('expiry of a plan reaches the options, where the door of the client looks for it, and the row', () => {
    const expiring = readJob('default', jobOf('count', spec, { expiresAfterMs: 600_000 }));
    assert.equal(expiring.options.expiresAfter, 600_000);
    assert.equal(expiring.wanted.expiresAfterMs, 600_000);
    assert.ok(!('expiresAfter' in readJob('default', jobOf('count', spec)).options));
  });

  it('expiry of options reaches the row and validation', () => {
    const read = readJob('default', options({ expiresAfter: '40m' }));
    assert.equal(read.options.expiresAfter, '40m');
    assert.deepEqual([read.wanted.expiresAfterMs, read.job.expiresAfterMs], [2_400_000, 2_400_000]);
    const later = findingsOf(read.job).filter(({ change }) => change.includes('expiresAfter: 30m'));
    assert.equal(later.length, 1);
    const { wanted, job } = readJob('default', options());
    assert.deepEqual([wanted.expiresAfterMs, job.expiresAfterMs], [undefined, undefined]);
    for (const expiresAfter of ['soon', 0, -1])
      assert.throws(
        () => readJob('default', options({ expiresAfter })),
        (error) => error instanceof InvalidOptionError && error.message.includes('job.expiresAfter'),
      );
  });
});
