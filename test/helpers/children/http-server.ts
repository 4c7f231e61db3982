// An HTTP server behind withIdempotencyKey; tells of each run of its handler, and can be killed in it.
import { once as event } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentClaim, Idempotency } from '../../../src';
import { withIdempotencyKey, type IdempotencyKeyOptions } from '../../../src/http';
import { report, settings } from '../processes';
import { env } from '../services';

const { schema, prefix, options, workMs } = settings<{
  schema: string;
  prefix: string;
  options: IdempotencyKeyOptions;
  /** How long the handler takes; negative: for ever. */
  workMs: number;
}>();

async function main(): Promise<void> {
  const service = await Idempotency.connect({
    postgres: env('DATABASE_URL'),
    redis: env('REDIS_URL'),
    schema,
    prefix,
    leaseMs: 5_000,
  });
  const handler = withIdempotencyKey(service, options, async (_request, response) => {
    const { key, attempt } = currentClaim();
    await report('ran', { key, attempt });
    await sleep(workMs < 0 ? 2 ** 31 - 1 : workMs);
    response.writeHead(201, { 'content-type': 'text/plain' });
    response.end(`by ${process.pid}, run ${attempt}`);
  });
  const server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1');
  await event(server, 'listening');
  await report('listening', { port: (server.address() as AddressInfo).port });
}

void main();
