import type { Statement, StoreObserver } from '../stores/observer';
import { COUNTED } from './counted';
import type { CountPath } from './count-path';
import { INSTRUMENTS, type Instrument, type InstrumentName } from './instruments';
import type { Labels, Meter, MeterCounter, MeterGauge, MeterHistogram } from './meter';

const TELL_EVERY_MS = 1_000;

/**
 * A value costs a worker some microseconds, more than looking up a duplicate may: of each statement this many a second are
 * timed, the rest is not. Counters are exact.
 */
const SAMPLES_A_TELLING = 50;

/** More would be no longer bounded: a worker that registers functions by the thousand gets no label. */
const MAX_TYPES = 200;

interface Made {
  readonly counters: ReadonlyMap<string, MeterCounter>;
  readonly gauges: ReadonlyMap<string, MeterGauge>;
  readonly histograms: ReadonlyMap<string, MeterHistogram>;
}

/**
 * Where everything that is measured goes: into the meter of whoever runs this process, or nowhere as long as there is
 * none. A meter that fails (its runtime is gone) is let go: to measure never disturbs what is measured.
 */
export class Metrics implements StoreObserver {
  private meter: Meter | undefined;
  private made: Made | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly tellers: (() => void)[] = [];
  private readonly types = new Set<string>();
  /** Claims by door and type, told together. */
  private readonly claims = new Map<string, number>();
  private circuitIsOpen: boolean | undefined;
  private upkeepExpected = false;
  private readonly samplesLeft: Partial<Record<Statement, number>> = {};
  /** Told besides, for whoever writes it down. */
  onCircuit: ((isOpen: boolean) => void) | undefined;

  /** From now on into this meter. */
  useMeter(meter: Meter | undefined): void {
    if (meter === undefined || meter === this.meter) return;
    this.meter = meter;
    this.guarded(() => {
      this.made = make(meter);
      for (const [name, { fromZero }] of all()) {
        const [label] = INSTRUMENTS[name].labels;
        if (fromZero?.length === 0) this.add(name, 0);
        else fromZero?.forEach((value) => this.add(name, 0, { [label as string]: value }));
      }
    });
    if (this.circuitIsOpen !== undefined) this.circuit(this.circuitIsOpen);
    if (this.upkeepExpected) this.expectUpkeep();
    this.timer ??= setInterval(() => this.tell(), TELL_EVERY_MS);
    this.timer.unref();
  }

  /** Types that may stand in a label: those which workers of this process have registered. */
  useTypes(types: Iterable<string>): void {
    for (const type of types) if (this.types.size < MAX_TYPES) this.types.add(type);
  }

  /** Lets something that gathers, or is looked at, tell once a second and before the end. */
  eachTelling(tell: () => void): void {
    this.tellers.push(tell);
  }

  tell(): void {
    for (const statement of Object.keys(this.samplesLeft) as Statement[]) delete this.samplesLeft[statement];
    if (this.made === undefined) return;
    this.tellers.forEach((tell) => tell());
    for (const [name, count] of this.claims) {
      const [door = '', type = ''] = name.split('\n');
      this.add('temporal_once_claims', count, { door, activity_type: type });
    }
    this.claims.clear();
  }

  /** Counted from 0 on: a sweep that never comes is then seen. */
  expectUpkeep(): void {
    this.upkeepExpected = true;
    this.add('temporal_once_sweep_rounds', 0);
    this.add('temporal_once_swept', 0);
  }

  close(): void {
    this.tell();
    clearInterval(this.timer);
    this.timer = undefined;
    this.made = undefined;
    this.meter = undefined;
  }

  counted(type: string, door: string, path: CountPath, by: number): void {
    const { name, says } = COUNTED[path];
    const labels: readonly string[] = INSTRUMENTS[name].labels;
    this.add(name, by, {
      ...(labels.includes('door') ? { door } : {}),
      ...(says === undefined ? {} : { [says[0]]: says[1] }),
      ...(labels.includes('activity_type') ? { activity_type: this.boundedType(type) } : {}),
    });
  }

  claimed(call: { readonly type: string; readonly door: string }, unknown: string | undefined): void {
    const { type, door } = call;
    if (this.made === undefined) return;
    const name = `${door}\n${this.boundedType(type)}`;
    this.claims.set(name, (this.claims.get(name) ?? 0) + 1);
    if (unknown !== undefined)
      this.add('temporal_once_takeovers', 1, { reason: unknown.replaceAll('-', '_') });
  }

  add(name: InstrumentName, by: number, labels: Labels = {}): void {
    if (this.made !== undefined) this.guarded((made) => made.counters.get(name)?.add(by, labels));
  }

  set(name: InstrumentName, value: number): void {
    if (this.made !== undefined) this.guarded((made) => made.gauges.get(name)?.set(value, {}));
  }

  record(name: InstrumentName, value: number, labels: Labels = {}): void {
    if (this.made !== undefined) this.guarded((made) => made.histograms.get(name)?.record(value, labels));
  }

  ended(statement: Statement, calls: number, ms: number, ok: boolean): void {
    if (this.made === undefined) return;
    if (!ok) return this.add('temporal_once_store_failures', 1, { statement });
    const left = this.samplesLeft[statement] ?? SAMPLES_A_TELLING;
    if (left === 0) return;
    this.samplesLeft[statement] = left - 1;
    this.record('temporal_once_store_latency', ms, { statement });
    this.record('temporal_once_batch_size', calls, { statement });
  }

  circuit(isOpen: boolean): void {
    const changed = this.circuitIsOpen !== isOpen;
    this.circuitIsOpen = isOpen;
    this.set('temporal_once_redis_circuit_open', isOpen ? 1 : 0);
    if (!changed) return;
    if (isOpen) this.add('temporal_once_redis_circuit_opened', 1);
    this.onCircuit?.(isOpen);
  }

  private boundedType(type: string): string {
    return this.types.has(type) ? type : '';
  }

  private guarded(tell: (made: Made) => void): void {
    try {
      tell(this.made as Made);
    } catch {
      this.made = undefined;
    }
  }
}

function all(): [InstrumentName, Instrument][] {
  return Object.entries(INSTRUMENTS) as [InstrumentName, Instrument][];
}

function make(meter: Meter): Made {
  const ofKind = (kind: Instrument['kind']): [InstrumentName, Instrument][] =>
    all().filter(([, one]) => one.kind === kind);
  return {
    counters: new Map(
      ofKind('counter').map(([name, { unit, help }]) => [name, meter.createCounter(name, unit, help)]),
    ),
    gauges: new Map(
      ofKind('gauge').map(([name, { unit, help }]) => [name, meter.createGauge(name, 'int', unit, help)]),
    ),
    histograms: new Map(
      ofKind('histogram').map(([name, { unit, help }]) => [
        name,
        meter.createHistogram(name, 'float', unit, help),
      ]),
    ),
  };
}
