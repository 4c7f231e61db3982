import type { ActivityClient, WorkflowClient } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { InvalidOptionError } from './errors';
import { OutcomeCodec } from './idempotency/codec';
import type { CountPath } from './idempotency/counters';
import type { Resolver } from './idempotency/resolve';
import type { Idempotency } from './idempotency/service';
import type { ClientHost, CountedStart } from './interceptors/client';
import type { SignalOptions } from './interceptors/client-messages';
import { startType } from './key/server-id';
import { noteOnSpan } from './tracing/note';

const WARN_EVERY_MS = 60_000;

export interface ClientHostsOptions {
  readonly hashKeys?: boolean | undefined;
  readonly signals?: SignalOptions | undefined;
  readonly onStoreUnavailable?: 'fail' | 'proceed' | undefined;
}

/** Makes what the doors of one client need, for every client of a plugin. */
export class ClientHosts {
  /** Monotonic; an outage says so once a while, not once a start. */
  private warnedAtMs = -Infinity;

  constructor(
    private readonly options: ClientHostsOptions,
    private readonly resolver: (deliver: (value: unknown) => unknown) => Resolver,
    private readonly service: () => Promise<Idempotency>,
  ) {}

  of(
    namespace: string | undefined,
    client: () => WorkflowClient,
    activities: () => ActivityClient,
  ): ClientHost {
    const { hashKeys, signals, onStoreUnavailable } = this.options;
    const resolver = once(() => {
      const codec = new OutcomeCodec(client().options.loadedDataConverter);
      return this.resolver((value) => codec.deliver(value));
    });
    const count = ({ workflowType, key }: CountedStart, path: CountPath): void => {
      noteOnSpan({ door: 'start', keys: [key] }, path);
      const add = ({ engine }: Idempotency): void =>
        engine.counters.add(startType(workflowType), 'start', path);
      this.service().then(add, () => undefined);
    };
    return {
      namespace: namespace ?? 'default',
      client: once(client),
      registry: async () => (await this.service()).registered.registry(client()),
      activities: once(activities),
      hashKeys: hashKeys === true,
      signals: signals ?? {},
      resolver,
      service: this.service,
      onStoreUnavailable: onStoreUnavailable ?? 'fail',
      count,
      unprotected: (start, what, why) => {
        count(start, 'unprotected');
        if (performance.now() - this.warnedAtMs < WARN_EVERY_MS) return;
        this.warnedAtMs = performance.now();
        const code = 'ONCE_UNPROTECTED_START';
        const reason = why.cause instanceof Error ? why.cause.message : why.code;
        process.emitWarning(
          `a start of ${start.workflowType} ${what}: Postgres could not be asked (${reason})`,
          {
            code,
          },
        );
      },
    };
  }

  /** Where ids are derived before any client was configured: as the default converter delivers. */
  withoutClient(): ClientHost {
    const missing = (): never => {
      throw new InvalidOptionError(
        'plugins',
        'no client was configured with this plugin yet, and the server has to be asked',
        'Create the client first: new Client({ connection, plugins: [once] })',
      );
    };
    const codec = new OutcomeCodec(defaultDataConverter);
    return {
      ...this.of(undefined, missing, missing),
      resolver: () => this.resolver((value) => codec.deliver(value)),
    };
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
