// A worker of examples/moving in a process of its own. It dies where it is told to, once, after the effect and before
// anybody could be told of it.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createWorker } from '../../../examples/moving/worker';
import { report, settings } from '../processes';
import { env, openPool } from '../services';

export interface MovingSettings {
  readonly onceSchema: string;
  readonly schema: string;
  readonly taskQueue: string;
  readonly dieIn?: 'mail' | 'render';
}

async function main(): Promise<void> {
  const { onceSchema, schema, taskQueue, dieIn } = settings<MovingSettings>();
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const pool = openPool({ max: 2 });
  const effect = async (what: 'mail' | 'render', about: string, key: string): Promise<void> => {
    await pool.query(`INSERT INTO ${schema}.effects (what, about, key) VALUES ($1, $2, $3)`, [
      what,
      about,
      key,
    ]);
    if (what === dieIn) process.kill(process.pid, 'SIGKILL');
  };
  const worker = await createWorker(
    {
      address: env('TEMPORAL_ADDRESS'),
      databaseUrl: env('DATABASE_URL'),
      redisUrl: process.env['REDIS_URL'],
      onceSchema,
      taskQueue,
    },
    {
      schema,
      sendMail: (to, subject, key) => effect('mail', `${to}: ${subject}`, key),
      renderReport: async ({ reportId, date }, progressed) => {
        progressed();
        await effect('render', `${reportId} of ${date}`, '');
        return `/reports/${reportId}-${date}.pdf`;
      },
    },
    { stickyQueueScheduleToStartTimeout: '500ms' },
  );
  const running = worker.run();
  await report('ready');
  await running;
}

void main();
