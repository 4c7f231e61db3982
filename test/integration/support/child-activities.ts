import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { currentClaim, idempotent, step, type Queryable } from '../../../src';
import type { ChildConfig } from './children';
import type { Effects } from './effects';

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** A number in [0, 1) that depends on nothing but the seed and the words. */
function chance(seed: number, ...words: unknown[]): number {
  return (
    createHash('sha256')
      .update([seed, ...words].join(':'))
      .digest()
      .readUInt32BE(0) /
    2 ** 32
  );
}

export function childActivities(
  effects: Effects,
  { seed, effects: table }: ChildConfig,
): Record<string, (...args: never[]) => unknown> {
  return {
    async happened(name: string, note = ''): Promise<string> {
      await effects.add(name, note);
      return `${await effects.count(name)} ${randomUUID()}`;
    },
    /** Takes a moment, so that duplicates meet it while it runs. */
    async slow(id: string): Promise<string> {
      await effects.add('slow', id);
      await sleep(150);
      return `slow ${id} by ${process.pid}`;
    },
    /** Dies in its body, after its effect, the first time. */
    async dieInBody(id: string): Promise<string> {
      const { key, attempt, fence } = currentClaim();
      await effects.add(`dieInBody ${id}`, JSON.stringify({ key, attempt, fence: String(fence) }));
      if ((await effects.count(`dieInBody ${id}`)) === 1) await die();
      return `survived as ${attempt}`;
    },
    /** Dies in its body, after its effect; the provider, asked about it, does not answer the first time. */
    dieAndAsk: idempotent(
      {
        key: (id: string) => id,
        onUnknownOutcome: async ({ key, reason, args, previousOwner }) => {
          const name = `asked about ${args?.[0]}`;
          await effects.add(name, JSON.stringify({ key, reason, attempt: previousOwner['attempt'] }));
          if ((await effects.count(name)) === 1) throw new Error('the provider does not answer');
          return { result: `known of ${args?.[0]}` };
        },
      },
      async (id: string): Promise<string> => {
        await effects.add(`dieAndAsk ${id}`);
        return die();
      },
    ),
    /** Dies between its two steps, the first time. */
    async dieAfterStep(id: string): Promise<object> {
      const charged = await step('charge', async () => {
        await effects.add(`charged ${id}`);
        return `by ${process.pid}`;
      });
      if ((await effects.count(`died after step ${id}`)) === 0) {
        await effects.add(`died after step ${id}`, charged);
        await die();
      }
      const shipped = await step('ship', async () => {
        await effects.add(`shipped ${id}`);
        return `as run ${currentClaim().attempt}`;
      });
      return { charged, shipped };
    },
    async dieAfterRecord(id: string): Promise<string> {
      await effects.add(`dieAfterRecord ${id}`);
      return `recorded ${id}`;
    },
    transfer: idempotent.transactional(
      { scope: 'global', key: (id: string) => id },
      async (tx: Queryable, id: string): Promise<string> => {
        const { attempt } = activityInfo();
        const point = chance(seed, id, attempt);
        if (point < 0.05) await die();
        await tx.query(`INSERT INTO ${table} (name, note, pid) VALUES ('transfer', $1, $2)`, [
          id,
          process.pid,
        ]);
        await sleep(point * 40);
        // Some for certain, the others as the seed has it.
        const certain = id.startsWith('doomed') && (await effects.count(`died with ${id}`)) === 0;
        if (certain || point < 0.2) {
          await effects.add(`died with ${id}`);
          await die();
        }
        return `transferred ${id}`;
      },
    ),
  };
}

/** Stands outside the plugin: the outcome is recorded, the server has not heard of it. */
export function diesAfterRecord(effects: Effects, { seed }: ChildConfig): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const result = await next(input);
        if (info.activityType === 'temporal-once:occurrence-end') {
          const { workflowType, scheduleId } = input.args[0] as { workflowType: string; scheduleId: string };
          const name = `died after ${scheduleId}`;
          if (workflowType === 'recordedJob' && (await effects.count(name)) === 0) {
            await effects.add(name);
            await die();
          }
        }
        const id = String(input.args[0]);
        if (info.activityType === 'dieAfterRecord' && (await effects.count(`died ${id}`)) === 0) {
          await effects.add(`died ${id}`);
          await die();
        }
        if (info.activityType === 'transfer' && chance(seed, id, info.attempt, 'after') < 0.1) await die();
        return result;
      },
    },
  });
}
