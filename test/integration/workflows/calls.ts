import { proxyActivities, type ActivityFunction, type ActivityOptions } from '@temporalio/workflow';
import '../../../src/workflow';

export interface Order {
  readonly id: string;
  readonly amount?: number;
}

type AnyActivities = Record<string, ActivityFunction>;

const DEFAULTS: ActivityOptions = {
  startToCloseTimeout: '20s',
  retry: { initialInterval: '50ms', backoffCoefficient: 1, maximumAttempts: 4 },
};

/** One activity of any name, with options that came as data. */
export async function call(name: string, args: unknown[], options: ActivityOptions = {}): Promise<unknown> {
  const activity = proxyActivities<AnyActivities>({ ...DEFAULTS, ...options })[name] as ActivityFunction;
  return activity(...args);
}

/** The form the README shows: the key chosen from the arguments, in workflow code. */
export async function chargeOrder(order: Order): Promise<unknown> {
  const { charge } = proxyActivities<{ charge(order: Order): Promise<unknown> }>({
    ...DEFAULTS,
    idempotency: { scope: 'global', key: (o: Order) => o.id },
  });
  return charge(order);
}

export async function ringPerCall(bell: string, key: string): Promise<void> {
  const { ring } = proxyActivities<{ ring(bell: string): Promise<void> }>(DEFAULTS);
  await ring.executeWithOptions({ idempotency: { key } }, [bell]);
}

/** Scope and key chosen from the arguments. */
export async function billTenant(tenant: string, invoice: string): Promise<unknown> {
  const { bill } = proxyActivities<{ bill(tenant: string, invoice: string): Promise<unknown> }>({
    ...DEFAULTS,
    idempotency: { scope: (t: string) => ({ tenant: t }), key: (_t: string, i: string) => i },
  });
  return bill(tenant, invoice);
}

/** One after the other, each under the same activity id. */
export async function callsUnderOneId(name: string, ids: string[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const id of ids) {
    const options: ActivityOptions = { ...DEFAULTS, activityId: 'the-same', idempotency: { key: id } };
    results.push(await (proxyActivities<AnyActivities>(options)[name] as ActivityFunction)(id));
  }
  return results;
}

/** Tries to send a function along; what the workflow task fails with is in its history. */
export async function sendsFunction(): Promise<unknown> {
  const idempotency = { key: 'k', onUnknownOutcome: (() => 'rerun') as never };
  return (proxyActivities<AnyActivities>({ ...DEFAULTS, idempotency })['echo'] as ActivityFunction)();
}
