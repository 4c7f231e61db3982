import type { WorkflowService } from '@temporalio/client';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import { headerExpiries } from '../../../src/interceptors/expiry-header';
import { addToHeader, readHeader } from '../../../src/interceptors/header';
import { decodeDescription, type Live } from '../../../src/schedules/describe';
import { changesOf } from '../../../src/schedules/diff';
import { createCommand } from '../../../src/schedules/export';
import { planYaml } from '../../../src/schedules/import';
import { jobOfLive } from '../../../src/schedules/job-of-live';
import type { Job } from '../../../src/schedules/job';
import { LiveSchedules } from '../../../src/schedules/live';
import { createRequest, updateRequest } from '../../../src/schedules/request';
import { assert } from '../../helpers/assert';
import { jobOf } from './plan-of';

type Schedule = Awaited<ReturnType<typeof createRequest>>;

describe('[unit] expiresAfter of a plan and the header of the action', () => {
  // Nothing here asks a server.
  const server = new LiveSchedules(
    {
      options: { namespace: 'default', identity: 'test', loadedDataConverter: loadDataConverter() },
      workflowService: {} as WorkflowService,
    },
    headerExpiries,
  );
  const job = (expiresAfterMs?: number, jitter?: string): Job =>
    jobOf(
      'count',
      { intervals: [{ every: '30m' }], ...(jitter === undefined ? {} : { jitter }) },
      expiresAfterMs === undefined ? {} : { expiresAfterMs },
    );
  const described = (schedule: Schedule): Promise<Live> =>
    decodeDescription('facility.count', { schedule }, server);
  const created = async (of: Job): Promise<Live> => described(await createRequest(server, of));
  const updated = async (live: Live, to: Job): Promise<Live> => {
    const fields = new Set(changesOf(server, live, to).map(({ field }) => field));
    return described(await updateRequest(server, live, to, fields));
  };
  const words = (live: Live, to: Job): string[] =>
    changesOf(server, live, to).map(({ field, from, to: wanted }) => `${field}: ${from} → ${wanted}`);

  it('what is created is as wanted, with and without', async () => {
    for (const one of [job(), job(600_000), job(600_000, '90s')])
      assert.deepEqual(words(await created(one), one), []);
    assert.equal((await created(job())).action.expiry, undefined);
    assert.deepEqual((await created(job(600_000, '90s'))).action.expiry, {
      afterMs: 600_000,
      jitterMs: 90_000,
    });
  });

  it('a difference is one field; another jitter is one of it too', async () => {
    const live = await created(job(600_000));
    assert.deepEqual(words(live, job(300_000)), ['expiresAfter: 10m → 5m']);
    assert.deepEqual(words(live, job()), ['expiresAfter: 10m → none']);
    assert.deepEqual(words(await created(job()), job(600_000)), ['expiresAfter: none → 10m']);
    assert.deepEqual(words(live, job(600_000, '90s')), [
      'jitter: 0s → 1m30s',
      'expiresAfter: 10m → 10m after up to 1m30s of jitter',
    ]);
  });

  it('an update writes expiry alone: what else is in the header stays, and stays without expiry', async () => {
    const live = await created(job(600_000));
    const { schedule } = live;
    const startWorkflow = schedule.action?.startWorkflow;
    const other = startWorkflow!.header!.fields!['__temporal_once']!;
    const fields = {
      ...addToHeader(startWorkflow!.header!.fields!, { occurrence: { category: 'reports' } }),
      other,
    };
    const shared = await described({
      ...schedule,
      action: { startWorkflow: { ...startWorkflow, header: { fields } } },
    });
    for (const wanted of [job(300_000), job(300_000, '90s'), job()]) {
      const now = await updated(shared, wanted);
      assert.deepEqual(words(now, wanted), []);
      const header = now.schedule.action!.startWorkflow!.header!.fields!;
      assert.deepEqual(readHeader(header)?.occurrence, { category: 'reports' });
      assert.equal(header['other'], other);
    }
    const gone = await updated(live, job());
    assert.deepEqual(gone.schedule.action?.startWorkflow?.header?.fields, {});
  });

  it('import reads it; export says what the command line can not set', async () => {
    const live = await created(job(600_000));
    assert.equal(jobOfLive(live).expiresAfterMs, 600_000);
    assert.match(planYaml('facility', [live]), /^ +expiresAfter: 10m$/m);
    const [comment, command] = createCommand(job(600_000)).split('\n');
    assert.match(comment ?? '', /^# .*expiresAfter \(10m\)/);
    assert.equal(command, createCommand(job()));
  });
});
