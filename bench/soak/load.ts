import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { OncePlugin } from '../../src';
import { RETENTION, type Order } from './settings';
import { item, ledgerWorkflow, orderWorkflow, reportWorkflow } from './workflows';

export interface LoadSettings {
  readonly client: Client;
  readonly once: OncePlugin;
  readonly taskQueue: string;
  readonly httpPort: number;
  readonly everyMs: number;
  note(text: string): void;
}

const MOST_UNDER_WAY = 100;
const MOST_TRIES = 5;
/** What is under way in the end is not waited for longer. */
const LAST_ROUNDS_MS = 5_000;

/** A steady load: so often an order by two workflows, a report started twice, a request sent twice, keyed signals. */
export class Load {
  rounds = 0;
  workflows = 0;
  /** Rounds in which something went wrong; none may. */
  failed = 0;
  private readonly underWay = new Set<Promise<void>>();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 });
  private ledger: WorkflowHandle<typeof ledgerWorkflow> | undefined;

  constructor(private readonly settings: LoadSettings) {}

  async run(until: AbortSignal): Promise<void> {
    const { client, taskQueue, everyMs } = this.settings;
    this.ledger = await client.workflow.start(ledgerWorkflow, {
      taskQueue,
      workflowId: `ledger-${taskQueue}`,
      args: [0],
    });
    let nextAt = performance.now();
    while (!until.aborted) {
      const round = this.round(this.rounds++).catch((error: unknown) => {
        if (until.aborted) return;
        this.failed++;
        this.settings.note(
          `failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      });
      this.underWay.add(round);
      void round.finally(() => this.underWay.delete(round));
      // A machine that is busy elsewhere gets fewer rounds, not a heap of them at once.
      nextAt = Math.max(nextAt + everyMs, performance.now());
      await sleep(nextAt - performance.now(), undefined, { signal: until }).catch(() => undefined);
      while (this.underWay.size > MOST_UNDER_WAY && !until.aborted) await Promise.race(this.underWay);
    }
    await Promise.race([Promise.all(this.underWay), sleep(LAST_ROUNDS_MS, undefined, { ref: false })]);
    this.agent.destroy();
    await client.workflow.getHandle(`ledger-${taskQueue}`).terminate();
  }

  private async round(n: number): Promise<void> {
    const order: Order = { id: `order-${n}`, n };
    await Promise.all([this.orders(order), this.reports(order), this.requests(order), this.entries(order)]);
  }

  private async orders(order: Order): Promise<void> {
    const { client, once, taskQueue } = this.settings;
    const both = await Promise.all(
      ['web', 'queue'].map((caller) =>
        client.workflow.start(orderWorkflow, {
          taskQueue,
          workflowId: `${order.id}-${caller}`,
          args: [order, `ledger-${taskQueue}`],
        }),
      ),
    );
    for (const handle of both) await once.signal(handle, item, { key: order.id }, order.n);
    // The repeats: on a busy machine they may come when the workflow has ended.
    for (const handle of both)
      await once.signal(handle, item, { key: order.id }, order.n).catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    const receipts = await Promise.all(both.map((handle) => handle.result()));
    this.workflows += 2;
    if (receipts[0] !== receipts[1]) throw new Error(`${order.id} has two receipts`);
  }

  private async reports(order: Order): Promise<void> {
    const { client, once, taskQueue } = this.settings;
    const report: Order = { ...order, id: `report-${order.n}` };
    const options = await once.startOptions(reportWorkflow, {
      taskQueue,
      args: [report],
      idempotency: { key: report.id, ttl: RETENTION },
    });
    await client.workflow.execute(reportWorkflow, options);
    await client.workflow.execute(reportWorkflow, options);
    this.workflows++;
  }

  private async requests({ id }: Order): Promise<void> {
    const first = await this.post(id);
    const second = await this.post(id);
    if (first !== second) throw new Error(`${id} has two responses`);
  }

  private async entries({ id, n }: Order): Promise<void> {
    if (this.ledger === undefined) return;
    const { workflowId } = this.ledger;
    const latest = this.settings.client.workflow.getHandle(workflowId);
    for (let i = 0; i < 2; i++) await this.settings.once.signal(latest, item, { key: `click-${id}` }, n);
  }

  /** A connection that the server closed as it was idle is no failure: callers try again, with the same key. */
  private async post(key: string): Promise<string> {
    for (let tries = 1; ; tries++)
      try {
        return await this.postOnce(key);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ECONNRESET' || tries === MOST_TRIES) throw error;
      }
  }

  private postOnce(key: string): Promise<string> {
    const { httpPort: port } = this.settings;
    const headers = { 'idempotency-key': `"${key}"`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const asked = request({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/',
        agent: this.agent,
        headers,
      });
      asked.on('error', reject).on('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () =>
          response.statusCode === 201 ? resolve(body) : reject(new Error(`${response.statusCode}: ${body}`)),
        );
      });
      asked.end(JSON.stringify({ key }));
    });
  }
}
