-- min_compatible: 1
-- For operators: indexes to page through records by, labels, decisions by hand and their audit.

-- None has a column that settling changes, so that completing a record stays a HOT update: a page of one state walks past
-- the others.
CREATE INDEX records_age ON {{schema}}.records (claimed_at, fence);
CREATE INDEX records_type ON {{schema}}.records (type, claimed_at, fence);
-- A label is said by the policy, in plain, to be found by; it stands beside what is known of the owner.
CREATE INDEX records_label ON {{schema}}.records ((owner_detail ->> 'label'), claimed_at, fence)
  WHERE owner_detail ->> 'label' IS NOT NULL;
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
