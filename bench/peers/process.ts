// One contestant in a process of its own: `process.js <settings as JSON>`. Says that it is ready or why it can't be, then measures
// whenever it is asked to; ends with its parent.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Pool } from 'pg';
import { IN_FLIGHT, p50Alone, rateInFlight } from '../measure';
import { halfLoaded, type Gaps, type Latencies } from '../open-loop';
import { openBullmq } from './bullmq';
import { openDbos } from './dbos';
import { openBatchedLimit, openFloor } from './floors';
import { openGraphileWorker } from './graphile-worker';
import { openOurs } from './ours';
import type { OpenPeer, Peer, Place } from './peer';
import { openPgBoss } from './pg-boss';
import { openPowertools } from './powertools';
import { openSetnx } from './setnx';

const OPEN = {
  floor: openFloor,
  'temporal-once': openOurs,
  powertools: openPowertools,
  'setnx-by-hand': openSetnx,
  bullmq: openBullmq,
  'pg-boss': openPgBoss,
  'graphile-worker': openGraphileWorker,
  dbos: openDbos,
  'batched-limit': openBatchedLimit,
} satisfies Readonly<Record<string, OpenPeer>>;

export type ContestantName = keyof typeof OPEN;

export interface ContestantSettings extends Omit<Place, 'pool'> {
  readonly name: ContestantName;
  readonly poolSize: number;
}

export type Opened = { readonly failed?: string };

/** A p50 alone in us, or operations a second with 64 in flight. */
export interface Measured {
  readonly measure: 'p50' | 'rate';
  readonly of: 'duplicate' | 'first';
  readonly ms: number;
}

/** Latencies at half of the rate of 64 in flight, which is measured first. */
export interface HalfLoaded {
  readonly measure: 'half-load';
  readonly of: 'duplicate' | 'first';
  readonly ms: number;
  readonly gaps: Gaps;
}

/** What it is asked for, as JSON: to measure, to count, or to leave nothing behind. */
export type Question = Measured | HalfLoaded | { readonly measure: 'count' } | { readonly measure: 'end' };

/** `figure` or `latencies` of what was measured; `counts`: how many operations were done, of those asked for. */
export type Answer = {
  readonly figure?: number;
  readonly latencies?: Latencies;
  readonly counts?: Awaited<ReturnType<Peer['done']>>;
  readonly failed?: string;
};

async function main({ name, poolSize, ...place }: ContestantSettings): Promise<void> {
  // Every Temporal worker has it on, and each promise costs more with it.
  new AsyncLocalStorage().run(undefined, () => undefined);
  const pool = new Pool({ connectionString: place.postgresUrl, max: poolSize });
  const peer = await OPEN[name]({ ...place, pool });
  process.on('message', (text: string) => {
    void answer(peer, pool, JSON.parse(text) as Question)
      .catch((error: unknown): Answer => ({ failed: reason(error) }))
      .then((answered) => process.send?.(answered));
  });
  tell({});
}

async function answer(peer: Peer, pool: Pool, question: Question): Promise<Answer> {
  if (question.measure === 'count') return { counts: await peer.done() };
  if (question.measure === 'end') {
    await peer.close();
    await pool.end();
    return {};
  }
  const { measure, of, ms } = question;
  const op = of === 'duplicate' ? peer.duplicate : peer.first;
  if (measure === 'half-load') return { latencies: await halfLoaded(op, ms, 2 * ms, question.gaps) };
  const atOnce = of === 'duplicate' ? 1 : (peer.firstsACall ?? 1);
  const figure =
    measure === 'p50' ? await p50Alone(op, ms) : atOnce * (await rateInFlight(op, ms, IN_FLIGHT / atOnce));
  await peer.settle?.();
  return { figure };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const tell = (opened: Opened): void => void process.send?.(opened);

process.once('disconnect', () => process.exit(1));
main(JSON.parse(process.argv[2] as string) as ContestantSettings).catch((error: unknown) =>
  tell({ failed: reason(error) }),
);
