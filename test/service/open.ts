import { Idempotency, type IdempotencyOptions } from '../../src';
import { dropSchema, env, randomName } from '../helpers/services';

/** Services on one schema and one prefix of their own, closed and dropped together. */
export class Services {
  readonly schema = randomName('once_test');
  readonly prefix = randomName('once-test');
  private readonly opened: Idempotency[] = [];

  /** Postgres and Redis by default; `redis: undefined` for Postgres alone. */
  async connect(change: Partial<IdempotencyOptions> = {}): Promise<Idempotency> {
    const service = await Idempotency.connect({
      postgres: env('DATABASE_URL'),
      redis: env('REDIS_URL'),
      schema: this.schema,
      prefix: this.prefix,
      migrate: true,
      leaseMs: 5_000,
      ...change,
    });
    this.opened.push(service);
    return service;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.opened.map((one) => one.close()));
    await dropSchema(this.schema);
  }
}

/** A body that counts its runs and can be held. */
export function counted<T>(value: T): { readonly body: () => Promise<T>; readonly runs: () => number } {
  let runs = 0;
  return {
    body: () => {
      runs++;
      return Promise.resolve(value);
    },
    runs: () => runs,
  };
}

export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** The kinds of cache a duplicate may be answered through. */
export const FRONTS: Readonly<Record<string, Partial<IdempotencyOptions>>> = {
  'Redis in front': {},
  'Postgres alone': { redis: undefined },
};

let last = 0;
export function newName(what = 'order'): string {
  return `${what}-${process.pid}-${++last}`;
}
