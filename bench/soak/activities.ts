import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { idempotent, step, type Idempotency } from '../../src';
import { RETENTION, type Order } from './settings';

export interface Activities {
  look(order: Order): Promise<string>;
  charge(order: Order): Promise<string>;
  refuse(order: Order): Promise<string>;
  falter(order: Order): Promise<string>;
  book(order: Order): Promise<void>;
  ship(order: Order): Promise<string>;
  guarded(order: Order): Promise<void>;
}

const POLICY = { key: (order: Order) => order.id, ttl: RETENTION } as const;
/** Rows of the users' table, written over and over: it must not be what grows. */
const SLOTS = 100;
const LOCKS = 3;
const TOIL_MS = 5;

/** One of each kind that there is: plain, keyed, refused for good, failing at first, transactional, in steps, locked. */
export function activitiesOn(
  service: () => Promise<Idempotency>,
  schema: string,
  leak: () => void,
): Activities {
  const toil = async (): Promise<void> => {
    leak();
    await sleep(TOIL_MS);
  };
  const receipt = ({ id }: Order): string => `receipt for ${id} `.padEnd(200, '.');
  return {
    look: async ({ id }) => {
      await toil();
      return id;
    },
    charge: async (order) => {
      await toil();
      return receipt(order);
    },
    refuse: async ({ id }) => {
      await toil();
      throw ApplicationFailure.create({ message: `${id} is refused`, type: 'Refused', nonRetryable: true });
    },
    falter: async (order) => {
      await toil();
      if (activityInfo().attempt === 1) throw new Error('a clean retry, please');
      return receipt(order);
    },
    book: idempotent.transactional(POLICY, async (tx, { id, n }: Order) => {
      leak();
      await tx.query(
        `INSERT INTO "${schema}".soak_bookings (slot, booked) VALUES ($1, $2)
         ON CONFLICT (slot) DO UPDATE SET booked = excluded.booked`,
        [n % SLOTS, id],
      );
    }),
    ship: idempotent(POLICY, async (order: Order) => {
      await step('pick', toil);
      return step('pack', () => receipt(order));
    }),
    guarded: async ({ n }) => (await service()).lock(`yard-${n % LOCKS}`, {}, toil),
  };
}
