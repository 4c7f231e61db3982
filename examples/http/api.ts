// An API in front of Temporal: POST /orders starts one workflow a key, whatever becomes of requests and servers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';
import { currentClaim, Idempotency, OncePlugin } from 'temporal-once';
import { withIdempotencyKey } from 'temporal-once/http';
import { places, taskQueue } from './settings';
import { checkout, type Order } from './workflows';

async function main(): Promise<void> {
  const requests = await Idempotency.connect({ ...places, leaseMs: 1_000 });
  const once = new OncePlugin(places);
  const connection = await Connection.connect({
    address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
  });
  const client = new Client({ connection, plugins: [once] });

  async function handler(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const order = (await json(request)) as Order;
    // The key of the request is the key of the start: a server that takes over gets the run that is there.
    const { key } = currentClaim();
    const options = { taskQueue, args: [order] as [Order], idempotency: { key } };
    const workflow = await client.workflow.start(checkout, await once.startOptions(checkout, options));
    // For the demonstration: the workflow has begun, and nobody hears of it.
    if (process.env['DIES'] === 'yes') process.kill(process.pid, 'SIGKILL');
    const receipt = await workflow.result();
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ workflowId: workflow.workflowId, receipt }));
  }

  // Who asks comes from authentication; here it is a header.
  const scope = (request: IncomingMessage) => ({ tenant: String(request.headers['x-tenant']) });
  const api = withIdempotencyKey(requests, { scope, category: 'critical', onError: console.error }, handler);
  const server = createServer((request, response) => void api(request, response));
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}

process.once('disconnect', () => process.exit());
void main();
