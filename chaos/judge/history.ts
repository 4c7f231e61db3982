import type {
  AnswerLine,
  BeginLine,
  ClearLine,
  CommittedLine,
  EffectLine,
  EndLine,
  Line,
  RowLine,
  ThrewLine,
  UnrecordedLine,
} from '../journal/line';

/** From a claim of a free key until the key is free again. */
export interface Life {
  readonly claims: RowLine[];
  readonly settlements: RowLine[];
  /** The row that freed the key; undefined while it lives. */
  end: RowLine | undefined;
}

/** Everything the journals say of one key. */
export interface History {
  readonly key: string;
  readonly lines: Line[];
  readonly begins: BeginLine[];
  readonly effects: EffectLine[];
  readonly ends: EndLine[];
  readonly throws: ThrewLine[];
  readonly unrecorded: UnrecordedLine[];
  readonly answers: AnswerLine[];
  readonly clears: ClearLine[];
  readonly rows: RowLine[];
  readonly committed: CommittedLine[];
  readonly lives: Life[];
}

/** Whether a row is the beginning of a claim: nothing else takes a new nonce into `running`. */
export function isClaim(row: RowLine): boolean {
  return row.state === 'running' && (row.was !== 'running' || !row.sameNonce || row.fence !== row.wasFence);
}

export function isSettlement(row: RowLine): boolean {
  return row.state === 'completed' || row.state === 'failed';
}

function isFree(state: RowLine['state']): boolean {
  return state === 'absent' || state === 'gone';
}

/** The journals, told apart by key. */
export function histories(lines: readonly Line[]): History[] {
  const byKey = new Map<string, Line[]>();
  for (const line of lines) {
    if (line.is === 'redis-lost' || line.is === 'crash') continue;
    const of = byKey.get(line.key);
    if (of === undefined) byKey.set(line.key, [line]);
    else of.push(line);
  }
  return [...byKey].map(([key, of]) => history(key, of));
}

function history(key: string, lines: Line[]): History {
  const of = <Is extends Line['is']>(is: Is): Extract<Line, { is: Is }>[] =>
    lines.filter((line): line is Extract<Line, { is: Is }> => line.is === is).sort((a, b) => a.at - b.at);
  const rows = of('row').sort((a, b) => a.seq - b.seq);
  return {
    key,
    lines,
    begins: of('begin'),
    effects: of('effect'),
    ends: of('end'),
    throws: of('threw'),
    unrecorded: of('unrecorded'),
    answers: of('answer'),
    clears: of('clear'),
    rows,
    committed: of('committed'),
    lives: livesOf(rows),
  };
}

function livesOf(rows: readonly RowLine[]): Life[] {
  const lives: Life[] = [];
  let life: Life | undefined;
  for (const row of rows) {
    if (isFree(row.state)) {
      if (life !== undefined) life.end = row;
      life = undefined;
      continue;
    }
    if (life === undefined) lives.push((life = { claims: [], settlements: [], end: undefined }));
    if (isClaim(row)) life.claims.push(row);
    if (isSettlement(row)) life.settlements.push(row);
  }
  return lives;
}
