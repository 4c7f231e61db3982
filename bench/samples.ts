import type { Operation } from '../src';

/** One argument of about 70 bytes of JSON. */
export function smallArgs(n: number): readonly unknown[] {
  return [{ ticket: `T-${String(n).padStart(8, '0')}`, recipient: 'facility@example.org', level: 2 }];
}

/** What an activity on such a ticket might give back; its cache entry has about 200 bytes. */
export function smallResult(n: number): unknown {
  return { ticket: `T-${n}`, state: 'escalated', to: 'lead' };
}

/** As long as the entry of a small result: what floors read from Redis. */
export const RAW_VALUE = 'v'.repeat(200);

/** Body of an operation that has an outcome. */
export function mustNotRun(): never {
  throw new Error('a body ran where an outcome was recorded');
}

/** One argument of about 1 KB of JSON, as they come: nested, unsorted names, numbers, text that needs escapes. */
export function kilobyteArgs(n: number): readonly unknown[] {
  return [
    {
      ticket: `T-${String(n).padStart(8, '0')}`,
      building: { site: 'North', floor: 3, room: '3.14', coordinates: [52.520008, 13.404954] },
      reporter: { name: 'Ada Lovelace', email: 'ada@example.org', phone: '+49 30 1234567', verified: true },
      description: `The window in "3.14" does not close.\n${'Cold air gets in; please send somebody. '.repeat(9)}`,
      history: Array.from({ length: 5 }, (_, step) => ({
        step,
        by: `user-${step}`,
        at: '2025-01-15T09:30:00.000Z',
        note: null,
      })),
      priority: 2,
      tags: ['window', 'urgent', 'heating'],
      costs: 129.5,
    },
  ];
}

/** Keyed by its arguments, the ordinary case without an explicit key: canonical text, two digests. */
export function operation(type: string, args: readonly unknown[]): Operation {
  return { type, args };
}
