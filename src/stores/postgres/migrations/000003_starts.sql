-- min_compatible: 1
-- Starts of workflows: which run was started under a key, until its outcome is a record, and for as long as that answers.

CREATE TABLE {{schema}}.starts (
  key           text COLLATE "C" PRIMARY KEY,
  -- 0 cleared, 1 open, 2 completed (the outcome is in `records`), 3 ended otherwise, 4 lost.
  state         smallint NOT NULL CHECK (state BETWEEN 0 AND 4),
  namespace     text COLLATE "C" NOT NULL,
  workflow_id   text COLLATE "C" NOT NULL,
  -- The run that was started, and the latest one known to have followed it (continue-as-new, retries).
  run_id        text COLLATE "C" NOT NULL,
  last_run_id   text COLLATE "C" NOT NULL,
  type          text NOT NULL,
  fingerprint   text,
  retention_ms  bigint NOT NULL,
  started_at    timestamptz NOT NULL,
  -- When upkeep looks at an open one next.
  look_at       timestamptz NOT NULL,
  -- End of the retention; of an open one nothing yet.
  ends_at       timestamptz
);
CREATE INDEX starts_workflow ON {{schema}}.starts (namespace, workflow_id);
CREATE INDEX starts_open ON {{schema}}.starts (namespace, look_at) WHERE state = 1;
CREATE INDEX starts_over ON {{schema}}.starts (ends_at) WHERE state <> 1;

