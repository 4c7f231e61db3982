import { firstExecution } from '../growth/first-execution';
import { withGrown, type Grown } from '../growth/schemas';
import { comparedLine, line, type Line } from '../line';
import { interleave, median, rateInFlight } from '../measure';
import type { Surroundings } from '../surroundings';

const MOST_RECORDS = 200_000;
const INDEXES = ['records_age', 'records_type', 'records_label', 'records_workflow_parts'];
const DROP_ALL = INDEXES.map((name) => `DROP INDEX {{schema}}.${name}`).join('; ');
/** As it was before schema version 9: in no order. */
const BY_ID = `DROP INDEX {{schema}}.records_workflow_parts;
  CREATE INDEX records_workflow ON {{schema}}.records ((owner_detail ->> 'workflowId'), claimed_at, fence)
  WHERE owner_detail ->> 'workflowId' IS NOT NULL`;

/**
 * What each index that operators page along costs a first execution, 64 in flight, with the owner of an activity. The floor
 * is a store without any of them; the others are today's, and today's without one; and today's with workflows
 * by their id. For information. Beside the rates stand the bytes
 * of write-ahead log that a first execution takes: they hardly move with the machine.
 */
export async function growthIndexes(on: Surroundings): Promise<Line[]> {
  const records = Math.min(MOST_RECORDS, on.mostRecords);
  const changes: [name: string, change: string | undefined][] = [
    ['none', DROP_ALL],
    ['all', undefined],
    ...INDEXES.map((name): [string, string] => [`without-${name}`, `DROP INDEX {{schema}}.${name}`]),
    ['workflow-by-id', BY_ID],
  ];
  const wanted = changes.map(([, change], index) => ({
    name: `indexed_${index}`,
    change,
    records,
    percentAtRest: 10,
  }));
  return withGrown(on, wanted, async (grown) => {
    const { sliceMs, warmUpMs } = on.effort;
    const logged = grown.map((): number[] => []);
    const slice = async ({ store }: Grown, index: number): Promise<number> => {
      const before = await logPosition(on);
      let done = 0;
      const rate = await rateInFlight(async () => {
        await firstExecution(store);
        done++;
      }, sliceMs);
      logged[index]?.push(((await logPosition(on)) - before) / done);
      return rate;
    };
    for (const { store } of grown) await rateInFlight(() => firstExecution(store), warmUpMs / 2);
    const compared = await interleave(on.effort, ...grown.map((one, index) => () => slice(one, index)));
    const bytes = logged.map(median);
    return changes.flatMap(([name], index) => {
      const group = { group: 'growth-indexes' };
      const log = { value: bytes[index] ?? NaN, unit: 'bytes of log', floor: bytes[0] ?? NaN };
      return [
        { ...comparedLine(`growth-indexes/${name}`, 'ops/s', compared, undefined, index), ...group },
        { ...line(`growth-indexes-log/${name}`, log, undefined), ...group },
      ];
    });
  });
}

/** Bytes of write-ahead log so far. */
export async function logPosition({ pool }: Surroundings): Promise<number> {
  const { rows } = await pool.query<{ at: string }>(`SELECT pg_current_wal_insert_lsn() - '0/0' AS at`);
  return Number(rows[0]?.at);
}
