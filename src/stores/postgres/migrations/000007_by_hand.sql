-- min_compatible: 1
-- For operators: labels, indexes to page through records by, decisions by hand and their audit.

-- Said by the policy, in plain, to be found by.
ALTER TABLE {{schema}}.records ADD COLUMN label text COLLATE "C" CHECK (octet_length(label) <= 200);

-- None has a column that settling changes, so that completing a record stays a HOT update: a page of one state walks past
-- the others.
CREATE INDEX records_age ON {{schema}}.records (claimed_at, fence);
CREATE INDEX records_type ON {{schema}}.records (type, claimed_at, fence);
CREATE INDEX records_label ON {{schema}}.records (label, claimed_at, fence) WHERE label IS NOT NULL;
CREATE INDEX records_workflow ON {{schema}}.records ((owner_detail ->> 'workflowId'), claimed_at, fence)
  WHERE owner_detail ->> 'workflowId' IS NOT NULL;

-- What people decided by hand. Written by the transaction that does it, never changed by this package.
CREATE TABLE {{schema}}.audit (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  who       text NOT NULL,
  -- As the database knows them.
  role      text NOT NULL DEFAULT session_user,
  why       text NOT NULL,
  action    text NOT NULL CHECK (action IN ('clear', 'rerun', 'reconcile')),
  key       text COLLATE "C" NOT NULL,
  type      text,
  -- Of the record before, and what it was.
  fence     bigint,
  previous  smallint NOT NULL
);
CREATE INDEX audit_key ON {{schema}}.audit (key, id);

-- Whether nobody can tell the outcome: the holder vanished, or that was recorded as a failure (its type is never encoded).
CREATE FUNCTION {{schema}}.is_unknown_v1(state smallint, ends_at timestamptz, payload bytea) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
  SELECT CASE state
    WHEN 1 THEN ends_at <= clock_timestamp()
    WHEN 3 THEN ends_at > clock_timestamp()
      AND coalesce(position('\x4f6e6365556e6b6e6f776e4f7574636f6d65'::bytea IN payload) > 0, false)
    ELSE false
  END
$$;

-- A decision by hand and its audit, in one transaction. `a_fence`: of the record that was looked at, NULL: whatever is
-- there. `changed`: it is another one by now, `known`: nothing is unknown about it; then nothing is written.
--
-- clear: frees the key. rerun: lets a vanished holder's claim go, as if its body had thrown, so that the next caller runs and
-- finds its steps. reconcile: records the outcome that somebody found out (`a_op`: complete | fail).
CREATE FUNCTION {{schema}}.decide_v1(
  a_action text, a_key text, a_fence bigint, a_cache text, a_who text, a_why text,
  a_op text, a_payload bytea, a_context text, a_retention_ms bigint
) RETURNS TABLE (verdict text, fence bigint, state smallint) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  r {{schema}}.records;
  s {{schema}}.starts;
BEGIN
  -- In the order of clear_v1.
  SELECT * INTO s FROM {{schema}}.starts t WHERE t.key = a_key AND t.state <> 0 FOR UPDATE;
  SELECT * INTO r FROM {{schema}}.records t WHERE t.key = a_key FOR UPDATE;
  IF a_fence IS NOT NULL AND r.fence IS DISTINCT FROM a_fence THEN
    RETURN QUERY SELECT 'changed', r.fence, r.state;
    RETURN;
  END IF;
  IF a_action <> 'clear' AND NOT coalesce({{schema}}.is_unknown_v1(r.state, r.ends_at, r.payload), false) THEN
    RETURN QUERY SELECT 'known', r.fence, r.state;
    RETURN;
  END IF;
  IF a_action = 'rerun' AND r.state = 1 THEN
    UPDATE {{schema}}.records t SET state = 0, nonce = gen_random_uuid(), settled_at = clock_timestamp(),
      ends_at = clock_timestamp(), payload = NULL, context = NULL
    WHERE t.key = a_key;
    RETURN QUERY SELECT 'done', r.fence, r.state;
  ELSE
    -- By the statement of every clear, so that holder, steps, start and cache hear of it alike.
    RETURN QUERY SELECT 'done', c.fence, c.state FROM {{schema}}.clear_v1(a_key, a_cache) c;
  END IF;
  IF a_action = 'reconcile' THEN
    UPDATE {{schema}}.records t SET state = CASE a_op WHEN 'complete' THEN 2 ELSE 3 END,
      fence = nextval('{{schema}}.fences'), nonce = gen_random_uuid(), runs = 1, owner_execution = 'recorded',
      owner_start = 0, claimed_at = clock_timestamp(), settled_at = clock_timestamp(),
      ends_at = clock_timestamp() + a_retention_ms * interval '1 millisecond', payload = a_payload, context = a_context
    WHERE t.key = a_key;
  END IF;
  INSERT INTO {{schema}}.audit (who, why, action, key, type, fence, previous)
  SELECT a_who, a_why, a_action, a_key, coalesce(r.type, s.type), r.fence, coalesce(r.state, 0);
END
$$;

