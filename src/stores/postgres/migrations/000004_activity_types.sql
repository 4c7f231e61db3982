-- min_compatible: 1
-- What workers said and saw of activity types. No payloads, no keys.

CREATE TABLE {{schema}}.activity_types (
  namespace            text COLLATE "C" NOT NULL,
  task_queue           text COLLATE "C" NOT NULL,
  type                 text COLLATE "C" NOT NULL,
  policy               jsonb NOT NULL,
  -- The few seen last: [{ "value": …, "runs": n, "at": milliseconds since 1970 }]
  calls                jsonb NOT NULL,
  retries              jsonb NOT NULL,
  runs_unprotected     bigint NOT NULL,
  runs_attempts        bigint NOT NULL,
  runs_once            bigint NOT NULL,
  unprotected_at       timestamptz,
  attempts_at          timestamptz,
  once_at              timestamptz,
  -- Declared or seen.
  said_at              timestamptz NOT NULL,
  PRIMARY KEY (namespace, task_queue, type)
) WITH (fillfactor = 80);

-- Equal values are one; of more than a few those seen last stay. What has no time yet is of now.
CREATE FUNCTION {{schema}}.merge_seen_v1(a_known jsonb, a_fresh jsonb, a_keep integer) RETURNS jsonb
LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(
    jsonb_agg(jsonb_build_object('value', k.value, 'runs', k.runs, 'at', k.at) ORDER BY k.at DESC, k.value::text),
    '[]')
  FROM (
    SELECT s.value, sum(s.runs)::bigint AS runs, max(s.at) AS at
    FROM (
      SELECT e -> 'value' AS value, (e ->> 'runs')::bigint AS runs,
        coalesce((e ->> 'at')::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS at
      FROM jsonb_array_elements(a_known || a_fresh) e
    ) s
    GROUP BY s.value
    ORDER BY max(s.at) DESC, s.value::text
    LIMIT a_keep
  ) k
$$;

-- Sorted, so that two processes that say the same wait for each other and never in a circle.
CREATE FUNCTION {{schema}}.see_activity_types_v1(a_seen jsonb, a_keep integer) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO {{schema}}.activity_types AS t (namespace, task_queue, type, policy, calls, retries,
    runs_unprotected, runs_attempts, runs_once, unprotected_at, attempts_at, once_at, said_at)
  SELECT s.namespace, s."taskQueue", s.type, s.policy,
    {{schema}}.merge_seen_v1('[]', s.calls, a_keep), {{schema}}.merge_seen_v1('[]', s.retries, a_keep),
    (s.runs ->> 'unprotected')::bigint, (s.runs ->> 'attempts')::bigint, (s.runs ->> 'once')::bigint,
    CASE WHEN (s.runs ->> 'unprotected')::bigint > 0 THEN clock_timestamp() END,
    CASE WHEN (s.runs ->> 'attempts')::bigint > 0 THEN clock_timestamp() END,
    CASE WHEN (s.runs ->> 'once')::bigint > 0 THEN clock_timestamp() END,
    clock_timestamp()
  FROM jsonb_to_recordset(a_seen) AS s(namespace text, "taskQueue" text, type text, policy jsonb, runs jsonb,
    calls jsonb, retries jsonb)
  ORDER BY s.namespace COLLATE "C", s."taskQueue" COLLATE "C", s.type COLLATE "C"
  ON CONFLICT (namespace, task_queue, type) DO UPDATE SET
    policy = excluded.policy,
    calls = {{schema}}.merge_seen_v1(t.calls, excluded.calls, a_keep),
    retries = {{schema}}.merge_seen_v1(t.retries, excluded.retries, a_keep),
    runs_unprotected = t.runs_unprotected + excluded.runs_unprotected,
    runs_attempts = t.runs_attempts + excluded.runs_attempts,
    runs_once = t.runs_once + excluded.runs_once,
    unprotected_at = greatest(t.unprotected_at, excluded.unprotected_at),
    attempts_at = greatest(t.attempts_at, excluded.attempts_at),
    once_at = greatest(t.once_at, excluded.once_at),
    said_at = excluded.said_at;
END
$$;

CREATE FUNCTION {{schema}}.trim_activity_types_v1(a_keep_ms bigint, a_rows integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before timestamptz := clock_timestamp() - a_keep_ms * interval '1 millisecond';
  trimmed integer;
BEGIN
  DELETE FROM {{schema}}.activity_types t WHERE t.said_at < before AND t.ctid = ANY (ARRAY(
    SELECT o.ctid FROM {{schema}}.activity_types o WHERE o.said_at < before LIMIT a_rows FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS trimmed = ROW_COUNT;
  RETURN trimmed;
END
$$;
