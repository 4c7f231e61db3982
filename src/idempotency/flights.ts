import type { Outcome } from '../stores/store';

/** A map serves for as many flights, or for four times those under way when it was made. */
const FLIGHTS_A_MAP = 256;

/**
 * Calls of one key in this process: the first one asks the store, the others wait for it here. A storm of
 * callers costs one claim a process.
 */
export class Flights {
  private flights = new Map<string, Flight>();
  private leftForThisMap = FLIGHTS_A_MAP;

  /** The flight another execution has under way for this key. An execution never waits for itself. */
  ofOthers(key: string, execution: string): Flight | undefined {
    const flight = this.flights.get(key);
    return flight === undefined || flight.execution === execution ? undefined : flight;
  }

  begin(key: string, execution: string, fingerprint: string | undefined): Flight {
    const flight = new Flight(execution, fingerprint, () => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    });
    if (this.leftForThisMap-- === 0) this.renewMap();
    this.flights.set(key, flight);
    return flight;
  }

  /**
   * The tables that a map leaves behind each time it is rebuilt know the next ones: once one of them is old, all that follow outlive
   * every collection but a full one, with what was in them. A new map is known by none.
   */
  private renewMap(): void {
    this.flights = new Map(this.flights);
    this.leftForThisMap = Math.max(FLIGHTS_A_MAP, 4 * this.flights.size);
  }
}

export class Flight {
  /** Whether a body runs under this flight's claim. */
  running = false;
  /** What it found or made, for the others to share. */
  outcome: Outcome | undefined;
  private isOver = false;
  /** Those that wait: most flights have none. */
  private untilKnown: (() => void)[] | undefined;
  private untilLanded: (() => void)[] | undefined;

  constructor(
    readonly execution: string,
    readonly fingerprint: string | undefined,
    private readonly remove: () => void,
  ) {}

  /** Resolves when it is known whether a body runs. */
  get known(): Promise<void> {
    if (this.running || this.isOver) return Promise.resolve();
    return new Promise((resolve) => (this.untilKnown ??= []).push(resolve));
  }

  get landed(): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => (this.untilLanded ??= []).push(resolve));
  }

  runs(): void {
    this.running = true;
    this.untilKnown?.forEach((resolve) => resolve());
    this.untilKnown = undefined;
  }

  land(): void {
    this.remove();
    this.isOver = true;
    this.untilKnown?.forEach((resolve) => resolve());
    this.untilLanded?.forEach((resolve) => resolve());
    this.untilKnown = this.untilLanded = undefined;
  }
}