-- As in version 1, and keeps the label.
CREATE OR REPLACE FUNCTION {{schema}}.claim_v1(requests json) RETURNS TABLE (
  key text, verdict text, fence bigint, runs integer, body_key text, fingerprint text,
  execution text, detail jsonb, payload bytea, context text, left_ms double precision
) LANGUAGE plpgsql VOLATILE
-- A batch is a handful of keys, each looked up by the primary key, whatever the planner thinks of the table on the
-- day it is still empty. OFFSET 0 keeps each look-up a look-up.
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  claimed integer;
BEGIN
  RETURN QUERY
  INSERT INTO {{schema}}.records AS r (key, state, fence, nonce, runs, type, body_key, fingerprint,
    owner_execution, owner_start, owner_detail, claimed_at, ends_at, label)
  SELECT i.key, 1, nextval('{{schema}}.fences'), i.nonce, 1, i.type, coalesce(i.body_key, i.key),
    i.fingerprint, i.execution, i.start_order, i.detail, clock_timestamp(),
    clock_timestamp() + i.lease_ms * interval '1 millisecond', i.label
  FROM json_to_recordset(requests) AS i(
    key text, type text, fingerprint text, execution text,
    start_order bigint, detail jsonb, nonce uuid, lease_ms bigint, body_key text, label text)
  LEFT JOIN LATERAL (SELECT true AS known FROM {{schema}}.records r WHERE r.key = i.key OFFSET 0) k ON true
  WHERE k.known IS NULL
  -- In one order everywhere: whoever waits for the insert of another waits for a later key.
  ORDER BY i.key
  ON CONFLICT (key) DO NOTHING
  RETURNING r.key, 'claimed', r.fence, 1, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::bytea, NULL::text,
    NULL::double precision;
  GET DIAGNOSTICS claimed = ROW_COUNT;
  IF claimed < json_array_length(requests) THEN
    RETURN QUERY SELECT * FROM {{schema}}.claim_known_v1(requests);
  END IF;
END
$$;

-- As in version 1, and keeps the label.
CREATE OR REPLACE FUNCTION {{schema}}.claim_known_v1(requests json) RETURNS TABLE (
  key text, verdict text, fence bigint, runs integer, body_key text, fingerprint text,
  execution text, detail jsonb, payload bytea, context text, left_ms double precision
) LANGUAGE plpgsql VOLATILE
-- Without plain index scans no plan can walk the whole index either: a bitmap needs a condition.
SET enable_seqscan = off SET enable_indexscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH seen AS MATERIALIZED (
    SELECT i.*, r.state, r.fence AS old_fence, r.nonce AS old_nonce,
      r.runs AS old_runs, r.body_key AS old_body_key, r.fingerprint AS old_fingerprint,
      r.owner_execution, r.owner_start, r.ends_at, r.payload, r.context,
      {{schema}}.is_free_v1(r.state, r.ends_at, r.owner_execution, r.owner_start, r.fingerprint,
        i.execution, i.start_order, i.fingerprint, i.fingerprint_2) AS free
    FROM json_to_recordset(requests) AS i(
      key text, type text, fingerprint text, fingerprint_2 text, execution text,
      start_order bigint, detail jsonb, nonce uuid, lease_ms bigint, body_key text, label text)
    JOIN {{schema}}.records r ON r.key = i.key
    -- Rows of this very transaction were answered a moment ago.
    WHERE r.xmin IS DISTINCT FROM pg_current_xact_id_if_assigned()::xid
  ), locked AS MATERIALIZED (
    SELECT s.*, r.state AS was_state, r.fence AS was_fence, r.owner_detail AS was_detail,
      r.owner_execution = s.execution AND r.owner_start < s.start_order AS was_older_start
    FROM seen s JOIN {{schema}}.records r ON r.key = s.key
    WHERE s.free
      AND {{schema}}.is_free_v1(r.state, r.ends_at, r.owner_execution, r.owner_start, r.fingerprint,
        s.execution, s.start_order, s.fingerprint, s.fingerprint_2)
    ORDER BY r.key
    FOR UPDATE OF r SKIP LOCKED
  ), taken AS (
    UPDATE {{schema}}.records r SET
      state = 1, fence = nextval('{{schema}}.fences'), nonce = l.nonce,
      runs = CASE WHEN r.state = 1 THEN r.runs + 1 ELSE 1 END,
      type = l.type,
      body_key = CASE WHEN r.state = 1 THEN r.body_key ELSE coalesce(l.body_key, l.key) END,
      fingerprint = l.fingerprint,
      owner_execution = l.execution, owner_start = l.start_order, owner_detail = l.detail,
      claimed_at = clock_timestamp(), settled_at = NULL,
      ends_at = clock_timestamp() + l.lease_ms * interval '1 millisecond',
      payload = NULL, context = NULL, label = l.label,
      life = CASE WHEN r.state IN (2, 3) THEN r.fence ELSE r.life END
    FROM locked l WHERE r.key = l.key
    RETURNING r.key,
      CASE WHEN l.was_state <> 1 THEN 'claimed' WHEN l.was_older_start THEN 'claimed-own-newer-start'
        ELSE 'claimed-lease-expired' END AS verdict,
      r.fence, r.runs, r.body_key,
      CASE WHEN l.was_state = 1 THEN jsonb_build_object('fence', l.was_fence::text, 'owner', l.was_detail) END AS detail
  )
  SELECT t.key, t.verdict, t.fence, t.runs, t.body_key, NULL, NULL, t.detail, NULL::bytea, NULL, NULL::double precision
  FROM taken t
  UNION ALL
  SELECT s.key,
    CASE
      WHEN s.state = 2 THEN 'completed'
      WHEN s.state = 3 THEN 'failed'
      WHEN s.old_nonce = s.nonce THEN 'claimed'
      WHEN s.owner_execution = s.execution AND s.start_order < s.owner_start THEN 'stale-start'
      ELSE 'live'
    END,
    s.old_fence, s.old_runs, s.old_body_key, s.old_fingerprint, s.owner_execution, NULL,
    s.payload, s.context,
    greatest(0, extract(epoch FROM s.ends_at - clock_timestamp()) * 1000)::double precision
  FROM seen s WHERE NOT s.free;
END
$$;
