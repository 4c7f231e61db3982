-- min_compatible: 1
-- How long the runs of schedules took, day by day: for the trend. No payloads, no workflow ids.

CREATE TABLE {{schema}}.run_durations (
  namespace    text COLLATE "C" NOT NULL,
  schedule_id  text COLLATE "C" NOT NULL,
  -- UTC, of the nominal times.
  day          date NOT NULL,
  runs         integer NOT NULL,
  p50_ms       bigint NOT NULL,
  p95_ms       bigint NOT NULL,
  max_ms       bigint NOT NULL,
  PRIMARY KEY (namespace, schedule_id, day)
);

-- When the runs of a schedule were last read, whether or not it had any.
CREATE TABLE {{schema}}.run_duration_reads (
  namespace    text COLLATE "C" NOT NULL,
  schedule_id  text COLLATE "C" NOT NULL,
  read_at      timestamptz NOT NULL,
  PRIMARY KEY (namespace, schedule_id)
);

-- Live schedules whose runs were last read longer ago than that, those that have waited longest first. Times in milliseconds
-- since 1970, by this clock.
CREATE FUNCTION {{schema}}.due_run_durations_v1(a_namespace text, a_every_ms bigint, a_rows integer)
RETURNS TABLE (schedule_id text, read_ms bigint, now_ms bigint) LANGUAGE sql VOLATILE AS $$
  SELECT s.schedule_id, floor(extract(epoch FROM d.read_at) * 1000)::bigint,
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM {{schema}}.schedules s
  LEFT JOIN {{schema}}.run_duration_reads d ON d.namespace = s.namespace AND d.schedule_id = s.schedule_id
  WHERE s.namespace = a_namespace AND s.state = 2
    AND (d.read_at IS NULL OR d.read_at < clock_timestamp() - a_every_ms * interval '1 millisecond')
  ORDER BY d.read_at NULLS FIRST, s.schedule_id
  LIMIT a_rows
$$;

-- What was read at `a_read_ms`; false when somebody has read it later. A day never loses runs: those that are missing now are
-- forgotten by the server, not undone.
CREATE FUNCTION {{schema}}.put_run_durations_v1(a_namespace text, a_schedule_id text, a_read_ms bigint, a_days jsonb)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO {{schema}}.run_duration_reads AS d (namespace, schedule_id, read_at)
  SELECT a_namespace, a_schedule_id, to_timestamp(a_read_ms / 1000.0)
  ON CONFLICT (namespace, schedule_id) DO UPDATE SET read_at = excluded.read_at
  WHERE d.read_at <= excluded.read_at;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO {{schema}}.run_durations AS r (namespace, schedule_id, day, runs, p50_ms, p95_ms, max_ms)
  SELECT a_namespace, a_schedule_id, n.day, n.runs, n."p50Ms", n."p95Ms", n."maxMs"
  FROM jsonb_to_recordset(a_days) AS n(day date, runs integer, "p50Ms" bigint, "p95Ms" bigint, "maxMs" bigint)
  ON CONFLICT (namespace, schedule_id, day) DO UPDATE SET runs = excluded.runs, p50_ms = excluded.p50_ms,
    p95_ms = excluded.p95_ms, max_ms = excluded.max_ms
  WHERE r.runs <= excluded.runs;
  RETURN true;
END
$$;

-- The last so many days with runs of each schedule; only days that are over.
CREATE FUNCTION {{schema}}.run_durations_v1(a_namespace text, a_schedule_ids text[], a_days integer)
RETURNS TABLE (schedule_id text, day text, runs integer, p50_ms bigint, p95_ms bigint, max_ms bigint)
LANGUAGE sql VOLATILE AS $$
  SELECT w.id, to_char(r.day, 'YYYY-MM-DD'), r.runs, r.p50_ms, r.p95_ms, r.max_ms
  FROM unnest(a_schedule_ids) AS w(id)
  CROSS JOIN LATERAL (
    SELECT o.* FROM {{schema}}.run_durations o
    WHERE o.namespace = a_namespace AND o.schedule_id = w.id
      AND o.day < (clock_timestamp() AT TIME ZONE 'UTC')::date
    ORDER BY o.day DESC LIMIT a_days) r
  ORDER BY w.id, r.day
$$;

-- Deletes at most so many of the days, and of the marks of schedules that nobody reads any more, that are older.
CREATE FUNCTION {{schema}}.trim_run_durations_v1(a_keep_days integer, a_rows integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before timestamptz := clock_timestamp() - a_keep_days * interval '1 day';
  trimmed integer;
  more integer;
BEGIN
  DELETE FROM {{schema}}.run_durations r WHERE r.day < before::date AND r.ctid = ANY (ARRAY(
    SELECT o.ctid FROM {{schema}}.run_durations o WHERE o.day < before::date LIMIT a_rows FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS trimmed = ROW_COUNT;
  DELETE FROM {{schema}}.run_duration_reads d WHERE d.read_at < before AND d.ctid = ANY (ARRAY(
    SELECT o.ctid FROM {{schema}}.run_duration_reads o WHERE o.read_at < before LIMIT a_rows FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS more = ROW_COUNT;
  RETURN trimmed + more;
END
$$;
