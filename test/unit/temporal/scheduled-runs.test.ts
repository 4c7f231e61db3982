import type { temporal } from '@temporalio/proto';
import { scheduledRuns, type RunsClient, type ScheduledRun } from '../../../src/temporal/scheduled-runs';
import { assert } from '../../helpers/assert';

type Request = Parameters<RunsClient['workflowService']['listWorkflowExecutions']>[0];
type Info = temporal.api.workflow.v1.IWorkflowExecutionInfo;

const WINDOW = { of: 'nominalTime', from: new Date(0), until: new Date(1_000) } as const;
const json = (value: unknown) => ({ data: Buffer.from(JSON.stringify(value)) });
const seconds = (at: number) => ({ seconds: at as never });

function info(runId: string, closed: boolean, scheduleId = 's'): Info {
  return {
    execution: { workflowId: 'w', runId },
    startTime: seconds(1),
    ...(closed ? { closeTime: seconds(2) } : {}),
    status: closed ? 2 : 1,
    searchAttributes: {
      indexedFields: {
        TemporalScheduledById: json(scheduleId),
        TemporalScheduledStartTime: json('2026-01-01T00:00:00.123456789Z'),
      },
    },
  };
}

/** Answers one page after the other, whatever is asked. */
class Pages implements RunsClient {
  readonly options = { namespace: 'n' };
  readonly asked: Request[] = [];

  constructor(private readonly pages: readonly (readonly Info[])[]) {}

  readonly workflowService = {
    listWorkflowExecutions: (request: Request) => {
      this.asked.push(request);
      const at = this.asked.length;
      const nextPageToken = at < this.pages.length ? Buffer.from(String(at)) : new Uint8Array();
      return Promise.resolve({ executions: [...(this.pages[at - 1] ?? [])], nextPageToken });
    },
  };

  withDeadline<R>(_deadline: number | Date, ask: () => Promise<R>): Promise<R> {
    return ask();
  }

  withAbortSignal<R>(_signal: AbortSignal, ask: () => Promise<R>): Promise<R> {
    return ask();
  }

  async read(scheduleId = 's', most?: number): Promise<ScheduledRun[]> {
    const runs: ScheduledRun[] = [];
    for await (const run of scheduledRuns(this, scheduleId, WINDOW, { most })) runs.push(run);
    return runs;
  }
}

describe('[unit] runs of a schedule, page by page', () => {
  it('a run that ends while it is read is told once, as it was', async () => {
    const pages = new Pages([
      [info('a', false), info('b', false)],
      [info('a', true), info('c', true)],
    ]);
    const told = (await pages.read()).map(({ runId, closeTime }) => [runId, closeTime !== undefined]);
    assert.deepEqual(told, [
      ['a', false],
      ['b', false],
      ['c', true],
    ]);
    assert.deepEqual(
      pages.asked.map(({ nextPageToken }) => nextPageToken && Buffer.from(nextPageToken).toString()),
      [undefined, '1'],
    );
  });

  it('asks for no page more than it needs, goes on past empty ones, and no further than `most`', async () => {
    const pages = new Pages([[info('a', true)], [], [info('b', true), info('c', true)], [info('d', true)]]);
    assert.deepEqual(
      (await pages.read('s', 2)).map(({ runId }) => runId),
      ['a', 'b'],
    );
    assert.equal(pages.asked.length, 3);
  });

  it('runs of others, and what is no run of a schedule, are passed over', async () => {
    const { searchAttributes: _none, ...bare } = info('x', true);
    const pages = new Pages([[info('a', true, 'S'), bare, info('b', true, 's2'), info('c', true)]]);
    const [only, ...more] = await pages.read();
    assert.deepEqual([only?.runId, more], ['c', []]);
    assert.equal(only?.nominalTime.toISOString(), '2026-01-01T00:00:00.123Z');
  });

  it('asks by what the query language can say of the id', async () => {
    const asked = async (id: string): Promise<string> => {
      const pages = new Pages([[]]);
      await pages.read(id);
      return /^(.*?) AND /.exec(pages.asked[0]?.query ?? '')?.[1] ?? '';
    };
    assert.equal(await asked("it's"), "TemporalScheduledById = 'it''s'");
    assert.equal(await asked('a"b'), "TemporalScheduledById STARTS_WITH 'a'");
    assert.equal(await asked("a'\\' OR 1=1"), "TemporalScheduledById STARTS_WITH 'a'''");
    assert.equal(await asked('"'), 'TemporalScheduledById IS NOT NULL');
  });
});
