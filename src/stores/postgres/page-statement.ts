import type { ListedState, RecordFilter } from '../records-view';
import type { Cursor } from './page-cursor';

interface Part {
  readonly oldestFirst: boolean;
  readonly after: Cursor | undefined;
  /** Rows that fit; one more is looked for. */
  readonly wanted: number;
  /** Rows that are looked at. */
  readonly lookedAt: number;
}

/** What a listed record has, of the row `r`. */
export const recordColumns = `r.key, r.type, r.fence, r.runs, r.fingerprint, r.owner_detail, r.claimed_at, r.settled_at,
  r.owner_detail ->> 'label' AS label,
  (extract(epoch FROM r.claimed_at) * 1000000)::bigint AS claimed_us,
  CASE WHEN r.state IN (2, 3) AND r.ends_at <= clock_timestamp() THEN 0 ELSE r.state END AS state,
  r.state = 1 AND r.ends_at <= clock_timestamp() AS is_vanished,
  r.state = 3 AND r.ends_at > clock_timestamp() AND coalesce(position('OnceUnknownOutcome'::bytea IN r.payload) > 0, false)
    AS is_failed_unknown,
  greatest(0, extract(epoch FROM r.ends_at - clock_timestamp()) * 1000)::double precision AS left_ms,
  greatest(0, extract(epoch FROM clock_timestamp() - r.claimed_at) * 1000)::double precision AS age_ms,
  octet_length(r.payload) AS payload_bytes`;

const FITS: Readonly<Record<ListedState, (schema: string) => string>> = {
  running: () => 'r.state = 1 AND r.ends_at > clock_timestamp()',
  vanished: () => 'r.state = 1 AND r.ends_at <= clock_timestamp()',
  unknown: (schema) =>
    `r.state IN (1, 3) AND "${schema}".is_unknown_v1(r.state, r.ends_at, CASE WHEN r.state = 3 THEN r.payload END)`,
  completed: () => 'r.state = 2 AND r.ends_at > clock_timestamp()',
  failed: () => 'r.state = 3 AND r.ends_at > clock_timestamp()',
  free: () => '(r.state = 0 OR (r.state IN (2, 3) AND r.ends_at <= clock_timestamp()))',
};

/** As migration 9 has it in its index. */
const PART = '(r.fence >> 17)';

/** The parts of the index of workflows that there are, each found by one step along it: fences may have leapt (a raised generation). */
function partsOf(schema: string): string {
  const next = (beyond: string): string =>
    `(SELECT ${PART} FROM "${schema}".records r
       WHERE r.owner_detail ->> 'workflowId' IS NOT NULL${beyond} ORDER BY ${PART} LIMIT 1)`;
  return `parts(part) AS (
      SELECT ${next('')}
      UNION ALL SELECT ${next(` AND ${PART} > p.part`)} FROM parts p WHERE p.part IS NOT NULL
    )`;
}

/**
 * Walks a bounded way along an index of ages, from where the page before ended. Rows come in the order of the walk: those that
 * fit, at most one more than wanted, and, where fewer do, the one that was looked at last; `is_end` in it says that the walk ended
 * there because there are no more.
 */
export function pageStatement(
  schema: string,
  filter: RecordFilter,
  part: Part,
): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown, type: string): string => `$${values.push(given)}::${type}`;
  const found = [...placesOf(filter, value), ...agesOf(filter, value)];
  const [order, beyond] = part.oldestFirst ? (['ASC', '>'] as const) : (['DESC', '<'] as const);
  if (part.after !== undefined) {
    const { claimedUs, fence } = part.after;
    const at = `timestamptz 'epoch' + ${value(claimedUs, 'bigint')} * interval '1 microsecond'`;
    found.push(`(r.claimed_at, r.fence) ${beyond} (${at}, ${value(fence, 'bigint')})`);
  }
  const fits = [
    ...(filter.state === undefined ? [] : [FITS[filter.state](schema)]),
    ...(filter.keyPrefix === undefined ? [] : [`starts_with(r.key, ${value(filter.keyPrefix, 'text')})`]),
    ...(filter.locks === false ? [`r.type <> 'lock'`] : []),
  ];
  const ordered = `ORDER BY claimed_at ${order}, fence ${order}`;
  const most = value(part.lookedAt + 1, 'bigint');
  const walk = (place: readonly string[]): string =>
    `SELECT r.key, r.claimed_at, r.fence, ${fits.length === 0 ? 'true' : fits.join(' AND ')} AS fits
      FROM "${schema}".records r WHERE ${[...place, ...found, 'true'].join(' AND ')} ${ordered} LIMIT ${most}`;
  const looked =
    filter.workflowId === undefined
      ? walk([])
      : `SELECT w.* FROM parts p CROSS JOIN LATERAL (${walk([`${PART} = p.part`])}) w ${ordered} LIMIT ${most}`;
  const text = `
    WITH RECURSIVE ${filter.workflowId === undefined ? '' : `${partsOf(schema)}, `}looked AS MATERIALIZED (
      ${looked}
    ), fitting AS MATERIALIZED (
      SELECT * FROM looked WHERE fits ${ordered} LIMIT ${value(part.wanted + 1, 'bigint')}
    ), shown AS (
      SELECT key, fits FROM fitting
      UNION (SELECT key, fits FROM looked ORDER BY claimed_at ${part.oldestFirst ? 'DESC' : 'ASC'},
        fence ${part.oldestFirst ? 'DESC' : 'ASC'} LIMIT 1)
    )
    SELECT s.fits, ${recordColumns}, (SELECT count(*) FROM looked) <= ${value(part.lookedAt, 'bigint')} AS is_end
    FROM shown s JOIN "${schema}".records r ON r.key = s.key
    ORDER BY r.claimed_at ${order}, r.fence ${order}`;
  return { text, values };
}

type Value = (given: unknown, type: string) => string;

/** What an index leads to. */
function placesOf({ type, label, workflowId, namespace }: RecordFilter, value: Value): string[] {
  return [
    ...(type === undefined ? [] : [`r.type = ${value(type, 'text')}`]),
    ...(label === undefined ? [] : [`r.owner_detail ->> 'label' = ${value(label, 'text')}`]),
    ...(workflowId === undefined
      ? []
      : [
          `r.owner_detail ->> 'workflowId' = ${value(workflowId, 'text')}`,
          `hashtext(r.owner_detail ->> 'workflowId') = hashtext(${value(workflowId, 'text')})`,
        ]),
    ...(workflowId === undefined || namespace === undefined
      ? []
      : [`r.owner_detail ->> 'namespace' = ${value(namespace, 'text')}`]),
  ];
}

function agesOf({ olderThanMs, youngerThanMs }: RecordFilter, value: Value): string[] {
  // now(): one instant for the whole walk, so that the index can be asked for it.
  const ago = (ms: number): string => `now() - ${value(Math.round(ms), 'bigint')} * interval '1 millisecond'`;
  return [
    ...(olderThanMs === undefined ? [] : [`r.claimed_at < ${ago(olderThanMs)}`]),
    ...(youngerThanMs === undefined ? [] : [`r.claimed_at > ${ago(youngerThanMs)}`]),
  ];
}
