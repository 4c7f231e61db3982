-- min_compatible: 1
-- Records, fences, counters and the statements that touch them.
--
-- The claim and settle statements live in functions, so that their plans are kept by the server even
-- where named prepared statements are not to be had (PgBouncer in transaction mode). They take JSON, so
-- that a later version may add a field without a new signature. A changed meaning gets a new name (_v2).

CREATE TABLE {{schema}}.store_meta (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  store_id    uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Raised after a restore or an asynchronous failover: cache entries of an older generation are dead.
  generation  bigint NOT NULL DEFAULT 1
);
INSERT INTO {{schema}}.store_meta DEFAULT VALUES;

-- CACHE 1: with more, a session could hand out an older number later.
CREATE SEQUENCE {{schema}}.fences AS bigint MINVALUE 1 CACHE 1;

CREATE TABLE {{schema}}.records (
  key              text COLLATE "C" PRIMARY KEY,
  -- 0 absent, 1 running, 2 completed, 3 failed. Absent rows stay, with their fence, until the sweep.
  state            smallint NOT NULL CHECK (state BETWEEN 0 AND 3),
  fence            bigint NOT NULL,
  nonce            uuid NOT NULL,
  runs             integer NOT NULL,
  type             text NOT NULL,
  body_key         text NOT NULL,
  fingerprint      text,
  owner_execution  text NOT NULL,
  owner_start      bigint NOT NULL,
  owner_detail     jsonb NOT NULL,
  claimed_at       timestamptz NOT NULL,
  settled_at       timestamptz,
  -- End of the lease while running, of the retention once settled.
  ends_at          timestamptz NOT NULL,
  payload          bytea,
  context          text,
  -- The greatest fence of the operation that had this key before, 0 when there was none. Changes when an outcome's
  -- retention is over and when somebody clears the key, never by release, lease expiry or a newer start.
  life             bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
-- No second index on purpose: completing a record changes no indexed column and stays a HOT update.

-- Recovery points inside a body. One counts while its fence is greater than its record's `life`, so a step never
-- answers a later operation. Goes with its record: whoever deletes a record that is absent and not long at rest
-- takes its steps from a retry that has yet to come.
CREATE TABLE {{schema}}.steps (
  key      text COLLATE "C" NOT NULL REFERENCES {{schema}}.records ON DELETE CASCADE,
  name     text COLLATE "C" NOT NULL,
  fence    bigint NOT NULL,
  payload  bytea NOT NULL,
  context  text,
  at       timestamptz NOT NULL,
  PRIMARY KEY (key, name)
);

CREATE TABLE {{schema}}.counts (
  minute  timestamptz NOT NULL,
  type    text NOT NULL,
  door    text NOT NULL,
  path    text NOT NULL,
  count   bigint NOT NULL,
  PRIMARY KEY (minute, type, door, path)
);

-- May this caller take this record now? The one place that knows.
CREATE FUNCTION {{schema}}.is_free_v1(
  state smallint, ends_at timestamptz, owner_execution text, owner_start bigint, fingerprint text,
  asker_execution text, asker_start bigint, asker_fingerprint text, asker_fingerprint_2 text
) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT CASE
    WHEN state = 0 THEN true
    WHEN state IN (2, 3) THEN ends_at <= clock_timestamp()
    WHEN owner_execution = asker_execution
      THEN asker_start > owner_start OR (asker_start = owner_start AND ends_at <= clock_timestamp())
    ELSE ends_at <= clock_timestamp()
      AND (fingerprint IS NULL OR asker_fingerprint IS NULL OR fingerprint = asker_fingerprint
        OR coalesce(fingerprint = asker_fingerprint_2, false))
  END
$$;

-- Claims a batch of different keys. Most keys are new: they are inserted first, and only what is left is looked at
-- more closely. A key without an answer was in somebody's hand, ask again.
-- A fresh row's fence is taken before its insert; that is safe because rows are deleted only by the sweep, long at
-- rest. Nothing waits for a row in somebody's hand: what is known is not inserted, and a locked row is passed over.
CREATE FUNCTION {{schema}}.claim_v1(requests json) RETURNS TABLE (
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
    owner_execution, owner_start, owner_detail, claimed_at, ends_at)
  SELECT i.key, 1, nextval('{{schema}}.fences'), i.nonce, 1, i.type, coalesce(i.body_key, i.key),
    i.fingerprint, i.execution, i.start_order, i.detail, clock_timestamp(),
    clock_timestamp() + i.lease_ms * interval '1 millisecond'
  FROM json_to_recordset(requests) AS i(
    key text, type text, fingerprint text, execution text,
    start_order bigint, detail jsonb, nonce uuid, lease_ms bigint, body_key text)
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

-- A lone claim, by plain values: the same as a batch of one, a third quicker.
CREATE FUNCTION {{schema}}.claim_one_v1(
  a_key text, a_type text, a_fingerprint text, a_fingerprint_2 text, a_execution text, a_start_order bigint,
  a_detail jsonb, a_nonce uuid, a_lease_ms bigint, a_body_key text
) RETURNS TABLE (
  key text, verdict text, fence bigint, runs integer, body_key text, fingerprint text,
  execution text, detail jsonb, payload bytea, context text, left_ms double precision
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO {{schema}}.records AS r (key, state, fence, nonce, runs, type, body_key, fingerprint,
    owner_execution, owner_start, owner_detail, claimed_at, ends_at)
  SELECT a_key, 1, nextval('{{schema}}.fences'), a_nonce, 1, a_type, coalesce(a_body_key, a_key),
    a_fingerprint, a_execution, a_start_order, a_detail, clock_timestamp(),
    clock_timestamp() + a_lease_ms * interval '1 millisecond'
  WHERE NOT EXISTS (SELECT 1 FROM {{schema}}.records r WHERE r.key = a_key)
  ON CONFLICT (key) DO NOTHING
  RETURNING r.key, 'claimed', r.fence, 1 INTO key, verdict, fence, runs;
  IF FOUND THEN
    RETURN NEXT;
  ELSE
    RETURN QUERY SELECT * FROM {{schema}}.claim_known_v1(json_build_array(json_build_object(
      'key', a_key, 'type', a_type, 'fingerprint', a_fingerprint, 'fingerprint_2', a_fingerprint_2,
      'execution', a_execution, 'start_order', a_start_order, 'detail', a_detail, 'nonce', a_nonce,
      'lease_ms', a_lease_ms, 'body_key', a_body_key)));
  END IF;
END
$$;

-- What claim_v1 did not insert. Rows are read without locks; only free ones are locked, in key order. The fence is
-- taken after the row lock, in the statement that claims.
-- Each part joins its keys with the records by the primary key and with nothing else, so the cost is linear.
CREATE FUNCTION {{schema}}.claim_known_v1(requests json) RETURNS TABLE (
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
      start_order bigint, detail jsonb, nonce uuid, lease_ms bigint, body_key text)
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
      payload = NULL, context = NULL,
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

-- What to say of a settlement that found no live claim of its own: `done` when that is what was done before. NULL
-- when it still runs under this very claim: it was renewed just now, or it is in somebody's hand.
CREATE FUNCTION {{schema}}.settle_verdict_v1(a_key text, a_fence bigint, a_nonce uuid, a_op text) RETURNS text
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
AS $$
DECLARE
  r {{schema}}.records;
BEGIN
  SELECT * INTO r FROM {{schema}}.records t WHERE t.key = a_key;
  IF NOT FOUND OR r.fence <> a_fence OR r.nonce <> a_nonce THEN
    RETURN 'stale';
  END IF;
  RETURN CASE
    WHEN r.state = 1 THEN NULL
    WHEN r.state = CASE a_op WHEN 'complete' THEN 2 WHEN 'fail' THEN 3 WHEN 'release' THEN 0 END THEN 'done'
    ELSE 'stale'
  END;
END
$$;

-- Settles a batch of claims: compare-and-set on key, fence and nonce. `payloads` holds the results end to end.
-- A claim without an answer was in somebody's hand, ask again: nothing waits here, so the order of locks is no
-- matter. Repeating what was done is `done` again.
CREATE FUNCTION {{schema}}.settle_v1(requests json, payloads bytea) RETURNS TABLE (ord integer, verdict text)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_indexscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  settled integer;
BEGIN
  RETURN QUERY
  WITH locked AS MATERIALIZED (
    SELECT i.* FROM json_to_recordset(requests) AS i(ord integer, key text, fence bigint, nonce uuid, op text,
      payload_at integer, payload_bytes integer, context text, ms bigint)
    JOIN {{schema}}.records r ON r.key = i.key
    WHERE r.state = 1 AND r.fence = i.fence AND r.nonce = i.nonce
    FOR UPDATE OF r SKIP LOCKED
  )
  UPDATE {{schema}}.records r SET
    state = CASE l.op WHEN 'complete' THEN 2 WHEN 'fail' THEN 3 WHEN 'release' THEN 0 ELSE 1 END,
    settled_at = CASE WHEN l.op = 'renew' THEN NULL ELSE clock_timestamp() END,
    ends_at = clock_timestamp() + coalesce(l.ms, 0) * interval '1 millisecond',
    payload = CASE WHEN l.payload_bytes IS NOT NULL THEN substr(payloads, l.payload_at + 1, l.payload_bytes) END,
    context = l.context
  FROM locked l
  WHERE r.key = l.key AND r.fence = l.fence AND r.nonce = l.nonce AND r.state = 1
  RETURNING l.ord, 'done';
  GET DIAGNOSTICS settled = ROW_COUNT;
  IF settled < json_array_length(requests) THEN
    RETURN QUERY
    SELECT i.ord, {{schema}}.settle_verdict_v1(i.key, i.fence, i.nonce, i.op)
    FROM json_to_recordset(requests) AS i(ord integer, key text, fence bigint, nonce uuid, op text);
  END IF;
END
$$;

-- A lone settlement, by plain values. NULL: the record was in somebody's hand, ask again.
CREATE FUNCTION {{schema}}.settle_one_v1(
  a_key text, a_fence bigint, a_nonce uuid, a_op text, a_payload bytea, a_context text, a_ms bigint
) RETURNS text LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
AS $$
BEGIN
  UPDATE {{schema}}.records r SET
    state = CASE a_op WHEN 'complete' THEN 2 WHEN 'fail' THEN 3 WHEN 'release' THEN 0 ELSE 1 END,
    settled_at = CASE WHEN a_op = 'renew' THEN NULL ELSE clock_timestamp() END,
    ends_at = clock_timestamp() + coalesce(a_ms, 0) * interval '1 millisecond',
    payload = a_payload,
    context = a_context
  WHERE r.key = (
      SELECT l.key FROM {{schema}}.records l
      WHERE l.key = a_key AND l.state = 1 AND l.fence = a_fence AND l.nonce = a_nonce
      FOR UPDATE SKIP LOCKED)
    AND r.state = 1 AND r.fence = a_fence AND r.nonce = a_nonce;
  IF FOUND THEN
    RETURN 'done';
  END IF;
  RETURN {{schema}}.settle_verdict_v1(a_key, a_fence, a_nonce, a_op);
END
$$;

-- The steps of a live claim's operation, one a row; of a live claim without steps one row without a name; of a
-- claim that is not live no row.
CREATE FUNCTION {{schema}}.steps_v1(a_key text, a_fence bigint, a_nonce uuid) RETURNS TABLE (
  life bigint, name text, fence bigint, payload bytea, context text
) LANGUAGE sql STABLE AS $$
  SELECT r.life, s.name, s.fence, s.payload, s.context
  FROM {{schema}}.records r
  LEFT JOIN {{schema}}.steps s ON s.key = r.key AND s.fence > r.life
  WHERE r.key = a_key AND r.state = 1 AND r.fence = a_fence AND r.nonce = a_nonce
$$;

-- Records a step of a live claim. NULL: the record was in somebody's hand, ask again. The shared lock lets steps of
-- one claim be recorded at once and keeps a claim, which locks for update, from reading the steps meanwhile.
-- What stands there already is this claim's own (a lost reply: left as it is), or of an operation that is over.
CREATE FUNCTION {{schema}}.record_step_v1(
  a_key text, a_fence bigint, a_nonce uuid, a_name text, a_payload bytea, a_context text
) RETURNS text LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
AS $$
DECLARE
  verdict text;
BEGIN
  INSERT INTO {{schema}}.steps AS s (key, name, fence, payload, context, at)
  SELECT r.key, a_name, r.fence, a_payload, a_context, clock_timestamp()
  FROM {{schema}}.records r
  WHERE r.key = a_key AND r.state = 1 AND r.fence = a_fence AND r.nonce = a_nonce
  FOR SHARE OF r SKIP LOCKED
  ON CONFLICT (key, name) DO UPDATE SET
    fence = excluded.fence, payload = excluded.payload, context = excluded.context, at = excluded.at
  WHERE s.fence < excluded.fence;
  IF FOUND THEN
    RETURN 'done';
  END IF;
  verdict := {{schema}}.settle_verdict_v1(a_key, a_fence, a_nonce, 'renew');
  IF verdict IS NULL AND EXISTS (
    SELECT 1 FROM {{schema}}.steps s WHERE s.key = a_key AND s.name = a_name AND s.fence = a_fence
  ) THEN
    RETURN 'done';
  END IF;
  RETURN verdict;
END
$$;

-- Deletes at most so many steps that can answer nobody any more: of an operation that has its outcome or was
-- followed by another, or that was let go and not taken up again for 30 days. What is in somebody's hand is passed
-- over. Both rows are locked, so that an operation taken up again this very moment keeps its steps.
CREATE FUNCTION {{schema}}.sweep_steps_v1(max_rows integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  swept integer;
BEGIN
  DELETE FROM {{schema}}.steps d USING (
    SELECT s.key, s.name, s.fence
    FROM {{schema}}.steps s JOIN {{schema}}.records r ON r.key = s.key
    WHERE r.state IN (2, 3) OR s.fence <= r.life
      OR (r.state = 0 AND r.settled_at < clock_timestamp() - interval '30 days')
    LIMIT max_rows
    FOR UPDATE SKIP LOCKED
  ) dead
  WHERE d.key = dead.key AND d.name = dead.name AND d.fence = dead.fence;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END
$$;
