import type { RowLine } from '../journal/line';
import { isClaim, isSettlement, type History } from './history';
import type { Blame } from './violation';

/** What the changes of a record say by themselves: G1, G2 and G3 in Postgres. */
export function judgeRecord(history: History, transactional: boolean, blame: Blame): void {
  judgeFences(history, blame);
  judgeSettlements(history, blame);
  judgeEndings(history, transactional, blame);
  for (const { settlements } of history.lives) {
    if (settlements.length > 1)
      blame(
        'overlapping-commits',
        `${settlements.length} outcomes were recorded in one life`,
        ...settlements,
      );
  }
}

function judgeFences({ rows }: History, blame: Blame): void {
  let greatest = rows.find(isClaim);
  for (const row of rows) {
    if (!isClaim(row) || greatest === undefined || row === greatest) continue;
    if (row.fence <= greatest.fence)
      blame('fence-not-increasing', `claim ${row.fence} came after claim ${greatest.fence}`, greatest, row);
    else greatest = row;
  }
}

function judgeSettlements(history: History, blame: Blame): void {
  const { rows } = history;
  rows.forEach((row, at) => {
    const before = rows[at - 1];
    if (isSettlement(row)) {
      if (row.was !== 'running' && row.was !== row.state)
        blame('stale-write', `an outcome was recorded where nobody held the key (${row.was})`, before, row);
      if (row.was === 'running' && row.wasFence !== row.fence)
        blame('stale-write', `an outcome was recorded past claim ${row.wasFence}`, before, row);
      if (!isOwnResult(history, row))
        blame(
          'stale-write',
          `the result of claim ${row.value?.fence} was recorded under claim ${row.fence}`,
          before,
          row,
        );
    }
    const wasSettled = row.was === 'completed' || row.was === 'failed';
    // Retentions outlast the run: an outcome ends by a clear, or not at all.
    if (wasSettled && !(row.state === 'absent' && !row.sameNonce))
      blame('outcome-changed', `a recorded outcome became ${row.state} without a clear`, before, row);
  });
}

/**
 * A body's value says under which claim it came about. Under another it may be recorded only by an heir that runs no body
 * of its own: told of the vanished holder, it found what that holder's body had returned.
 */
function isOwnResult({ begins, ends, lives }: History, row: RowLine): boolean {
  const { value, fence } = row;
  if (value === undefined || value.fence === fence) return true;
  const life = lives.find(({ settlements }) => settlements.includes(row));
  return (
    life !== undefined &&
    life.claims.some((claim) => claim.fence === value.fence) &&
    ends.some((end) => end.value.n === value.n) &&
    !begins.some((begin) => begin.fence === fence)
  );
}

/** A running claim is ended by its own holder, or by a clear. */
function judgeEndings(history: History, transactional: boolean, blame: Blame): void {
  for (const row of history.rows) {
    if (row.was !== 'running') continue;
    if (row.state === 'gone') blame('stale-write', 'a running record was deleted', row);
    // A transaction that can't be opened or committed releases its claim as well, without a word of the body.
    if (row.state !== 'absent' || !row.sameNonce || transactional) continue;
    if (!history.throws.some(({ fence }) => fence === row.fence))
      blame('stale-write', `claim ${row.fence} was released, but its body had not thrown`, row);
  }
}
