-- min_compatible: 1
-- Labels of workflow starts: beside the start while it is open, beside the owner of its outcome from then on.

ALTER TABLE {{schema}}.starts ADD COLUMN label text;
CREATE INDEX starts_label ON {{schema}}.starts (label, started_at) WHERE label IS NOT NULL;

-- As started_v1, with the label of the start. A run that takes the place of another brings its own.
CREATE FUNCTION {{schema}}.started_v2(
  a_key text, a_namespace text, a_workflow_id text, a_run_id text, a_type text, a_fingerprint text, a_retention_ms bigint,
  a_replaces text, a_label text
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s {{schema}}.starts;
BEGIN
  INSERT INTO {{schema}}.starts AS t (key, state, namespace, workflow_id, run_id, last_run_id, type, fingerprint,
    retention_ms, started_at, look_at, label)
  VALUES (a_key, 1, a_namespace, a_workflow_id, a_run_id, a_run_id, a_type, a_fingerprint, a_retention_ms,
    clock_timestamp(), clock_timestamp(), a_label)
  ON CONFLICT (key) DO UPDATE SET state = 1, namespace = excluded.namespace, workflow_id = excluded.workflow_id,
    run_id = excluded.run_id, last_run_id = excluded.last_run_id, type = excluded.type,
    fingerprint = excluded.fingerprint, retention_ms = excluded.retention_ms, started_at = excluded.started_at,
    look_at = excluded.look_at, ends_at = NULL, label = excluded.label
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

-- Of packages that know no labels: a start that takes the place of another must not keep its label.
CREATE OR REPLACE FUNCTION {{schema}}.started_v1(
  a_key text, a_namespace text, a_workflow_id text, a_run_id text, a_type text, a_fingerprint text, a_retention_ms bigint,
  a_replaces text
) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT {{schema}}.started_v2(a_key, a_namespace, a_workflow_id, a_run_id, a_type, a_fingerprint, a_retention_ms, a_replaces, NULL)
$$;

-- As before, whichever package calls it: the outcome takes the label along.
CREATE OR REPLACE FUNCTION {{schema}}.start_ended_v1(
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
      jsonb_strip_nulls(jsonb_build_object('door', 'start', 'namespace', s.namespace, 'workflowId', s.workflow_id,
        'runId', s.run_id, 'label', s.label)),
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
