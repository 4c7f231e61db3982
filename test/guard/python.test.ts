import { randomBytes } from 'node:crypto';
import { Idempotency } from '../../src';
import { assert } from '../helpers/assert';
import { env, need } from '../helpers/services';
import { Facility } from '../registry/support';
import { GuardProcess, run, type Ran } from './support';

/** Prints one JSON line: what became of a creation, an update, a workflow and a long payload. */
const PROGRAM = `
import asyncio, json, os, sys
from temporalio import activity, workflow
from temporalio.client import *
from temporalio.service import RPCError
from temporalio.worker import Worker, UnsandboxedWorkflowRunner

@activity.defn
async def double(text: str) -> str:
    return text + text

@workflow.defn
class Doubles:
    @workflow.run
    async def run(self, text: str) -> int:
        from datetime import timedelta
        doubled = await workflow.execute_activity(double, text, start_to_close_timeout=timedelta(seconds=20))
        return len(doubled)

def schedule(queue, minute):
    return Schedule(
        action=ScheduleActionStartWorkflow("python", id="python", task_queue=queue),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(minute=[ScheduleRange(minute)], hour=[ScheduleRange(0, 23)])]),
        state=ScheduleState(paused=True),
    )

async def attempt(call):
    try:
        await call
        return "done"
    except RPCError as error:
        return f"{error.status.name}: {error.message}"

async def main():
    address, tenant, first, second, queue = sys.argv[1:]
    client = await Client.connect(address)
    memo = {"tenant": tenant}
    said = {}
    said["first"] = await attempt(client.create_schedule(first, schedule(queue, 12), memo=memo))
    said["second"] = await attempt(client.create_schedule(second, schedule(queue, 12), memo=memo))
    said["free"] = await attempt(client.create_schedule(second, schedule(queue, 13), memo=memo))
    said["update"] = await attempt(client.get_schedule_handle(second).update(
        lambda given: ScheduleUpdate(schedule=schedule(queue, 12))))
    worker = Worker(client, task_queue=queue, workflows=[Doubles], activities=[double], workflow_runner=UnsandboxedWorkflowRunner())
    async with worker:
        said["length"] = await client.execute_workflow(Doubles.run, "x" * 400_000, id=queue, task_queue=queue)
    print(json.dumps(said), flush=True)
    # Its native threads may trip over the end of the interpreter.
    os._exit(0)

asyncio.run(main())
`;

describe('[integration] guard: the Python SDK', function () {
  this.timeout(90_000);
  let facility: Facility;
  let guard: GuardProcess;
  let ran: Ran;
  const ids = { first: '', second: '' };

  before(async function () {
    need(this, 'DATABASE_URL', 'TEMPORAL_ADDRESS', 'ONCE_PYTHON_SDK');
    facility = await Facility.open(env('TEMPORAL_ADDRESS'));
    await Idempotency.migrate({ postgres: env('DATABASE_URL'), schema: facility.schema });
    const flags = ['--postgres', env('DATABASE_URL'), '--schema', facility.schema];
    guard = await GuardProcess.start(env('TEMPORAL_ADDRESS'), flags);
    Object.assign(ids, { first: facility.id(), second: facility.id() });
    const args = [
      guard.address,
      facility.tenant,
      ids.first,
      ids.second,
      `python-${randomBytes(4).toString('hex')}`,
    ];
    ran = await run(env('ONCE_PYTHON_BIN'), ['-c', PROGRAM, ...args], { PYTHONPATH: env('ONCE_PYTHON_SDK') });
  });
  after(async () => {
    await guard?.stop();
    await facility?.close();
  });

  it('is told in full which schedule is in the way; its worker and workflows do not notice the guard', () => {
    assert.equal(ran.code, 0, ran.err);
    const said = JSON.parse(ran.out.trim().split('\n').at(-1) ?? '') as Record<string, string | number>;
    assert.equal(said['first'], 'done');
    const refused = `schedule ${ids.first} does the same at the same times: python for tenant ${facility.tenant}, next at 20`;
    assert.match(
      String(said['second']),
      new RegExp(`^FAILED_PRECONDITION: schedule ${ids.second} was not created: ${refused}`),
    );
    assert.equal(said['free'], 'done');
    assert.match(
      String(said['update']),
      new RegExp(`^FAILED_PRECONDITION: schedule ${ids.second} was not changed: ${refused}`),
    );
    assert.equal(said['length'], 800_000);
  });
});