-- Records what the server answered to a start. NULL: recorded, now or before. Else the run that stands there: another
-- one, open, completed or lost, which `a_replaces` does not name. Nothing is written then.
-- A run that was cleared, has ended without an outcome, or whose retention is over makes room for any other.
CREATE FUNCTION {{schema}}.started_v1(
  a_key text, a_namespace text, a_workflow_id text, a_run_id text, a_type text, a_fingerprint text, a_retention_ms bigint,
  a_replaces text
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s {{schema}}.starts;
BEGIN
  INSERT INTO {{schema}}.starts AS t (key, state, namespace, workflow_id, run_id, last_run_id, type, fingerprint,
    retention_ms, started_at, look_at)
  VALUES (a_key, 1, a_namespace, a_workflow_id, a_run_id, a_run_id, a_type, a_fingerprint, a_retention_ms,
    clock_timestamp(), clock_timestamp())
  ON CONFLICT (key) DO UPDATE SET state = 1, namespace = excluded.namespace, workflow_id = excluded.workflow_id,
    run_id = excluded.run_id, last_run_id = excluded.last_run_id, type = excluded.type,
    fingerprint = excluded.fingerprint, retention_ms = excluded.retention_ms, started_at = excluded.started_at,
    look_at = excluded.look_at, ends_at = NULL
  WHERE t.state = 0 OR t.ends_at <= clock_timestamp()
    -- Lost or ended, and the server answers with it all the same (it was reset).
    OR (t.state IN (3, 4) AND excluded.run_id IN (t.run_id, t.last_run_id))
    OR (t.run_id <> excluded.run_id AND t.last_run_id <> excluded.run_id
      AND (t.state = 3 OR (t.state IN (1, 4) AND t.run_id = a_replaces)
        -- Completed, and the outcome was cleared by a version that knows nothing of starts.
        OR (t.state = 2 AND NOT EXISTS (SELECT 1 FROM {{schema}}.records r
          WHERE r.key = t.key AND r.state = 2 AND r.ends_at > clock_timestamp()))));
  IF FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO s FROM {{schema}}.starts t WHERE t.key = a_key;
  RETURN CASE WHEN a_run_id IN (s.run_id, s.last_run_id) THEN NULL ELSE s.run_id END;
END
$$;

-- What became of a run, found by its workflow and run id (no run id: the one that stands there), while it is open or
-- lost; a lost one that goes on is open again. The outcome and the end of the start commit together; the start is locked before the record, as in clear_v1.
-- `a_end`: completed | ended | lost | followed (by `a_next_run_id`) | running (to be looked at again in `a_ms`).
-- NULL: nothing was open there, or a claim is live under the key.
CREATE FUNCTION {{schema}}.start_ended_v1(
  a_namespace text, a_workflow_id text, a_run_id text, a_end text, a_payload bytea, a_context text, a_next_run_id text,
  a_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s {{schema}}.starts;
BEGIN
  SELECT * INTO s FROM {{schema}}.starts t
  WHERE t.namespace = a_namespace AND t.workflow_id = a_workflow_id AND t.state IN (1, 4)
    AND (a_run_id IS NULL OR a_run_id IN (t.run_id, t.last_run_id))
  ORDER BY t.key LIMIT 1
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF a_end = 'completed' THEN
    INSERT INTO {{schema}}.records AS r (key, state, fence, nonce, runs, type, body_key, fingerprint, owner_execution,
      owner_start, owner_detail, claimed_at, settled_at, ends_at, payload, context)
    VALUES (s.key, 2, nextval('{{schema}}.fences'), gen_random_uuid(), 1, s.type, s.key, s.fingerprint, 'recorded', 0,
      jsonb_build_object('door', 'start', 'namespace', s.namespace, 'workflowId', s.workflow_id, 'runId', s.run_id),
      s.started_at, clock_timestamp(), clock_timestamp() + s.retention_ms * interval '1 millisecond', a_payload, a_context)
    ON CONFLICT (key) DO UPDATE SET state = 2, fence = nextval('{{schema}}.fences'), nonce = gen_random_uuid(), runs = 1,
      type = excluded.type, body_key = excluded.body_key, fingerprint = excluded.fingerprint,
      owner_execution = excluded.owner_execution, owner_start = 0, owner_detail = excluded.owner_detail,
      claimed_at = excluded.claimed_at, settled_at = excluded.settled_at, ends_at = excluded.ends_at,
      payload = excluded.payload, context = excluded.context, life = r.fence
    WHERE r.state = 0 OR r.ends_at <= clock_timestamp();
    IF NOT FOUND AND NOT EXISTS (
      SELECT 1 FROM {{schema}}.records r WHERE r.key = s.key AND r.state = 2 AND r.ends_at > clock_timestamp()
    ) THEN
      RETURN NULL;
    END IF;
  END IF;
  UPDATE {{schema}}.starts t SET
    state = CASE a_end WHEN 'completed' THEN 2 WHEN 'ended' THEN 3 WHEN 'lost' THEN 4 ELSE 1 END,
    last_run_id = coalesce(a_next_run_id, t.last_run_id),
    look_at = clock_timestamp() + coalesce(a_ms, 0) * interval '1 millisecond',
    ends_at = CASE WHEN a_end IN ('completed', 'ended', 'lost')
      THEN clock_timestamp() + t.retention_ms * interval '1 millisecond' END
  WHERE t.key = s.key;
  RETURN s.key;
END
$$;

-- Frees a key: its start and its record. What a cache has to be told is remembered in the same transaction.
CREATE FUNCTION {{schema}}.clear_v1(a_key text, a_cache text) RETURNS TABLE (fence bigint, state smallint)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  was_started boolean;
BEGIN
  WITH old AS (SELECT s.key, s.state FROM {{schema}}.starts s WHERE s.key = a_key AND s.state <> 0 FOR UPDATE),
    freed AS (UPDATE {{schema}}.starts s SET state = 0, ends_at = clock_timestamp() FROM old WHERE s.key = old.key)
  SELECT old.state IN (1, 4) INTO was_started FROM old;
  -- A statement of its own: the first one may have waited for an outcome that this one has to see.
  RETURN QUERY
  WITH old AS (SELECT r.key, r.state FROM {{schema}}.records r WHERE r.key = a_key FOR UPDATE),
    gone AS (UPDATE {{schema}}.records r SET state = 0, nonce = gen_random_uuid(), settled_at = clock_timestamp(),
      ends_at = clock_timestamp(), payload = NULL, context = NULL, life = r.fence FROM old WHERE r.key = old.key
      RETURNING old.state, nextval('{{schema}}.fences') AS fence),
    cleared AS MATERIALIZED (
      SELECT coalesce((SELECT g.fence FROM gone g), nextval('{{schema}}.fences')) AS fence,
        coalesce((SELECT nullif(g.state, 0) FROM gone g), CASE WHEN was_started THEN 1 ELSE 0 END)::smallint AS state),
    remembered AS (INSERT INTO {{schema}}.invalidations AS i (cache, key, fence)
      SELECT a_cache, a_key, c.fence FROM cleared c WHERE a_cache IS NOT NULL
      ON CONFLICT (cache, key) DO UPDATE
      SET fence = greatest(i.fence, excluded.fence), placed = false, cleared_at = excluded.cleared_at)
  SELECT c.fence, c.state FROM cleared c;
END
$$;

-- Deletes at most so many starts that were cleared or whose retention is over. Passes over what is in somebody's hand.
CREATE FUNCTION {{schema}}.sweep_starts_v1(max_rows integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  swept integer;
BEGIN
  DELETE FROM {{schema}}.starts d WHERE d.ctid = ANY (ARRAY(
    SELECT s.ctid FROM {{schema}}.starts s WHERE s.state <> 1 AND s.ends_at < clock_timestamp()
    LIMIT max_rows FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END
$$;
