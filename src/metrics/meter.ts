/**
 * What is needed of a meter of the Temporal SDK: that of its Runtime, of an activity's context, or one of your own. It is
 * structural, so that what decides and what stores needs no worker.
 */
export interface Meter {
  createCounter(name: string, unit?: string, description?: string): MeterCounter;
  createGauge(name: string, valueType?: 'int' | 'float', unit?: string, description?: string): MeterGauge;
  createHistogram(
    name: string,
    valueType?: 'int' | 'float',
    unit?: string,
    description?: string,
  ): MeterHistogram;
}

export type Labels = Record<string, string>;

export interface MeterCounter {
  add(value: number, labels?: Labels): void;
}

export interface MeterGauge {
  set(value: number, labels?: Labels): void;
}

export interface MeterHistogram {
  record(value: number, labels?: Labels): void;
}
