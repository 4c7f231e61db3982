import { join } from 'node:path';
import { startDashboard, type Dashboard, type DashboardOptions } from '../../src/dashboard/server';
import { TemporalUi } from '../../src/dashboard/temporal-ui';
import type { Idempotency, IdempotencyOptions } from '../../src';
import { readPlanFile } from '../../src/schedules/plan';
import { PostgresStore } from '../../src/stores/postgres/postgres-store';
import { openPool } from '../helpers/services';
import { Services } from '../service/open';

export const FACILITY_PLAN = join(__dirname, '..', '..', '..', 'examples', 'facility', 'plan.yaml');

/** The page on records of its own. */
export class OpenedPage {
  private closing: Promise<void> | undefined;

  private constructor(
    readonly services: Services,
    readonly once: Idempotency,
    /** Past the service, for claims whose holder vanishes. */
    readonly store: PostgresStore,
    readonly page: Dashboard,
    readonly errors: unknown[],
  ) {}

  /** @param service options of the service behind the page */
  static async open(
    change: Partial<DashboardOptions> = {},
    service: Partial<IdempotencyOptions> = {},
  ): Promise<OpenedPage> {
    const services = new Services();
    const once = await services.connect({ redis: undefined, ...service });
    const store = new PostgresStore({
      pool: openPool(),
      schema: services.schema,
      patienceMs: 5_000,
      ownsPool: true,
    });
    const errors: unknown[] = [];
    const page = await startDashboard({
      once,
      temporalUi: new TemporalUi('http://localhost:8233', 'default'),
      host: '127.0.0.1',
      port: 0,
      demandToken: false,
      allowedHosts: [],
      readOnly: false,
      reveal: false,
      hasCodec: false,
      who: 'ada',
      readPlan: () => readPlanFile(FACILITY_PLAN),
      onError: (error) => errors.push(error),
      ...change,
    });
    return new OpenedPage(services, once, store, page, errors);
  }

  /** An address of it. */
  at(path: string): string {
    return new URL(path, this.page.url).href;
  }

  async text(
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; body: string; headers: Headers }> {
    const answer = await fetch(this.at(path), { redirect: 'manual', ...init });
    return { status: answer.status, body: await answer.text(), headers: answer.headers };
  }

  /** Sends the form of a decision, as a browser would. */
  async decide(
    fields: Readonly<Record<string, string>>,
    headers: Record<string, string> = {},
  ): ReturnType<OpenedPage['text']> {
    const { body } = await this.text(
      `/decide?${new URLSearchParams({ key: fields['key'] ?? '', action: fields['action'] ?? '' }).toString()}`,
    );
    const hidden = (name: string): string =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '';
    const form = {
      formToken: hidden('formToken'),
      fence: hidden('fence'),
      sure: 'yes',
      who: 'ada',
      why: 'asked for',
      ...fields,
    };
    return this.text('/decide', {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: new URL(this.page.url).origin, ...headers },
    });
  }

  /** A claim whose holder is gone after those steps: its lease is over. @returns its key */
  async vanish(
    type: string,
    key: string,
    detail: Readonly<Record<string, string>> = {},
    steps: readonly string[] = [],
  ): Promise<string> {
    const whole = this.once.key({ type, key });
    const nonce = crypto.randomUUID();
    const claimed = await this.store.claim({
      key: whole,
      type,
      fingerprints: [],
      owner: { execution: `gone/${whole}`, startOrder: 0, detail },
      nonce,
      leaseMs: 1,
      useCache: false,
    });
    if (claimed.kind !== 'claimed') throw new Error(`it was ${claimed.kind}`);
    for (const name of steps)
      await this.store.recordStep({
        key: whole,
        fence: claimed.fence,
        nonce,
        name,
        payload: Buffer.from('{}'),
        context: undefined,
      });
    return whole;
  }

  /** Also twice. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    await this.page.close();
    await this.store.close();
    await this.services.close();
  }
}
