import type { Pool } from 'pg';

export const PARTS = 8;

/**
 * Of the table in one their plans are kept anyway. In parts a plan for one key alone looks cheaper, since it has one part, and
 * would be made anew at each call (measured: first executions alone take a third longer).
 */
const LONE = ['claim_one_v1', 'settle_one_v1'];

/** Names a row by its place within one table: in parts each of them has such a place. */
type Rewrite = (definition: string, schema: string) => readonly string[];
const BY_PLACE: Readonly<Record<string, Rewrite>> = { sweep_v1: sweepByPart, batch_v1: settleByPart };

/** The tables that hold the records of a schema: the one, or its parts. */
export async function recordTables(pool: Pool, schema: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_catalog.pg_class c
     WHERE c.relkind = 'r' AND (c.oid = $1::regclass
       OR c.oid IN (SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = $1::regclass))
     ORDER BY c.relname`,
    [`"${schema}".records`],
  );
  return rows.map(({ name }) => name);
}

/**
 * Puts a table in parts by hash of the key in the place of the empty table of records that a migration made: columns, checks, indexes,
 * storage settings and references to it are taken from that one. (Migrations make no triggers on it, and grant nothing.)
 * Statements that know a row by its place get its part beside that, and plans are kept as before.
 * @throws Error naming a function that would mistake a row of one part for one of another
 */
export async function partition(pool: Pool, schema: string): Promise<void> {
  const records = `"${schema}".records`;
  const whole = `"${schema}".records_whole`;
  const { rows: references } = await pool.query<{ drop: string; add: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', f.conrelid::regclass, f.conname) AS drop,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', f.conrelid::regclass, f.conname, pg_get_constraintdef(f.oid)) AS add
     FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.confrelid = $1::regclass`,
    [records],
  );
  const { rows: kept } = await pool.query<{ settings: string }>(
    `SELECT array_to_string(c.reloptions, ', ') AS settings FROM pg_catalog.pg_class c WHERE c.oid = $1::regclass`,
    [records],
  );
  const parts = Array.from(
    { length: PARTS },
    (_, part) =>
      `CREATE TABLE ${partOf(schema, 'records', part)} PARTITION OF ${records}
       FOR VALUES WITH (MODULUS ${PARTS}, REMAINDER ${part}) WITH (${kept[0]?.settings ?? ''})`,
  );
  const statements = [
    ...references.map(({ drop }) => drop),
    `ALTER TABLE ${records} RENAME TO records_whole`,
    `CREATE TABLE ${records} (LIKE ${whole} INCLUDING ALL) PARTITION BY HASH (key)`,
    ...parts,
    ...references.map(({ add }) => add),
    `DROP TABLE ${whole}`,
    ...(await rewritten(pool, schema)),
    ...LONE.map((name) => `ALTER FUNCTION "${schema}".${name} SET plan_cache_mode = force_generic_plan`),
  ];
  await pool.query(`BEGIN; ${statements.join(';\n')}; COMMIT`);
}

function partOf(schema: string, table: string, part: number): string {
  return `"${schema}".${table}_${part}`;
}

async function rewritten(pool: Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `SELECT p.proname AS name, pg_get_functiondef(p.oid) AS definition FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = $1::regnamespace AND p.prosrc ~ '\\.records\\M' AND p.prosrc ~ '\\mctid\\M'`,
    [`"${schema}"`],
  );
  return rows.flatMap(({ name, definition }) => {
    const rewrite = Object.hasOwn(BY_PLACE, name) ? BY_PLACE[name] : undefined;
    if (rewrite === undefined)
      throw new Error(
        `${name} knows records by their place in one table; bench/growth/partitions.ts has no form for parts`,
      );
    return rewrite(definition, schema);
  });
}

/** One sweep a part, each as the whole table has it, and one after the other. */
function sweepByPart(definition: string, schema: string): string[] {
  const position = `"${schema}".sweep_position`;
  const ofParts = Array.from({ length: PARTS }, (_, part) => [
    `CREATE TABLE ${partOf(schema, 'sweep_position', part)} (LIKE ${position} INCLUDING ALL)`,
    `INSERT INTO ${partOf(schema, 'sweep_position', part)} DEFAULT VALUES`,
    definition
      .replace(/\bsweep_v1\b/, `sweep_part_${part}`)
      .replaceAll(`"${schema}".records`, partOf(schema, 'records', part))
      .replaceAll(position, partOf(schema, 'sweep_position', part)),
  ]);
  return [
    ...ofParts.flat(),
    // The place that was a block's is the part's.
    `CREATE OR REPLACE FUNCTION "${schema}".sweep_v1(a_rest_ms bigint, a_blocks integer)
     RETURNS TABLE (swept integer, done boolean) LANGUAGE plpgsql VOLATILE AS $$
     DECLARE
       part bigint;
     BEGIN
       SELECT p.next_block INTO part FROM ${position} p FOR UPDATE SKIP LOCKED;
       IF NOT FOUND THEN
         RETURN QUERY SELECT 0, true;
         RETURN;
       END IF;
       EXECUTE format('SELECT s.swept, s.done FROM %I.%I($1, $2) s', '${schema}', 'sweep_part_' || part)
         INTO swept, done USING a_rest_ms, a_blocks;
       IF done THEN
         UPDATE ${position} SET next_block = (part + 1) % ${PARTS};
         done := part = ${PARTS - 1};
       END IF;
       RETURN NEXT;
     END
     $$`,
  ];
}

/**
 * By part and place. A row is looked for in every part; by its key too only its own would be, but then the planner walks whole
 * indexes for as long as nobody has counted the rows that came (measured: a fifth of the rate).
 */
function settleByPart(definition: string): string[] {
  const changes = [
    ['SELECT i.*, l.tid', 'SELECT i.*, l.tid, l.part'],
    ['SELECT r.ctid AS tid', 'SELECT r.ctid AS tid, r.tableoid AS part'],
    ['WHERE r.ctid = l.tid', 'WHERE r.ctid = l.tid AND r.tableoid = l.part'],
  ] as const;
  return [
    changes.reduce((text, [from, to]) => {
      if (text.split(from).length !== 2)
        throw new Error(
          `batch_v1 does not say '${from}' once; bench/growth/partitions.ts has no form for parts`,
        );
      return text.replace(from, to);
    }, definition),
  ];
}
