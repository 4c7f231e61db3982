-- min_compatible: 1
-- Claims and settlements of a batch in one statement and one commit. Under load a commit carries twice as much that way, and
-- each batch costs the two sides one exchange less. What nearly always happens, new keys and settlements that are done, is
-- answered in one row however many they are; a row each is for the rest. Means the same as claim_v1 and settle_v1, which stay for
-- older packages.
--
-- Claims come first: an insert may wait for that of another commit, and settlements wait for nothing, so nobody who is
-- waited for ever waits for a row that was settled here.
CREATE FUNCTION {{schema}}.batch_v1(claims json, settlements json, payloads bytea) RETURNS TABLE (
  -- One row, the only one with `settled`: new keys, a line each, and their fences, separated by commas; whether every settlement is done.
  fresh_keys text, fresh_fences text, settled boolean,
  -- Of a settlement, where not every one is done: its place and verdict, as settle_v1 says it.
  ord integer,
  -- Of a claim whose key was known, as claim_known_v1 says it.
  key text, verdict text, fence bigint, runs integer, body_key text, fingerprint text,
  execution text, detail jsonb, payload bytea, context text, left_ms double precision
) LANGUAGE plpgsql VOLATILE
-- Each look-up stays one, also on the day the table is still empty: by LATERAL, and without walks of the whole table.
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  claimed integer := 0;
  done integer := 0;
  done_ords text;
BEGIN
  IF claims IS NOT NULL THEN
    WITH fresh AS (
      INSERT INTO {{schema}}.records AS r (key, state, fence, nonce, runs, type, body_key, fingerprint,
        owner_execution, owner_start, owner_detail, claimed_at, ends_at)
      SELECT i.key, 1, nextval('{{schema}}.fences'), i.nonce, 1, i.type, coalesce(i.body_key, i.key),
        i.fingerprint, i.execution, i.start_order, i.detail, clock_timestamp(),
        clock_timestamp() + i.lease_ms * interval '1 millisecond'
      FROM json_to_recordset(claims) AS i(
        key text, type text, fingerprint text, execution text,
        start_order bigint, detail jsonb, nonce uuid, lease_ms bigint, body_key text)
      LEFT JOIN LATERAL (SELECT true AS known FROM {{schema}}.records r WHERE r.key = i.key OFFSET 0) k ON true
      WHERE k.known IS NULL
      -- In one order everywhere: whoever waits for the insert of another waits for a later key.
      ORDER BY i.key
      ON CONFLICT (key) DO NOTHING
      RETURNING r.key, r.fence
    )
    SELECT count(*), string_agg(f.key, E'\n'), string_agg(f.fence::text, ',') INTO claimed, fresh_keys, fresh_fences
    FROM fresh f;
    IF claimed < json_array_length(claims) THEN
      RETURN QUERY
      SELECT NULL::text, NULL::text, NULL::boolean, NULL::integer, k.* FROM {{schema}}.claim_known_v1(claims) k;
    END IF;
  END IF;
  IF settlements IS NOT NULL THEN
    WITH locked AS MATERIALIZED (
      SELECT i.*, l.tid
      FROM json_to_recordset(settlements) AS i(ord integer, key text, fence bigint, nonce uuid, op text,
        payload_at integer, payload_bytes integer, context text, ms bigint)
      CROSS JOIN LATERAL (
        SELECT r.ctid AS tid FROM {{schema}}.records r
        WHERE r.key = i.key AND r.state = 1 AND r.fence = i.fence AND r.nonce = i.nonce
        FOR UPDATE OF r SKIP LOCKED
      ) l
    ), settled AS (
      -- By the place of the row alone: it is the one that was looked at above, locked, and stays there; any further condition
      -- would offer the planner a walk of a whole index. What moved just before it was locked is not found, and asked again.
      UPDATE {{schema}}.records r SET
        state = CASE l.op WHEN 'complete' THEN 2 WHEN 'fail' THEN 3 WHEN 'release' THEN 0 ELSE 1 END,
        settled_at = CASE WHEN l.op = 'renew' THEN NULL ELSE clock_timestamp() END,
        ends_at = clock_timestamp() + coalesce(l.ms, 0) * interval '1 millisecond',
        payload = CASE WHEN l.payload_bytes IS NOT NULL THEN substr(payloads, l.payload_at + 1, l.payload_bytes) END,
        context = l.context
      FROM locked l
      WHERE r.ctid = l.tid
      RETURNING l.ord
    )
    SELECT count(*), string_agg(s.ord::text, ',') INTO done, done_ords FROM settled s;
  END IF;
  settled := settlements IS NULL OR done = json_array_length(settlements);
  RETURN NEXT;
  IF NOT settled THEN
    RETURN QUERY
    SELECT NULL::text, NULL::text, NULL::boolean, i.ord, NULL::text,
      CASE WHEN i.ord = ANY (string_to_array(done_ords, ',')::integer[]) THEN 'done'
        ELSE {{schema}}.settle_verdict_v1(i.key, i.fence, i.nonce, i.op) END,
      NULL::bigint, NULL::integer, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::bytea, NULL::text,
      NULL::double precision
    FROM json_to_recordset(settlements) AS i(ord integer, key text, fence bigint, nonce uuid, op text);
  END IF;
END
$$;
