import { Idempotency, type CurrentClaim, type IdempotencyOptions } from '../../src';
import { dropSchema, env, openPool, randomName } from '../helpers/services';

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

  /** A look at the tables, past the service. */
  async query(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const pool = openPool({ max: 1 });
    try {
      return (await pool.query(text.replaceAll('{schema}', `"${this.schema}"`), values)).rows as Record<
        string,
        unknown
      >[];
    } finally {
      await pool.end();
    }
  }

  async close(): Promise<void> {
    for (const open of gates) open();
    gates.clear();
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

/** Gates of this process: a test that failed must not leave its body hanging. */
const gates = new Set<() => void>();

export function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  gates.add(open);
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

/** Something held on a service until it is let go. */
export interface Holding {
  readonly claim: CurrentClaim;
  readonly release: () => Promise<string>;
}

/** Runs an operation and holds it in its body; resolves once it is there. */
export function holdOperation(service: Idempotency, type: string, key: string): Promise<Holding> {
  return hold((body) => service.run({ type, key }, body));
}

export function holdLock(service: Idempotency, name: string): Promise<Holding> {
  return hold((body) => service.lock(name, {}, body));
}

async function hold(
  begin: (body: (claim: CurrentClaim) => Promise<string>) => Promise<string>,
): Promise<Holding> {
  const end = gate();
  let running: Promise<string> | undefined;
  const claim = await new Promise<CurrentClaim>((resolve, reject) => {
    running = begin(async (mine) => {
      // The signal is there from the first time it is asked for.
      void mine.signal;
      resolve(mine);
      await end.opened;
      return 'held';
    });
    running.catch(reject);
  });
  return {
    claim,
    release: () => {
      end.open();
      return running as Promise<string>;
    },
  };
}
