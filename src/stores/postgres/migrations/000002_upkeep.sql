-- min_compatible: 1
-- Upkeep: the sweep, invalidations that a cache still has to be told, and raising the store's generation.

-- What a clear wants gone from a cache. Written by the statement that clears, before the cache is asked, so that no
-- crash in between loses it. A worker marks what the cache took; only upkeep deletes.
CREATE TABLE {{schema}}.invalidations (
  -- Prefix of the cache's keys: several caches may stand in front of one store.
  cache       text NOT NULL,
  key         text COLLATE "C" NOT NULL,
  fence       bigint NOT NULL,
  placed      boolean NOT NULL DEFAULT false,
  cleared_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (cache, key)
);

-- How far the sweep has come through the table. Its lock is also what keeps two sweeps apart.
CREATE TABLE {{schema}}.sweep_position (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  next_block  bigint NOT NULL DEFAULT 0
);
INSERT INTO {{schema}}.sweep_position DEFAULT VALUES;

CREATE FUNCTION {{schema}}.count_upkeep_v1(a_path text, a_count bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO {{schema}}.counts AS c (minute, type, door, path, count)
  SELECT date_trunc('minute', clock_timestamp()), 'upkeep', 'upkeep', a_path, a_count WHERE a_count > 0
  ON CONFLICT (minute, type, door, path) DO UPDATE SET count = c.count + excluded.count
$$;

-- Sweeps the next blocks of the table and moves on, in one transaction: killed, it begins again at the same place.
-- `done` when the end of the table was reached; the next call begins at its start.
--
-- A record goes when its key has been free for `a_rest_ms` – and only when it was claimed before any statement that
-- runs now began. A fresh row's fence is taken before its insert: a claim that has been stalled in between since
-- before the swept record was claimed would put a smaller fence in its place. (Statements of other roles are seen
-- by members of pg_read_all_stats only; for the others the rest has to be longer than the longest statement.)
-- A running record stays whatever its age: when its lease is over, its outcome is unknown, not gone. So does one that
-- was let go and has steps: a retry has yet to come for them (sweep_steps_v1 knows for how long).
CREATE FUNCTION {{schema}}.sweep_v1(a_rest_ms bigint, a_blocks integer) RETURNS TABLE (swept integer, done boolean)
LANGUAGE plpgsql VOLATILE
-- By place in the table: no index is kept for the sweep, so that completing a record stays a HOT update.
SET enable_seqscan = off
AS $$
DECLARE
  first_block bigint;
  blocks bigint;
  low tid;
  high tid;
  rested timestamptz;
  oldest_statement timestamptz;
BEGIN
  SELECT p.next_block INTO first_block FROM {{schema}}.sweep_position p FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    -- Another sweep is at it.
    RETURN QUERY SELECT 0, true;
    RETURN;
  END IF;
  rested := clock_timestamp() - a_rest_ms * interval '1 millisecond';
  SELECT coalesce(min(a.query_start), clock_timestamp()) INTO oldest_statement
  FROM pg_catalog.pg_stat_activity a
  WHERE a.datname = current_database() AND a.state = 'active' AND a.pid <> pg_backend_pid()
    AND position('{{schema}}.' IN a.query) > 0;
  blocks := pg_relation_size('{{schema}}.records') / current_setting('block_size')::bigint;
  IF first_block >= blocks THEN
    first_block := 0;
  END IF;
  low := format('(%s,0)', first_block)::tid;
  high := format('(%s,0)', first_block + a_blocks)::tid;

  WITH at_rest AS MATERIALIZED (
    SELECT r.ctid AS place FROM {{schema}}.records r
    WHERE r.ctid >= low AND r.ctid < high
      AND r.state IN (0, 2, 3) AND greatest(r.ends_at, r.settled_at) < rested AND r.claimed_at < oldest_statement
      AND (r.state <> 0 OR NOT EXISTS (SELECT 1 FROM {{schema}}.steps s WHERE s.key = r.key AND s.fence > r.life))
    FOR UPDATE OF r SKIP LOCKED
  ), gone AS (
    -- Once more under the lock.
    DELETE FROM {{schema}}.records r
    WHERE r.ctid = ANY (ARRAY(SELECT place FROM at_rest))
      AND r.state IN (0, 2, 3) AND greatest(r.ends_at, r.settled_at) < rested AND r.claimed_at < oldest_statement
    RETURNING 1
  )
  SELECT count(*)::integer INTO swept FROM gone;

  done := first_block + a_blocks >= blocks;
  UPDATE {{schema}}.sweep_position SET next_block = CASE WHEN done THEN 0 ELSE first_block + a_blocks END;
  PERFORM {{schema}}.count_upkeep_v1('swept', swept);
  RETURN NEXT;
END
$$;

-- Counts, and invalidations that are done with or that no cache entry can be as old as.
CREATE FUNCTION {{schema}}.trim_v1(a_keep_ms bigint, a_rows integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before timestamptz := clock_timestamp() - a_keep_ms * interval '1 millisecond';
  trimmed integer;
  more integer;
BEGIN
  DELETE FROM {{schema}}.counts c WHERE c.ctid = ANY (ARRAY(
    SELECT o.ctid FROM {{schema}}.counts o WHERE o.minute < before LIMIT a_rows FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS trimmed = ROW_COUNT;
  DELETE FROM {{schema}}.invalidations i WHERE (i.placed OR i.cleared_at < before) AND i.ctid = ANY (ARRAY(
    SELECT o.ctid FROM {{schema}}.invalidations o WHERE o.placed OR o.cleared_at < before
    LIMIT a_rows FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS more = ROW_COUNT;
  RETURN trimmed + more;
END
$$;

-- After a restore or a failover that lost commits: a generation never used before, also not by what was lost, and
-- fences far above whatever was handed out and lost.
CREATE FUNCTION {{schema}}.raise_generation_v1(a_fence_step bigint)
RETURNS TABLE (previous bigint, generation bigint, fence bigint)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
  v_previous bigint;
  v_generation bigint;
BEGIN
  SELECT m.generation INTO STRICT v_previous FROM {{schema}}.store_meta m FOR UPDATE;
  -- Counting on by one would repeat a generation that was raised to after the backup was made.
  v_generation := greatest(v_previous + 1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  UPDATE {{schema}}.store_meta SET generation = v_generation;
  RETURN QUERY SELECT v_previous, v_generation, setval('{{schema}}.fences', a_fence_step + greatest(
    -- Logical replication copies rows and no sequences: either may be ahead.
    nextval('{{schema}}.fences'),
    (SELECT coalesce(max(r.fence), 0) FROM {{schema}}.records r),
    (SELECT coalesce(max(i.fence), 0) FROM {{schema}}.invalidations i)));
END
$$;
