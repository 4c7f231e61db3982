import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../store-errors';
import { bounded } from '../bounded';
import { asStoreError, kindOf } from './failures';
import { SCHEMA_VERSION } from './migrate';

/** Least time a database that is connected and silent is given, however little patience there is. */
const LEAST_MS = 100;

/** How long one schema's database is asked, and what its troubles are called. */
export class Patience {
  /** @param patienceMs how long a call keeps trying while the database can't be asked or a row is in somebody's hand */
  constructor(
    private readonly schema: string,
    private readonly patienceMs: number,
  ) {}

  /** Once. @throws StoreUnavailableError, StorePermissionError, SchemaNotMigratedError, SchemaTooNewError */
  async once<Answer>(operation: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw this.called(error, operation);
    }
  }

  /**
   * Until there is an answer: the first, as it nearly always comes, else those that follow while patience lasts.
   * @param ask undefined where a row was in somebody's hand
   * @throws as `once`
   */
  untilAnswered<Answer>(operation: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
    const startedAtMs = performance.now();
    return ask().then(
      (answer) => answer ?? this.again(operation, ask, startedAtMs, undefined),
      (trouble: unknown) => this.again(operation, ask, startedAtMs, trouble),
    );
  }

  /** A database that is connected and silent is given as long as one that is away. */
  inTime<Answer>(call: Promise<Answer>): Promise<Answer> {
    return bounded(call, Math.max(LEAST_MS, this.patienceMs), 'Postgres');
  }

  /**
   * Asks again until there is an answer or patience ends. A claim or settlement whose reply was lost is simply
   * repeated: its nonce makes the repetition the same claim, and completing twice is success.
   */
  private async again<Answer>(
    operation: string,
    ask: () => Promise<Answer | undefined>,
    startedAtMs: number,
    firstTrouble: unknown,
  ): Promise<Answer> {
    let trouble = firstTrouble;
    for (let round = 0; ; round++) {
      if (trouble !== undefined && kindOf(trouble) !== 'transient') throw this.called(trouble, operation);
      if (performance.now() - startedAtMs > this.patienceMs) {
        const locked = new Error('the record is locked by another transaction');
        throw new StoreUnavailableError(operation, trouble ?? locked);
      }
      // The first repetition is at once: most often somebody else has just won the row.
      if (round > 0) await sleep(Math.min(100, 2 ** round) * (0.5 + Math.random()));
      trouble = undefined;
      try {
        const answer = await ask();
        if (answer !== undefined) return answer;
      } catch (error) {
        trouble = error;
      }
    }
  }

  private called(error: unknown, operation: string): unknown {
    return asStoreError(error, operation, this.schema, SCHEMA_VERSION);
  }
}
