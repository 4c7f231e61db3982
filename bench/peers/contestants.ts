import { join } from 'node:path';
import { Child } from '../child';
import type { Slice } from '../measure';
import type { Latencies } from '../open-loop';
import type { Surroundings } from '../surroundings';
import type {
  Answer,
  ContestantName,
  ContestantSettings,
  HalfLoaded,
  Measured,
  Opened,
  Question,
} from './process';

/** One of those that are measured in turns, in a process of its own: what others load or leave behind costs it nothing. */
export interface Contestant {
  readonly name: ContestantName;
  /** Measures while the others rest. @throws Error in the words of its process */
  readonly slice: (question: Measured) => ReturnType<Slice>;
  readonly halfLoaded: (question: HalfLoaded) => Promise<Latencies>;
}

/** Without these there is nothing to compare. */
const NEEDED: readonly ContestantName[] = ['floor', 'temporal-once'];

/**
 * Works with all that can be had of `names`; the others are told as missing lines of the case.
 * @throws Error when the floor or ours can't be had, and when one of them did an operation twice, or not at all: then its figures
 * would be of something else.
 */
export async function withContestants<T>(
  on: Surroundings,
  caseName: string,
  names: readonly ContestantName[],
  work: (contestants: readonly Contestant[]) => Promise<T>,
): Promise<T> {
  const { schema, postgresUrl, redisUrl, pool } = on;
  // What one case did once is no first execution in the next.
  const suffix = `${on.suffix}-${caseName}`;
  const prefix = `${on.prefix}-${caseName}`;
  const place = { suffix, schema, prefix, postgresUrl, redisUrl, poolSize: pool.options.max };
  const children = new Map<ContestantName, Child<Opened, Answer>>();
  try {
    for (const name of names) {
      const settings: ContestantSettings = { name, ...place };
      const child = await Child.start<Opened, Answer>(join(__dirname, 'process.js'), settings);
      children.set(name, child);
      if (child.ready.failed === undefined) continue;
      if (NEEDED.includes(name)) throw new Error(`${name}: ${child.ready.failed}`);
      on.missing(`${caseName}/${name}`, child.ready.failed);
      children.delete(name);
      await child.stop();
    }
    const contestants = [...children].map(([name, child]): Contestant => ({
      name,
      slice: async (question) => (await ask(name, child, question)).figure ?? NaN,
      halfLoaded: async (question) => (await ask(name, child, question)).latencies as Latencies,
    }));
    const result = await work(contestants);
    for (const [name, child] of children) {
      const { counts } = await ask(name, child, { measure: 'count' });
      if (counts?.done !== counts?.asked)
        throw new Error(`${name}: ${counts?.done} done of ${counts?.asked}`);
    }
    return result;
  } finally {
    await Promise.all([...children].map(([name, child]) => ended(name, child)));
  }
}

/** Whatever happened before, it leaves nothing behind, as far as it still can. */
async function ended(name: string, child: Child<Opened, Answer>): Promise<void> {
  try {
    if (child.isAlive && child.ready.failed === undefined) await ask(name, child, { measure: 'end' });
  } finally {
    await child.stop();
  }
}

async function ask(name: string, child: Child<Opened, Answer>, question: Question): Promise<Answer> {
  const answer = await child.ask(JSON.stringify(question));
  if (answer.failed !== undefined) throw new Error(`${name}: ${answer.failed}`);
  return answer;
}
