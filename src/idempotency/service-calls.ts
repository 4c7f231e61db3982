import type { AskServer } from '../temporal/accepted-outcome';
import type { Call } from './call';
import { Categories } from './categories';
import { checkOperation } from './check-operation';
import type { OutcomeCodec } from './codec';
import { durationMs } from './duration';
import type { LockDefaults } from './lock';
import { keyFormsOf, Resolver, type Resolved } from './resolve';
import { ServiceCall, type OfService } from './service-call';
import type { IdempotencyOptions, Operation, RunOptions } from './service-options';

/** What a service makes of an operation: its keys and policy, and the call for the engine. */
export class ServiceCalls {
  private readonly resolver: Resolver;
  private readonly ofEach: OfService;

  /** @param lockDefaults of the service: how long its calls wait and hold */
  constructor(
    private readonly options: Omit<IdempotencyOptions, 'postgres'>,
    codec: OutcomeCodec,
    askServer: AskServer | undefined,
    private readonly lockDefaults: LockDefaults,
  ) {
    this.resolver = new Resolver(
      keyFormsOf(options),
      new Categories(options.categories),
      options.hashKeys === true,
      (value) => codec.deliver(value),
    );
    const { maxHoldMs } = lockDefaults;
    this.ofEach = { codec, askServer, maxHoldMs, onStoreUnavailable: options.onStoreUnavailable ?? 'fail' };
  }

  /** @throws InvalidKeyError, NotRepresentableError, TooDeepError, InvalidOptionError */
  resolve(operation: Operation): Resolved {
    checkOperation(operation);
    const { args = [], type } = operation;
    const namespace = this.options.namespace ?? 'default';
    // Said beside the policy: each copy of one with a field more has a shape of its own, and every look into it is then slow.
    return this.resolver.resolve(type, args, operation, { namespace, execution: [], scope: 'global' });
  }

  /** @throws as `resolve` */
  call(operation: Operation, options: RunOptions): Call {
    const resolved = this.resolve(operation);
    const waitMs =
      options.waitTimeout === undefined
        ? this.lockDefaults.waitMs
        : durationMs(options.waitTimeout, 'waitTimeout');
    return new ServiceCall(operation, resolved, this.ofEach, waitMs, options.signal);
  }
}
