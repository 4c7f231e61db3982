import type { AskServer } from '../temporal/accepted-outcome';
import type { Call } from './call';
import { Categories } from './categories';
import { checkOperation } from './check-operation';
import type { OutcomeCodec } from './codec';
import { durationMs } from './duration';
import type { LockDefaults } from './lock';
import { newOwner } from './owner';
import { keyFormsOf, Resolver, type Resolved } from './resolve';
import type { IdempotencyOptions, Operation, RunOptions } from './service-options';

/** What a service makes of an operation: its keys and policy, and the call for the engine. */
export class ServiceCalls {
  private readonly resolver: Resolver;

  /** @param lockDefaults of the service: how long its calls wait and hold */
  constructor(
    private readonly options: Omit<IdempotencyOptions, 'postgres'>,
    private readonly codec: OutcomeCodec,
    private readonly askServer: AskServer | undefined,
    private readonly lockDefaults: LockDefaults,
  ) {
    this.resolver = new Resolver(
      keyFormsOf(options),
      new Categories(options.categories),
      options.hashKeys === true,
      (value) => codec.deliver(value),
    );
  }

  /** @throws InvalidKeyError, NotRepresentableError, TooDeepError, InvalidOptionError */
  resolve(operation: Operation): Resolved {
    checkOperation(operation);
    const { args = [], type } = operation;
    const policy = operation.scope === undefined ? { ...operation, scope: 'global' as const } : operation;
    const namespace = this.options.namespace ?? 'default';
    return this.resolver.resolve(type, args, policy, { namespace, execution: [] });
  }

  /** @throws as `resolve` */
  call(operation: Operation, options: RunOptions): Call {
    const resolved = this.resolve(operation);
    const { waitMs, maxHoldMs } = this.lockDefaults;
    const ownWaitMs =
      options.waitTimeout === undefined ? waitMs : durationMs(options.waitTimeout, 'waitTimeout');
    return {
      type: operation.type,
      door: 'service',
      keys: resolved.keys,
      fingerprints: resolved.fingerprints,
      shared: resolved.shared,
      whenRunning: resolved.whenRunning,
      retentionMs: resolved.retentionMs,
      errorRetentionMs: resolved.errorRetentionMs,
      cacheErrors: resolved.cacheErrors,
      onUnknownOutcome: resolved.onUnknownOutcome,
      label: resolved.label,
      args: operation.args,
      askServer: this.askServer,
      owner: newOwner('service'),
      codec: this.codec,
      onStoreUnavailable: this.options.onStoreUnavailable ?? 'fail',
      signal: options.signal,
      waitUntilMs: performance.now() + ownWaitMs,
      beginUntilMs: Infinity,
      hardEndMs: Infinity,
      maxHoldMs,
      waitTickMs: 60_000,
      log: () => undefined,
    };
  }
}
