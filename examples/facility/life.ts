import type { Pool } from 'pg';
import type { Idempotency } from 'temporal-once';
import type { Answer } from './load';
import { KINDS, type Kind } from './operations';

interface Line {
  readonly at: Date;
  readonly text: string;
}

interface BeganRow {
  readonly at: Date;
  readonly worker: string;
  readonly workflow_id: string;
  readonly fence: string;
  readonly run: number;
}

/** The life of the key that lived through most, told from the records. */
export async function lifeOfOneKey(
  pool: Pool,
  schema: string,
  once: Idempotency,
  answers: readonly Answer[],
): Promise<string> {
  const picked = await pool.query<{ operation: string; kind: Kind }>(
    `SELECT operation, kind FROM ${schema}.events WHERE what = 'began'
     GROUP BY operation, kind ORDER BY max(run) DESC, count(*), operation LIMIT 1`,
  );
  const [chosen] = picked.rows;
  if (chosen === undefined) return 'No key has lived.';
  const { operation, kind } = chosen;
  const type = KINDS.find((one) => one.kind === kind)?.activity ?? kind;
  const record = await once.lookup({ type, key: operation });
  const mine = answers.filter((answer) => answer.operation.id === operation);
  const runner = await lastRunner(pool, schema, operation);
  const lines: Line[] = [
    ...(await claimsAndKills(pool, schema, operation)),
    ...(await effects(pool, schema, operation)),
    ...(record?.settledAt === undefined
      ? []
      : [
          {
            at: record.settledAt,
            text: `${record.state} under fence ${record.fence}: the outcome is recorded`,
          },
        ]),
    ...told(mine, runner),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
  const title = `The life of one key: ${record?.key ?? operation}`;
  const replays = mine.filter(({ workflowId }) => workflowId !== runner).length;
  return [
    title,
    ...lines.map(({ at, text }) => `  ${clock(at)}  ${text}`),
    `  ${mine.length} workflows answered, ${replays} of them with a replay`,
  ].join('\n');
}

/** The workflow whose activity ran the body last, and so to its recorded outcome. */
async function lastRunner(pool: Pool, schema: string, operation: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ workflow_id: string }>(
    `SELECT workflow_id FROM ${schema}.events WHERE operation = $1 ORDER BY at DESC LIMIT 1`,
    [operation],
  );
  return rows[0]?.workflow_id;
}

async function claimsAndKills(pool: Pool, schema: string, operation: string): Promise<Line[]> {
  const began = await pool.query<BeganRow>(
    `SELECT at, worker, workflow_id, fence, run FROM ${schema}.events WHERE operation = $1 ORDER BY at`,
    [operation],
  );
  const kills = await pool.query<{ at: Date; worker: string }>(
    `SELECT k.at, k.worker FROM ${schema}.events k WHERE k.what = 'killed' AND k.worker = ANY($1)
       AND k.at < $2`,
    [began.rows.map(({ worker }) => worker), began.rows.at(-1)?.at],
  );
  return [
    ...began.rows.map(({ at, worker, workflow_id, fence, run }) => ({
      at,
      text:
        run > 1
          ? `taken over by worker ${worker} for ${short(workflow_id)}, fence ${fence}: run ${run}, after an unknown outcome`
          : `claimed by worker ${worker} for ${short(workflow_id)}, fence ${fence}`,
    })),
    ...kills.rows.map(({ at, worker }) => ({ at, text: `worker ${worker} killed` })),
  ];
}

async function effects(pool: Pool, schema: string, operation: string): Promise<Line[]> {
  const { rows } = await pool.query<{ at: Date; worker: string; what: string }>(
    `SELECT at, worker, what FROM ${schema}.effects WHERE operation = $1`,
    [operation],
  );
  return rows.map(({ at, worker, what }) => ({ at, text: `effect by worker ${worker}: ${what}` }));
}

/** What the workflows were told. All but the one that ran the body to its outcome got a replay. */
function told(answers: readonly Answer[], runner: string | undefined): Line[] {
  return answers.flatMap(({ workflowId, startedAt, answeredAt, receipt }) => [
    { at: startedAt, text: `${short(workflowId)} started` },
    {
      at: answeredAt,
      text: `${short(workflowId)} ${workflowId === runner ? 'answered' : 'answered by replay'}: ${receipt.effect}, done by worker ${receipt.worker}`,
    },
  ]);
}

function short(workflowId: string): string {
  return `workflow …/${workflowId.split('/').at(-1)}`;
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 23);
}
