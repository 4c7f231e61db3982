import type {
  AuditPage,
  AuditRequest,
  DayCount,
  HourCount,
  KeyLife,
  ListedRecord,
  ListedStart,
  PageRequest,
  RecordFilter,
  RecordPage,
  RecordsView,
  StartFilter,
} from '../records-view';
import { countsPerHour } from './counts-per-hour';
import type { Query } from './pool';
import { cursorText, readCursor } from './page-cursor';
import { pageStatement, recordColumns } from './page-statement';
import { auditEntry, listedRecord, listedStart, livedStart, livedStep } from './view-rows';

/** Rows that one statement looks at when not every one of them fits. */
const LOOKED_AT = 20_000;
const DEFAULT_BUDGET_MS = 1_000;
const OPERATION = 'view';

type Row = Record<string, unknown>;

/** What operators look at, in Postgres. */
export class PostgresRecordsView implements RecordsView {
  constructor(
    private readonly schema: string,
    private readonly query: Query,
  ) {}

  async page(filter: RecordFilter, request: PageRequest): Promise<RecordPage> {
    const startedAtMs = performance.now();
    const records: ListedRecord[] = [];
    // Whoever asks for one state, or for all but locks, walks past the others.
    const lookedAt =
      filter.state !== undefined || filter.keyPrefix !== undefined || filter.locks === false
        ? LOOKED_AT
        : request.limit;
    let after = request.after === undefined ? undefined : readCursor(request.after);
    for (;;) {
      const wanted = request.limit - records.length;
      const { text, values } = pageStatement(this.schema, filter, {
        oldestFirst: request.oldestFirst === true,
        after,
        wanted,
        lookedAt: Math.max(wanted, lookedAt),
      });
      const { rows } = await this.query(OPERATION, text, values);
      const found = rows.filter((row) => row['fits'] === true);
      records.push(...found.slice(0, wanted).map(listedRecord));
      if (found.length > wanted) return { records, next: cursorText(found[wanted - 1] as Row) };
      // The row that was looked at last comes last, whether or not it fits.
      const last = rows.at(-1);
      if (last === undefined || last['is_end'] === true) return { records, next: undefined };
      const isOver = performance.now() - startedAtMs > (request.budgetMs ?? DEFAULT_BUDGET_MS);
      if (records.length >= request.limit || isOver) return { records, next: cursorText(last) };
      after = readCursor(cursorText(last));
    }
  }

  async starts(
    { label, workflowId, namespace, type, keyPrefix }: StartFilter,
    limit: number,
  ): Promise<readonly ListedStart[]> {
    // Only what an index leads to: nobody wants all starts in one list.
    if (label === undefined && workflowId === undefined) return [];
    const values: unknown[] = [];
    const value = (given: string): string => `$${values.push(given)}::text`;
    const found = [
      's.state IN (1, 3, 4)',
      '(s.state = 1 OR s.ends_at > clock_timestamp())',
      ...(label === undefined ? [] : [`s.label = ${value(label)}`]),
      ...(workflowId === undefined ? [] : [`s.workflow_id = ${value(workflowId)}`]),
      ...(workflowId === undefined || namespace === undefined ? [] : [`s.namespace = ${value(namespace)}`]),
      ...(type === undefined ? [] : [`s.type = ${value(type)}`]),
      ...(keyPrefix === undefined ? [] : [`starts_with(s.key, ${value(keyPrefix)})`]),
    ];
    const { rows } = await this.query(
      OPERATION,
      `SELECT s.*, extract(epoch FROM clock_timestamp() - s.started_at)::double precision * 1000 AS age_ms
       FROM "${this.schema}".starts s WHERE ${found.join(' AND ')}
       ORDER BY s.started_at DESC, s.key LIMIT $${values.push(limit)}::integer`,
      values,
    );
    return rows.map(listedStart);
  }

  async life(key: string): Promise<KeyLife | undefined> {
    const [records, steps, starts, invalidations, { entries }] = await Promise.all([
      this.rows(
        `SELECT ${recordColumns}, r.payload, r.context FROM "${this.schema}".records r WHERE r.key = $1`,
        key,
      ),
      this.rows(
        `SELECT s.name, s.fence, s.at, s.fence > r.life AND r.state IN (0, 1) AS is_live FROM "${this.schema}".steps s
         JOIN "${this.schema}".records r ON r.key = s.key WHERE s.key = $1 ORDER BY s.at, s.name LIMIT 1000`,
        key,
      ),
      this.rows(`SELECT s.* FROM "${this.schema}".starts s WHERE s.key = $1`, key),
      this.rows(
        `SELECT 1 FROM "${this.schema}".invalidations i WHERE i.key = $1 AND NOT i.placed LIMIT 1`,
        key,
      ),
      this.audit({ key, limit: 100 }),
    ]);
    const [record] = records;
    const [start] = starts;
    if (record === undefined && start === undefined && entries.length === 0) return undefined;
    return {
      key,
      record: record && {
        ...listedRecord(record),
        payload: (record['payload'] as Buffer | null) ?? undefined,
        context: (record['context'] as string | null) ?? undefined,
      },
      steps: steps.map(livedStep),
      start: start && livedStart(start),
      audit: entries,
      isClearPending: invalidations.length > 0,
    };
  }

  async countsPerDay(days: number): Promise<readonly DayCount[]> {
    const { rows } = await this.query(
      OPERATION,
      `SELECT to_char(c.minute AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, c.door, c.path, sum(c.count)::bigint AS count
       FROM "${this.schema}".counts c
       WHERE c.minute >= (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') - ($1::integer - 1) * interval '1 day')
         AT TIME ZONE 'UTC'
       GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      [days],
    );
    return rows.map((row) => ({ ...(row as unknown as DayCount), count: Number(row['count']) }));
  }

  countsPerHour(hours: number): Promise<readonly HourCount[]> {
    return countsPerHour(this.query, this.schema, hours);
  }

  async audit({ limit, after, key }: AuditRequest): Promise<AuditPage> {
    const { rows } = await this.query(
      OPERATION,
      `SELECT a.id, a.at, a.who, a.role, a.why, a.action, a.key, a.type, a.fence, a.previous FROM "${this.schema}".audit a
       WHERE ($1::text IS NULL OR a.key = $1) AND ($2::bigint IS NULL OR a.id < $2) ORDER BY a.id DESC LIMIT $3`,
      [key ?? null, after ?? null, limit + 1],
    );
    const entries = rows.slice(0, limit).map(auditEntry);
    return { entries, next: rows.length > limit ? entries.at(-1)?.id : undefined };
  }

  private async rows(text: string, key: string): Promise<Row[]> {
    return (await this.query(OPERATION, text, [key])).rows;
  }
}
