import type { Labels, Meter } from '../../src';

/** A meter that keeps what it is told. Its name and labels together name a series: `name{label="value"}`. */
export class RecordingMeter implements Meter {
  readonly kinds = new Map<string, string>();
  private readonly values = new Map<string, number[]>();

  createCounter(name: string) {
    return { add: this.keeper(name, 'counter') };
  }

  createGauge(name: string) {
    return { set: this.keeper(name, 'gauge') };
  }

  createHistogram(name: string) {
    return { record: this.keeper(name, 'histogram') };
  }

  /** All values told of one series. */
  of(series: string): readonly number[] {
    return this.values.get(series) ?? [];
  }

  sum(series: string): number | undefined {
    return this.values.get(series)?.reduce((sum, value) => sum + value, 0);
  }

  last(series: string): number | undefined {
    return this.values.get(series)?.at(-1);
  }

  get series(): readonly string[] {
    return [...this.values.keys()];
  }

  private keeper(name: string, kind: string): (value: number, labels?: Labels) => void {
    this.kinds.set(name, kind);
    return (value, labels = {}) => {
      const text = Object.entries(labels)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([label, said]) => `${label}="${said}"`)
        .join(',');
      const series = text === '' ? name : `${name}{${text}}`;
      this.values.set(series, [...(this.values.get(series) ?? []), value]);
    };
  }
}
