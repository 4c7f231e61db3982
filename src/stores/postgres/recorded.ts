import { sameOutcome } from '../same-outcome';
import type { OutcomeToRecord, RecordVerdict, RecordView } from '../store';
import type { Query } from './pool';
import { recordView } from './rows';

/** Single records, looked up and recorded beside any claim. */
export class PostgresRecorded {
  /** @param schema checked identifier */
  constructor(
    private readonly schema: string,
    private readonly query: Query,
  ) {}

  async lookup(key: string): Promise<RecordView | undefined> {
    const { rows } = await this.query(
      'lookup',
      `SELECT r.key, r.type, r.fence, r.runs, r.fingerprint, r.owner_detail, r.claimed_at, r.settled_at, r.context, r.payload,
         CASE WHEN r.state IN (2, 3) AND r.ends_at <= clock_timestamp() THEN 0 ELSE r.state END AS state,
         greatest(0, extract(epoch FROM r.ends_at - clock_timestamp()) * 1000)::double precision AS left_ms
       FROM "${this.schema}".records r WHERE r.key = $1`,
      [key],
    );
    const view = rows[0] && recordView(rows[0]);
    return view === undefined || view.state === 'absent' ? undefined : view;
  }

  async record(outcome: OutcomeToRecord): Promise<RecordVerdict> {
    const { rows } = await this.query(
      'record',
      `INSERT INTO "${this.schema}".records AS r (key, state, fence, nonce, runs, type, body_key, fingerprint, owner_execution,
         owner_start, owner_detail, claimed_at, settled_at, ends_at, payload, context)
       VALUES ($1, 2, nextval($8::text::regclass), gen_random_uuid(), 1, $2, $1, $3, 'recorded', 0, '{}', clock_timestamp(), clock_timestamp(),
         clock_timestamp() + $4::bigint * interval '1 millisecond', $5, $6)
       ON CONFLICT (key) DO UPDATE SET state = 2, fence = nextval($8::text::regclass), nonce = gen_random_uuid(), runs = 1,
         type = excluded.type, fingerprint = excluded.fingerprint, owner_execution = 'recorded', owner_start = 0,
         owner_detail = '{}', body_key = excluded.body_key, claimed_at = clock_timestamp(), settled_at = clock_timestamp(),
         ends_at = clock_timestamp() + $7::bigint * interval '1 millisecond', payload = excluded.payload,
         context = excluded.context
       WHERE r.state = 0 OR r.ends_at <= clock_timestamp()
       RETURNING r.fence`,
      [
        outcome.key,
        outcome.type,
        outcome.fingerprint ?? null,
        Math.round(outcome.retentionMs),
        outcome.payload === undefined ? null : Buffer.from(outcome.payload),
        outcome.context ?? null,
        Math.round(outcome.retentionMs),
        `"${this.schema}".fences`,
      ],
    );
    if (rows.length === 1) return 'recorded';
    const standing = await this.lookup(outcome.key);
    // It was let go in between: now the key is free.
    if (standing === undefined) return this.record(outcome);
    if (standing.state === 'running') return 'live';
    return sameOutcome(standing, outcome) ? 'recorded' : 'settled';
  }
}
