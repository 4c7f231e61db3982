import { InvalidOptionError } from '../errors';
import { headerExpiries } from '../interceptors/expiry-header';
import { RegisteredSchedules } from '../registry/owned-schedules';
import { Registry } from '../registry/registry';
import { Schedules, type PlanRegistry, type SchedulesOwner } from '../registry/schedules';
import type { ScheduleStore } from '../stores/schedules';
import type { SchedulesClient } from '../temporal/live-schedules';

/** What users do with the schedules of the client's namespace. Nothing is asked before it is needed. */
export function schedulesOf(
  client: SchedulesOwner,
  registered: () => ServiceSchedules | Promise<ServiceSchedules>,
): Schedules {
  return new Schedules(
    client,
    async () => (await registered()).registry(client),
    async () => (await registered()).planRegistry(),
  );
}

/** The registry of schedules in the store of a service. */
export class ServiceSchedules {
  private readonly registries = new WeakMap<SchedulesClient, Registry>();

  /** @param kept undefined on a store that keeps no schedules: whoever needs them is told so. */
  constructor(
    private readonly kept: ScheduleStore | undefined,
    private readonly leaseMs: number,
  ) {}

  /** As it is stored. @throws InvalidOptionError for a store that keeps none */
  store(): ScheduleStore {
    if (this.kept !== undefined) return this.kept;
    throw new InvalidOptionError('store', 'keeps no schedules', 'The registry of schedules is in Postgres');
  }

  /** One for each client: what it saw of its namespace answers everybody. */
  registry(client: SchedulesClient): Registry {
    const known = this.registries.get(client);
    if (known !== undefined) return known;
    const registry = new Registry(client, this.store(), this.leaseMs);
    this.registries.set(client, registry);
    return registry;
  }

  /** Whose schedules are whose, by plan. */
  ofPlans(namespace: string, exists: (scheduleId: string) => Promise<boolean>): RegisteredSchedules {
    return new RegisteredSchedules(this.store(), namespace, exists);
  }

  planRegistry(): PlanRegistry {
    return {
      expiries: headerExpiries,
      ownedBy: (namespace, exists) => this.ofPlans(namespace, exists),
    };
  }
}
