-- min_compatible: 1
-- The registry of schedules: which schedule of a namespace has which composite key. The unique key decides who may create a
-- schedule; the Temporal server decides whether it is there.

CREATE TABLE {{schema}}.schedules (
  fence                 bigint NOT NULL PRIMARY KEY,
  namespace             text COLLATE "C" NOT NULL,
  schedule_id           text COLLATE "C" NOT NULL,
  -- Digest of what it fires at, job type, tenant and resource. NULL: gone, or changed by hand to what another one has.
  composite_key         text COLLATE "C",
  -- 0 gone (until the sweep), 1 reserving, 2 live.
  state                 smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
  -- Of whoever wrote the row last: what was seen of a row is changed only while it is the same.
  token                 uuid NOT NULL,
  plan                  text,
  job_type              text NOT NULL,
  tenant                text NOT NULL,
  resource              text,
  workflow_type         text NOT NULL,
  task_queue            text NOT NULL,
  -- In the server's own form.
  spec                  jsonb NOT NULL,
  expected_duration_ms  bigint,
  expires_after_ms      bigint,
  -- Of the plan: how it is written there, why, its separations.
  job                   jsonb,
  reserved_at           timestamptz NOT NULL,
  live_at               timestamptz,
  -- End of the reservation: from then on its reserver is taken for dead. Of a row that is gone, when it went.
  ends_at               timestamptz NOT NULL,
  CONSTRAINT schedules_once UNIQUE (namespace, composite_key)
);
-- A schedule that is being changed has two rows for a moment: what it is, and what it is to be.
CREATE UNIQUE INDEX schedules_live ON {{schema}}.schedules (namespace, schedule_id) WHERE state = 2;
CREATE INDEX schedules_resource ON {{schema}}.schedules (namespace, tenant, resource) WHERE resource IS NOT NULL;
CREATE INDEX schedules_gone ON {{schema}}.schedules (ends_at) WHERE state = 0;

-- A row as it is told.
CREATE FUNCTION {{schema}}.schedule_view_v1(s {{schema}}.schedules) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT to_jsonb(s) || jsonb_build_object(
    'left_ms', greatest(0, extract(epoch FROM s.ends_at - clock_timestamp()) * 1000)::bigint)
$$;

-- Reserves a composite key for a schedule that is about to be created or changed. `mine` false: the row that has it.
-- A reservation of the same schedule is handed on at once: of one id the server lets only one be created. So is the row of
-- `a_instead_of`, which its caller found to be dead: a live one the server does not know (or knows with another key), or a
-- reservation whose lease is over. NULL: ask again.
CREATE FUNCTION {{schema}}.reserve_schedule_v1(a_token uuid, a_lease_ms bigint, a_instead_of uuid, a jsonb)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s {{schema}}.schedules;
BEGIN
  IF a->>'resource' IS NOT NULL THEN
    -- Starts on one resource may overlap under different keys: their fences are handed out in the order of their commits, so
    -- that the later one sees the earlier.
    PERFORM pg_advisory_xact_lock(hashtextextended(
      jsonb_build_array('{{schema}}', a->'namespace', a->'tenant', a->'resource')::text, 0));
  END IF;
  INSERT INTO {{schema}}.schedules AS t (fence, namespace, schedule_id, composite_key, state, token, plan, job_type, tenant,
    resource, workflow_type, task_queue, spec, expected_duration_ms, expires_after_ms, job, reserved_at, ends_at)
  SELECT nextval('{{schema}}.fences'), a->>'namespace', a->>'scheduleId', a->>'compositeKey', 1, a_token, a->>'plan',
    a->>'jobType', a->>'tenant', a->>'resource', a->>'workflowType', a->>'taskQueue', a->'spec',
    (a->>'expectedDurationMs')::bigint, (a->>'expiresAfterMs')::bigint, nullif(a->'job', 'null'), clock_timestamp(),
    clock_timestamp() + a_lease_ms * interval '1 millisecond'
  ON CONFLICT (namespace, composite_key) DO UPDATE SET state = 1,
    -- Handed on in its lease it keeps its place among the others of its resource.
    fence = CASE WHEN t.schedule_id = excluded.schedule_id AND t.state = 1 AND t.ends_at > clock_timestamp() THEN t.fence
      ELSE nextval('{{schema}}.fences') END,
    schedule_id = excluded.schedule_id, token = excluded.token, plan = excluded.plan, job_type = excluded.job_type,
    tenant = excluded.tenant, resource = excluded.resource, workflow_type = excluded.workflow_type,
    task_queue = excluded.task_queue, spec = excluded.spec, expected_duration_ms = excluded.expected_duration_ms,
    expires_after_ms = excluded.expires_after_ms, job = excluded.job, live_at = NULL, reserved_at = clock_timestamp(),
    ends_at = clock_timestamp() + a_lease_ms * interval '1 millisecond'
  WHERE (t.state = 1 AND t.schedule_id = excluded.schedule_id)
    OR (t.token = a_instead_of AND (t.state = 2 OR t.ends_at <= clock_timestamp()))
  RETURNING * INTO s;
  IF FOUND THEN
    RETURN {{schema}}.schedule_view_v1(s) || '{"mine": true}';
  END IF;
  -- A statement of its own: the first one may have waited for a row that this one has to see.
  SELECT * INTO s FROM {{schema}}.schedules t
  WHERE t.namespace = a->>'namespace' AND t.composite_key = a->>'compositeKey';
  IF FOUND THEN
    RETURN {{schema}}.schedule_view_v1(s) || '{"mine": false}';
  END IF;
  RETURN NULL;
