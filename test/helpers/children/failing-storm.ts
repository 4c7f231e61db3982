// Calls one failing operation many times at once, as callers do that retry what says it is retryable.
import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings, told } from '../processes';
import { env, openPool } from '../services';

async function main(): Promise<void> {
  const { schema, prefix, callers, errorTtl } = settings<{
    schema: string;
    prefix: string;
    callers: number;
    errorTtl: string;
  }>();
  const once = await Idempotency.connect({
    postgres: env('DATABASE_URL'),
    redis: env('REDIS_URL'),
    schema,
    prefix,
    maxWaiters: callers,
    categories: { brittle: { errorTtl } },
  });
  const pool = openPool();
  const body = async (): Promise<never> => {
    await pool.query(`INSERT INTO "${schema}".failures DEFAULT VALUES`);
    await sleep(100);
    throw ApplicationFailure.retryable('the provider is down', 'ProviderDown');
  };
  const operation = { type: 'storm', key: 'failing', category: 'brittle', cacheErrors: ['ProviderDown'] };
  let attempts = 0;
  const caller = async (): Promise<string> => {
    for (;;) {
      attempts++;
      try {
        return await once.run(operation, body);
      } catch (error) {
        const { type, nonRetryable } = error as ApplicationFailure;
        if (nonRetryable === true || attempts > callers * 10) return String(type);
      }
    }
  };
  await report('ready');
  for (let round = 0; round < 2; round++) {
    await told('go');
    attempts = 0;
    const answers = await Promise.all(Array.from({ length: callers }, caller));
    await report('done', { answers: [...new Set(answers)], attempts });
  }
  await once.close();
  await pool.end();
  process.disconnect();
}

void main();
