import type { ProcessSample } from '../process-sample';
import type { Series } from './verdict';

/** One line of `samples.jsonl`. */
export interface Sample {
  readonly atMs: number;
  readonly worker: ProcessSample;
  /** The process that starts, signals and asks: a client with the plugin. */
  readonly client: ProcessSample;
  /** Bodies that ran. */
  readonly operations: number;
  readonly rounds: number;
  readonly workflows: number;
  readonly failed: number;
  readonly connections: { readonly worker: number; readonly client: number };
  /** Rows in Postgres: they come, and the upkeep takes them away. */
  readonly records: number;
  /** In the run's own Redis. */
  readonly redisKeys: number;
}

const MB = 2 ** 20;

/** What must not grow, and how much in an hour is nothing. */
export function seriesOf(samples: readonly Sample[]): Series[] {
  const series = (
    name: string,
    unit: string,
    [share, atLeast]: readonly [number, number],
    value: (sample: Sample) => number,
  ): Series => ({
    ...{ name, unit, share, atLeast },
    points: samples.map((sample) => ({ atMs: sample.atMs, value: value(sample) })),
  });
  const held = ({ external, heapUsed }: ProcessSample): number => (heapUsed + external) / MB;
  return [
    series('worker heap after collection', 'MB', [0.05, 0], ({ worker }) => worker.heapUsed / MB),
    series('worker external memory', 'MB', [0.05, 1], ({ worker }) => worker.external / MB),
    series('worker RSS', 'MB', [0.1, 0], ({ worker }) => worker.rss / MB),
    series('client heap and external memory', 'MB', [0.05, 0], ({ client }) => held(client)),
    series('worker handles', '', [0.05, 5], ({ worker }) => sum(worker.handles)),
    series('entries of the worker', '', [0.05, 20], ({ worker }) => sum(worker.entries)),
    series('entries of the client', '', [0.05, 20], ({ client }) => sum(client.entries)),
    series(
      'connections to Postgres',
      '',
      [0.05, 1],
      ({ connections: { worker, client } }) => worker + client,
    ),
    // They follow the load, which is less while others use the machine; rows that stay would be many times as many.
    series('keys in Redis', '', [0.5, 20], ({ redisKeys }) => redisKeys),
    series('records in Postgres', '', [0.5, 20], ({ records }) => records),
  ];
}

function sum(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((total, one) => total + one, 0);
}
