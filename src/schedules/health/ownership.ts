import { driftOf } from '../drift';
import type { Live } from '../describe';
import type { OwnedSchedule } from '../owned';
import { healthFinding, quoted, type HealthFinding, type Whose } from './finding';

/** Schedules of this package's own rounds, one a store: they are in no plan. */
const OWN = /^temporal-once-(?:upkeep|health)\//;

export const isOwn = (scheduleId: string): boolean => OWN.test(scheduleId);

/** What was changed by hand since apply, but for a pause, which is told by itself. */
export function driftFinding(whose: Whose, row: OwnedSchedule, live: Live | undefined): HealthFinding[] {
  const drift = driftOf(row, live);
  if (drift?.kind === 'deleted')
    return [
      healthFinding('drifted', whose, {
        proof: 'the registry has it and the server has not: it was deleted by hand',
        change:
          row.plan === undefined
            ? 'Create it again, with the same times; or leave it: its times are free'
            : 'Apply the plan again; or take the job out of it, and prune',
      }),
    ];
  const fields = drift?.fields.filter(({ field }) => field !== 'paused') ?? [];
  if (fields.length === 0) return [];
  return [
    healthFinding('drifted', whose, {
      proof: `changed by hand since it was applied: ${fields.map(({ field, from, to }) => `${field} ${from} → ${to}`).join(', ')}`,
      change: 'Apply the plan again; or write into it what is wanted, and apply',
    }),
  ];
}

export function absentFinding(whose: Whose): HealthFinding {
  return healthFinding('drifted', whose, {
    proof: 'the plan has it and the server has not',
    change: 'Apply the plan',
  });
}

export function foreignFinding(whose: Whose, owner: string | undefined): HealthFinding {
  return healthFinding('drifted', whose, {
    proof: `the server has a schedule of this id that belongs to ${owner === undefined ? 'no plan' : `plan ${owner}`}`,
    change: 'Give the job another id, or import the schedule',
  });
}

export function unownedFinding({ id }: Pick<Live, 'id'>): HealthFinding {
  return healthFinding(
    'unowned',
    { scheduleId: id, job: undefined, plan: undefined, place: undefined },
    {
      proof: 'no plan and no row of the registry knows it: nothing tells whether it collides',
      change: `Take it into a plan: temporal schedule plan import <plan> ${quoted(id)}; or delete it`,
    },
  );
}