END
$$;

-- The schedule is on the server with this composite key: its row is live, and what it was before is gone. Without `a_only`
-- a row is made where there is none; with it only that very row becomes live. `mine` false: another schedule has the key.
CREATE FUNCTION {{schema}}.schedule_live_v1(a_token uuid, a_only uuid, a jsonb)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s {{schema}}.schedules;
BEGIN
  SELECT * INTO s FROM {{schema}}.schedules t
  WHERE t.namespace = a->>'namespace' AND t.composite_key = a->>'compositeKey' FOR UPDATE;
  IF FOUND AND (s.schedule_id <> a->>'scheduleId' OR s.token <> a_only) THEN
    RETURN {{schema}}.schedule_view_v1(s) || '{"mine": false}';
  END IF;
  IF s.fence IS NULL AND a_only IS NOT NULL THEN
    RETURN NULL;
  END IF;
  UPDATE {{schema}}.schedules t SET state = 0, composite_key = NULL, ends_at = clock_timestamp()
  WHERE t.namespace = a->>'namespace' AND t.schedule_id = a->>'scheduleId' AND t.state = 2 AND t.fence IS DISTINCT FROM s.fence;
  INSERT INTO {{schema}}.schedules AS t (fence, namespace, schedule_id, composite_key, state, token, plan, job_type, tenant,
    resource, workflow_type, task_queue, spec, expected_duration_ms, expires_after_ms, job, reserved_at, live_at, ends_at)
  SELECT nextval('{{schema}}.fences'), a->>'namespace', a->>'scheduleId', a->>'compositeKey', 2, a_token, a->>'plan',
    a->>'jobType', a->>'tenant', a->>'resource', a->>'workflowType', a->>'taskQueue', a->'spec',
    (a->>'expectedDurationMs')::bigint, (a->>'expiresAfterMs')::bigint, nullif(a->'job', 'null'), clock_timestamp(),
    clock_timestamp(), clock_timestamp()
  ON CONFLICT (namespace, composite_key) DO UPDATE SET state = 2, token = a_token, live_at = clock_timestamp(),
    job_type = excluded.job_type, tenant = excluded.tenant, resource = excluded.resource,
    workflow_type = excluded.workflow_type, task_queue = excluded.task_queue, spec = excluded.spec,
    -- Whoever knows less than the row takes nothing from it.
    plan = coalesce(excluded.plan, t.plan), job = coalesce(excluded.job, t.job),
    expected_duration_ms = coalesce(excluded.expected_duration_ms, t.expected_duration_ms),
    expires_after_ms = coalesce(excluded.expires_after_ms, t.expires_after_ms)
  WHERE t.schedule_id = excluded.schedule_id
  RETURNING * INTO s;
  IF NOT FOUND THEN
    -- Somebody else has just reserved it: what was done here is undone, and asked again.
    RAISE EXCEPTION 'the composite key was reserved meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN {{schema}}.schedule_view_v1(s) || '{"mine": true}';
END
$$;

-- Lets a reservation go that is not to become a schedule.
CREATE FUNCTION {{schema}}.release_schedule_v1(a_namespace text, a_composite_key text, a_token uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE {{schema}}.schedules t SET state = 0, composite_key = NULL, ends_at = clock_timestamp()
  WHERE t.namespace = a_namespace AND t.composite_key = a_composite_key AND t.token = a_token AND t.state = 1;
  RETURN FOUND;
END
$$;

-- The server says that a live schedule has another composite key by now. Where another row has that one, it has none.
CREATE FUNCTION {{schema}}.schedule_changed_v1(a_namespace text, a_composite_key text, a_token uuid, a_new_token uuid, a jsonb)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  new_key text := a->>'compositeKey';
BEGIN
  FOR round IN 1..2 LOOP
    BEGIN
      UPDATE {{schema}}.schedules t SET composite_key = new_key, token = a_new_token, job_type = a->>'jobType',
        tenant = a->>'tenant', resource = a->>'resource', workflow_type = a->>'workflowType', spec = a->'spec'
      WHERE t.namespace = a_namespace AND t.composite_key = a_composite_key AND t.token = a_token AND t.state = 2;
      RETURN FOUND;
    EXCEPTION WHEN unique_violation THEN
      new_key := NULL;
    END;
  END LOOP;
  RETURN false;
END
$$;

-- The schedule was deleted on purpose: all its rows go.
CREATE FUNCTION {{schema}}.forget_schedule_v1(a_namespace text, a_schedule_id text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE {{schema}}.schedules t SET state = 0, composite_key = NULL, ends_at = clock_timestamp()
  WHERE t.namespace = a_namespace AND t.schedule_id = a_schedule_id AND t.state <> 0;
  RETURN FOUND;
END
$$;

-- Deletes at most so many rows of schedules that are gone. Passes over what is in somebody's hand.
CREATE FUNCTION {{schema}}.sweep_schedules_v1(a_rows integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  swept integer;
BEGIN
  DELETE FROM {{schema}}.schedules d WHERE d.ctid = ANY (ARRAY(
    SELECT s.ctid FROM {{schema}}.schedules s WHERE s.state = 0 LIMIT a_rows FOR UPDATE SKIP LOCKED)) AND d.state = 0;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END
$$;
