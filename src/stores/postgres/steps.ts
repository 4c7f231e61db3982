import type { ClaimName, SettleVerdict, StepsAnswer, StepToRecord } from '../store';
import { COMMITS } from './committed';
import type { PgPool } from './pool';
import { verdictOf } from './rows';

/** The steps of a live claim's operation, in one statement. */
export async function readSteps(
  pool: PgPool,
  schema: string,
  { key, fence, nonce }: ClaimName,
): Promise<StepsAnswer> {
  const steps = `"${schema}".steps_v1($1, $2, $3)`;
  const values = [key, fence.toString(), nonce];
  let { rows } = await pool.query(`SELECT * FROM ${steps}`, values);
  // Said to be lost: once more, committing, before anybody is told. That answers with a row in any case.
  if (rows.length === 0)
    ({ rows } = await pool.query(`SELECT * FROM (SELECT ${COMMITS}) c LEFT JOIN ${steps} ON true`, values));
  const life = rows[0]?.['life'] ?? undefined;
  if (life === undefined) return { kind: 'stale' };
  return {
    kind: 'steps',
    life: BigInt(life as string),
    // A claim without steps answers with one row, and no name in it.
    steps: rows
      .filter((row) => row['name'] !== null)
      .map((row) => ({
        name: row['name'] as string,
        fence: BigInt(row['fence'] as string),
        payload: row['payload'] as Buffer,
        context: (row['context'] as string | null) ?? undefined,
      })),
  };
}

/** Records one step; undefined: the record was in somebody's hand, ask again. */
export async function writeStep(
  pool: PgPool,
  schema: string,
  step: StepToRecord,
): Promise<SettleVerdict | undefined> {
  const { key, fence, nonce, name, payload, context } = step;
  const text = `SELECT "${schema}".record_step_v1($1, $2, $3, $4, $5, $6) AS verdict`;
  const values = [key, fence.toString(), nonce, name, Buffer.from(payload), context ?? null];
  const verdict = verdictOf((await pool.query(text, values)).rows[0]);
  if (verdict !== 'stale') return verdict;
  return verdictOf((await pool.query(`${text}, ${COMMITS} AS committed`, values)).rows[0]);
}
