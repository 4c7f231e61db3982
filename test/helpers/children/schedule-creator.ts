// Creates many schedules at once, or one and is killed at a chosen moment.
import { Client, Connection, ScheduleAlreadyRunning } from '@temporalio/client';
import { definePlan, OncePlugin, ScheduleConflictError, type Job } from '../../../src';
import { report, settings, told } from '../processes';
import { env } from '../services';

interface Settings {
  readonly address: string;
  readonly schema: string;
  readonly prefix: string;
  readonly tenant: string;
  readonly redis: boolean;
  readonly ids: readonly string[];
  /** By `ensure` instead of the plugin's door; with `plan` as a job of a plan. */
  readonly ensure: boolean;
  readonly plan?: boolean;
  readonly leaseMs: number;
  readonly dieAt?: 'reserved' | 'created';
}

const SPELLINGS = [
  { cronExpressions: ['0,30 * * * *'] },
  { cronExpressions: ['*/30 * * * *'] },
  { calendars: [{ hour: '*' as const, minute: [0, 30] }] },
  { intervals: [{ every: '30m' as const }] },
];

function planJob({ tenant }: Settings, id: string): Job {
  const workflow = { type: 'autoclose', taskQueue: 'nobody', executionTimeout: '9m' };
  const job = { id, why: 'Closes stale tickets.', cron: '0,30 * * * *', paused: true, workflow };
  const { jobs } = definePlan({
    version: 1,
    plan: 'facility',
    defaults: { tenant },
    jobs: { autoclose: job },
  });
  return jobs[0] as Job;
}

async function main(): Promise<void> {
  const given = settings<Settings>();
  const go = told('go');
  const once = new OncePlugin({
    ...{ postgres: env('DATABASE_URL'), schema: given.schema, prefix: given.prefix, leaseMs: given.leaseMs },
    // Many at once on a small machine: one of them may stand in line for a while.
    storePatienceMs: 20_000,
    ...(given.redis ? { redis: env('REDIS_URL') } : {}),
  });
  const connection = await Connection.connect({ address: given.address });
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('unreachable');
  };
  const client = new Client({
    connection,
    plugins: [once],
    interceptors: {
      schedule:
        given.dieAt === undefined
          ? []
          : [
              {
                create: async (input, next) => {
                  const created = await next(input);
                  return given.dieAt === 'created' ? die() : created;
                },
              },
            ],
    },
  });
  // Behind the door of the plugin: what is between reservation and server.
  if (given.dieAt !== undefined) {
    client.schedule.options.interceptors.reverse();
    if (given.dieAt === 'reserved') client.schedule.options.interceptors.push({ create: async () => die() });
  }
  const schedules = once.schedules(client);
  await once.idempotency();
  await report('ready');
  await go;
  const answers = await Promise.all(
    given.ids.map(async (scheduleId, index) => {
      const options = {
        scheduleId,
        spec: SPELLINGS[index % SPELLINGS.length] as (typeof SPELLINGS)[number],
        action: { type: 'startWorkflow', workflowType: 'autoclose', taskQueue: 'nobody' } as const,
        state: { paused: true },
        memo: { tenant: given.tenant },
      };
      try {
        if (given.plan === true) return (await schedules.ensure(planJob(given, scheduleId))).did;
        if (given.ensure) return (await schedules.ensure(options)).did;
        await client.schedule.create(options);
        return 'created';
      } catch (error) {
        if (error instanceof ScheduleConflictError) return `conflict ${error.otherScheduleId}`;
        if (error instanceof ScheduleAlreadyRunning) return 'running';
        return `error ${String(error)}`;
      }
    }),
  );
  await report('answers', { answers });
  await once.close();
  await connection.close();
  process.disconnect();
}

void main();
