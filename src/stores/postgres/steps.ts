import type { ClaimName, SettleVerdict, StepsAnswer, StepToRecord } from '../store';
import type { PgPool } from './pool';
import { verdictOf } from './rows';

/** The steps of a live claim's operation, in one statement. */
export async function readSteps(
  pool: PgPool,
  schema: string,
  { key, fence, nonce }: ClaimName,
): Promise<StepsAnswer> {
  const { rows } = await pool.query(`SELECT * FROM "${schema}".steps_v1($1, $2, $3)`, [
    key,
    fence.toString(),
    nonce,
  ]);
  const [first] = rows;
  if (first === undefined) return { kind: 'stale' };
  return {
    kind: 'steps',
    life: BigInt(first['life'] as string),
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
  const { rows } = await pool.query(`SELECT "${schema}".record_step_v1($1, $2, $3, $4, $5, $6) AS verdict`, [
    key,
    fence.toString(),
    nonce,
    name,
    Buffer.from(payload),
    context ?? null,
  ]);
  return verdictOf(rows[0]);
}
