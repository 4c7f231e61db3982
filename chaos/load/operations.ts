import type { Random } from '../random';

/**
 * Three ways to say "once": in the activity's code, in the workflow's options, and with the effect in the
 * transaction of the outcome.
 */
export const OPERATION_TYPES = ['charge', 'notify', 'transfer'] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];
/** Those whose effect is in Postgres. */
export const TRANSACTIONAL_TYPES: readonly OperationType[] = ['transfer'];

export interface Operation {
  readonly type: OperationType;
  readonly id: string;
  /** How long its body takes. */
  readonly toilMs: number;
  /** Its first body hangs, and has its effect when nobody expects it any more. */
  readonly hangs?: boolean;
  /** Its first body throws before its effect: a clean retry. */
  readonly throws?: boolean;
}

/** One start of an operation, under an id of its own. */
export interface Start {
  readonly operation: Operation;
  readonly door: 'workflow' | 'standalone' | 'service';
  readonly id: string;
  /** After the operation's first start. */
  readonly afterMs: number;
}

/** A workflow's options bring the key of `notify`, and a transaction needs an activity. */
const DOORS: Readonly<Record<OperationType, readonly Start['door'][]>> = {
  charge: ['workflow', 'standalone', 'service', 'service'],
  notify: ['workflow', 'service', 'service'],
  transfer: ['workflow', 'standalone'],
};

/** Operations and their duplicates without end, drawn from a seed. */
export class Operations {
  private count = 0;

  constructor(
    private readonly random: Random,
    private readonly standalone: boolean,
  ) {}

  /** @returns the starts of a new operation: at once, at its heels, seconds later, and now and then long after. */
  next(hangs: boolean): Start[] {
    const { random } = this;
    const number = ++this.count;
    const type = OPERATION_TYPES[number % OPERATION_TYPES.length] as OperationType;
    const long = random.chance(0.35);
    const operation: Operation = {
      type,
      id: `${type}-${number}`,
      toilMs: Math.round(long ? random.between(300, 2_500) : random.between(3, 60)),
      ...(hangs ? { hangs } : random.chance(0.06) ? { throws: true } : {}),
    };
    const laps = [0, random.between(0, 200), random.between(500, 8_000)];
    if (random.chance(0.3)) laps.push(random.between(8_000, 40_000));
    return laps.map((afterMs, copy) => ({
      operation,
      door: this.door(type),
      id: `${operation.id}/${copy + 1}`,
      afterMs,
    }));
  }

  private door(type: OperationType): Start['door'] {
    const door = this.random.pick(DOORS[type]);
    return door === 'standalone' && !this.standalone ? 'workflow' : door;
  }
}

/** A record's key ends with the key that was given: here the operation's id. */
export function operationIdIn(recordKey: string): string {
  return /[a-z]+-\d+$/.exec(recordKey)?.[0] ?? recordKey;
}
