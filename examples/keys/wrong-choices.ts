import { randomUUID } from 'node:crypto';
import { taskKeys, type Idempotency } from 'temporal-once';

// Wrong choices of a key, each as short as it is usually written. docs/keys.md has a row for each, and a test sees each
// of them fail. An "effect" is a run of the body: where once was meant and two stand here, the customer paid twice.

/** Runs an operation for each key, with the arguments beside it, and says what happened. */
async function effectsOf(
  once: Idempotency,
  type: string,
  calls: readonly { readonly key: unknown; readonly args?: readonly unknown[] }[],
): Promise<{ readonly effects: number; readonly answers: readonly unknown[] }> {
  let effects = 0;
  const answers: unknown[] = [];
  for (const { key, args } of calls) {
    const operation = args === undefined ? { type, key } : { type, key, args };
    answers.push(await once.run(operation, () => `answer ${++effects}`));
  }
  return { effects, answers };
}

/** A random id made at each attempt. */
export const random = (once: Idempotency) =>
  effectsOf(once, 'random', [{ key: randomUUID() }, { key: randomUUID() }]);

/** A key made inside the loop that retries the HTTP request, instead of in front of it. */
export async function madeInTheRetryLoop(once: Idempotency) {
  const attempts = [];
  for (let attempt = 1; attempt <= 2; attempt++) attempts.push({ key: `http-${randomUUID()}` });
  return effectsOf(once, 'http-attempt', attempts);
}

/** The path of the HTTP request alone: each user's and each day's request is the same one. */
export const pathAlone = (once: Idempotency) =>
  effectsOf(once, 'http-path', [{ key: 'POST /orders' }, { key: 'POST /orders' }]);

/** The key that a client sent, without who the client is: two clients that count from 1 meet. */
export const withoutTheUser = (once: Idempotency) =>
  effectsOf(once, 'http-user', [
    { key: 'request-1' }, // from ann
    { key: 'request-1' }, // from bob
  ]);

/** The workflow id, for what several workflows may ask for. */
export const workflowId = (once: Idempotency) =>
  effectsOf(once, 'charge-by-workflow', [{ key: 'web-order-42' }, { key: 'queue-order-42' }]);

/** A start named by the minute in which it was asked for: a retry a moment later is another start. */
export function windowOfTime(once: Idempotency) {
  const minute = (at: string): string => at.slice(0, 16);
  return effectsOf(once, 'start', [
    { key: `import:${minute('2025-10-01T10:05:59Z')}` },
    { key: `import:${minute('2025-10-01T10:06:01Z')}` },
  ]);
}

/** An operation that recurs, without its period: tomorrow's is answered with today's. */
export const withoutThePeriod = (once: Idempotency) =>
  effectsOf(once, 'autoclose', [
    { key: 'autoclose:123' }, // of the first of October
    { key: 'autoclose:123' }, // of the second
  ]);

/** A signal named by its workflow and its name: the second approval is swallowed. */
export const signalNameAlone = (once: Idempotency) =>
  effectsOf(once, 'signal', [
    { key: 'expense-7/approve' }, // by ann
    { key: 'expense-7/approve' }, // by bob: two were needed
  ]);

/** A signal named by the time at which it is sent: the sender's retry counts twice. */
export const signalByTime = (once: Idempotency) =>
  effectsOf(once, 'signal-at', [
    { key: 'expense-7/approve/ann/1759312000001' },
    { key: 'expense-7/approve/ann/1759312000950' },
  ]);

/** A standalone activity named by the id that the caller draws for each start. */
export const standaloneActivityId = (once: Idempotency) =>
  effectsOf(once, 'standalone', [{ key: `activity-${randomUUID()}` }, { key: `activity-${randomUUID()}` }]);

/** The day as this machine's clock on the wall has it: two machines, two days. */
export function localDay(once: Idempotency) {
  const instant = new Date('2025-09-30T23:30:00Z');
  const dayOn = (timeZone: string): string => instant.toLocaleDateString('en-CA', { timeZone });
  return effectsOf(once, 'local-day', [
    { key: `autoclose:123:${dayOn('Europe/Berlin')}` },
    { key: `autoclose:123:${dayOn('America/New_York')}` },
  ]);
}

/** The id as a number here, as a text there. */
export const numberAndText = (once: Idempotency) =>
  effectsOf(once, 'number-text', [{ key: 7 }, { key: '7' }]);

/** Parts joined by hand: tenant `a:b` with ticket `c`, and tenant `a` with ticket `b:c`. */
export function joinedByHand(once: Idempotency) {
  const key = (tenant: string, ticket: string): string => `${tenant}:${ticket}`;
  return effectsOf(once, 'joined', [{ key: key('a:b', 'c') }, { key: key('a', 'b:c') }]);
}

/** The key names the whole, and is used for each part. */
export const wholeForItsParts = (once: Idempotency) =>
  effectsOf(once, 'line', [{ key: 'order-42' }, { key: 'order-42' }]); // two lines of one order

/** The customer alone: with the arguments beside it, the second order is refused instead of swallowed. */
export const customerAlone = (once: Idempotency) =>
  effectsOf(once, 'customer', [
    { key: 'customer-9', args: [{ order: 1 }] },
    { key: 'customer-9', args: [{ order: 2 }] },
  ]);

/** No key, and arguments that hold a trace id. */
export async function argumentsThatChange(once: Idempotency) {
  let effects = 0;
  for (const traceId of ['t1', 't2'])
    await once.run({ type: 'traced', args: [{ order: 42, traceId }] }, () => ++effects);
  return { effects };
}

/** Retention shorter than the pause between duplicates. */
export async function retentionTooShort(once: Idempotency) {
  let effects = 0;
  const operation = { type: 'short', key: 'order-42', ttl: '50ms' };
  await once.run(operation, () => ++effects);
  await new Promise((resolve) => setTimeout(resolve, 150)); // the queue delivers again after this long
  await once.run(operation, () => ++effects);
  return { effects };
}

/** Two spellings of `é` in Unicode, as two keyboards type it. */
export const typedByPeople = (once: Idempotency) =>
  effectsOf(once, 'typed', [{ key: 'caf\u00e9' }, { key: 'cafe\u0301' }]);

/** The right choice, for comparison: names the operation, in words that every caller has. */
export const right = (once: Idempotency) =>
  effectsOf(once, 'right', [
    { key: taskKeys.payment({ orderId: 42, action: 'charge' }) },
    { key: taskKeys.payment({ orderId: '42', action: 'charge' }) },
  ]);
