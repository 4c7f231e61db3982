import { ZONE_NAMES, mainZoneName } from './zone-names';

const YEAR_SECONDS = 31_556_952;
/** No zone has kept an offset for a shorter time since 1970; between two samples there is at most one change. */
const SAMPLE_SECONDS = 3 * 86_400;

/** The offsets of one stretch of time, from the first of `starts` on. */
interface Stretch {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
  readonly end: number;
}

/**
 * Offsets of a time zone from Node's own data (ICU), found once per zone and year. The server has data of its own:
 * `process.versions.tz` names Node's, and `compareZoneData` finds where two sources differ.
 */
export class Zone {
  private readonly format: Intl.DateTimeFormat | undefined;
  private readonly stretches = new Map<number, Stretch>();
  /** The last answer: it holds from `from` to before `to`. */
  private from = 0;
  private to = 0;
  private offset = 0;

  constructor(readonly name: string) {
    if (mainZoneName(name) === 'UTC') [this.from, this.to] = [-Infinity, Infinity];
    else this.format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  /** Seconds east of Greenwich at an instant in seconds since 1970. */
  offsetAt(instant: number): number {
    if (instant < this.from || instant >= this.to) this.look(instant);
    return this.offset;
  }

  /** The instant of a wall time, in the server's way: in a gap or a repetition, what Go's time.Date makes of it. */
  instantOf(wall: number): number {
    const guess = this.offsetAt(wall);
    return guess === 0 ? wall : wall - this.offsetAt(wall - guess);
  }

  /** Instants from `from` to before `to` at which the offset changes. */
  changes(from: number, to: number): number[] {
    const found: number[] = [];
    for (let at = from; ;) {
      const before = this.offsetAt(at);
      at = this.to;
      if (at >= to) return found;
      if (this.offsetAt(at) !== before) found.push(at);
    }
  }

  private look(instant: number): void {
    const index = Math.floor(instant / YEAR_SECONDS);
    let stretch = this.stretches.get(index);
    if (stretch === undefined) this.stretches.set(index, (stretch = this.sample(index)));
    const { starts, offsets, end } = stretch;
    let at = starts.length - 1;
    while (at > 0 && instant < (starts[at] as number)) at--;
    this.from = starts[at] as number;
    this.to = starts[at + 1] ?? end;
    this.offset = offsets[at] as number;
  }

  private sample(index: number): Stretch {
    const begin = index * YEAR_SECONDS;
    const end = begin + YEAR_SECONDS;
    const starts = [begin];
    const offsets = [this.ask(begin)];
    for (let low = begin; low < end - 1;) {
      const high = Math.min(low + SAMPLE_SECONDS, end - 1);
      const before = offsets.at(-1) as number;
      const after = this.ask(high);
      if (after !== before) {
        let [same, other] = [low, high];
        while (other - same > 1) {
          const middle = Math.floor((same + other) / 2);
          if (this.ask(middle) === before) same = middle;
          else other = middle;
        }
        starts.push(other);
        offsets.push(after);
      }
      low = high;
    }
    return { starts, offsets, end };
  }

  private ask(instant: number): number {
    // "1/1/1970, GMT-00:44:30"; plain GMT for none.
    const [, sign, h = 0, m = 0, s = 0] =
      /GMT(?:([+-])(\d+)(?::(\d+))?(?::(\d+))?)?$/.exec(this.format?.format(instant * 1000) ?? '') ?? [];
    const seconds = Number(h) * 3600 + Number(m) * 60 + Number(s);
    return sign === '-' ? -seconds : seconds;
  }
}

const zones = new Map<string, Zone>();

/** A zone by the name that the server would take, else undefined. */
export function findZone(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (name !== '' && !ZONE_NAMES.has(name) && !Intl.supportedValuesOf('timeZone').includes(name))
    return undefined;
  let zone: Zone;
  try {
    zone = new Zone(name);
  } catch {
    // In the list, but not in this Node's data.
    return undefined;
  }
  zones.set(name, zone);
  return zone;
}

/** The known name that differs least in its spelling, if one is near. */
export function similarZone(name: string): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9+/-]/g, '');
  const wanted = plain(name);
  const city = wanted.split('/').at(-1) ?? '';
  const names = [...ZONE_NAMES];
  return (
    names.find((known) => plain(known) === wanted) ??
    names.find((known) => city.length > 2 && plain(known).endsWith(`/${city}`))
  );
}

/** The days between `from` and `to` (seconds since 1970) on which two sources of zone data disagree, by their offsets. */
export function compareZoneData(
  zone: Zone,
  offsetElsewhere: (instant: number) => number,
  from: number,
  to: number,
): number[] {
  const different: number[] = [];
  for (let at = from; at < to; at += 86_400)
    if (zone.offsetAt(at) !== offsetElsewhere(at)) different.push(at);
  return different;
}
