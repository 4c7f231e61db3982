// An API in front of Temporal: POST /orders starts one workflow a key, whatever becomes of requests and servers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { currentClaim, Idempotency, OncePlugin } from 'temporal-once';
import { withIdempotencyKey } from 'temporal-once/http';
import { places, taskQueue } from './settings';
import { checkout, type Order } from './workflows';

async function main(): Promise<void> {
  const once = await Idempotency.connect({ ...places, leaseMs: 1_000 });
  const connection = await Connection.connect({
    address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
  });
  const client = new Client({ connection, plugins: [new OncePlugin(places)] });

  async function handler(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const order = (await json(request)) as Order;
    // The key of the request names the workflow: a server that takes over starts no second one.
    const workflowId = `checkout-${currentClaim().key}`;
    try {
      const options = { taskQueue, workflowId, args: [order] as [Order] };
      await client.workflow.start(checkout, { ...options, workflowIdReusePolicy: 'REJECT_DUPLICATE' });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // For the demonstration: the workflow has begun, and nobody hears of it.
    if (process.env['DIES'] === 'yes') process.kill(process.pid, 'SIGKILL');
    const receipt = await client.workflow.getHandle<typeof checkout>(workflowId).result();
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ workflowId, receipt }));
  }

  // Who asks comes from authentication; here it is a header.
  const scope = (request: IncomingMessage) => ({ tenant: String(request.headers['x-tenant']) });
  const api = withIdempotencyKey(once, { scope, category: 'critical', onError: console.error }, handler);
  const server = createServer((request, response) => void api(request, response));
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}

process.once('disconnect', () => process.exit());
void main();
