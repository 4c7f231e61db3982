import { InvalidOptionError } from '../errors';
import { OutcomeKnownError, RecordChangedError } from '../decision-errors';
import type { DecidedOutcome, Decision, Decisions } from '../stores/decisions';
import type {
  AuditPage,
  AuditRequest,
  DayCount,
  HourCount,
  KeyLife,
  ListedStart,
  PageRequest,
  RecordFilter,
  RecordPage,
  RecordsView,
  StartFilter,
} from '../stores/records-view';
import type { Store } from '../stores/store';
import type { OutcomeCodec } from './codec';
import { durationMs, type DurationInput } from './duration';
import type { ClearResult } from './service-options';

/** Who decides, and why: both are kept beside what was done. */
export interface Signed {
  /** A person or a program, up to 200 characters. */
  readonly who: string;
  /** Up to 1000 characters. */
  readonly why: string;
  /** Of the record that was looked at: if there is another one by now, nothing is done. */
  readonly fence?: bigint | undefined;
}

/** What somebody found out of an operation. */
export type FoundOut = { readonly result: unknown } | { readonly error: Error };

export interface OutcomeShown {
  readonly result?: unknown;
  readonly error?: Error;
}

const DEFAULT_TTL = '1h';
const MAX_LIMIT = 1_000;

/** What operators see and do: the page and the command stand on it. Every key is a whole one, as `key()` gives it. */
export class ByHand {
  private readonly view: RecordsView;
  private readonly decisions: Decisions;

  /** @throws InvalidOptionError for a store that can't be looked into */
  constructor(
    store: Store,
    private readonly codec: OutcomeCodec,
  ) {
    const { view, decisions } = store;
    if (view === undefined || decisions === undefined)
      throw new InvalidOptionError(
        'store',
        'can not be looked into',
        'Operators look at records in Postgres',
      );
    this.view = view;
    this.decisions = decisions;
  }

  /** Records by age, a page at a time; costs the same on any page of any table. @throws InvalidOptionError */
  async page(filter: RecordFilter, request: PageRequest): Promise<RecordPage> {
    checkLimit(request.limit);
    return this.view.page(filter, request);
  }

  /**
   * Starts without an outcome, by label or workflow, the latest first: they have no record yet, or none any more.
   * @throws InvalidOptionError
   */
  async starts(filter: StartFilter, limit: number): Promise<readonly ListedStart[]> {
    checkLimit(limit);
    return this.view.starts(filter, limit);
  }

  /** Everything that is kept of a key; undefined when nothing is. */
  life(key: string): Promise<KeyLife | undefined> {
    return this.view.life(key);
  }

  /** The outcome of a record, decoded by converter and codecs of the service. @throws what they throw */
  async outcome({ record }: KeyLife): Promise<OutcomeShown> {
    if (record?.payload === undefined) return {};
    const { state, payload, context } = record;
    if (state === 'failed') return { error: await this.codec.decodeError(payload, context) };
    return { result: await this.codec.decodeResult(payload, context) };
  }

  /** What was counted on each of the last so many days (UTC), oldest first. 1 to 400. */
  async countsPerDay(days: number): Promise<readonly DayCount[]> {
    if (!Number.isInteger(days) || days < 1 || days > 400)
      throw new InvalidOptionError('days', 'is not acceptable', 'Give 1 to 400');
    return this.view.countsPerDay(days);
  }

  /** What was counted in each of the last so many hours, oldest first. 1 to 9600. */
  async countsPerHour(hours: number): Promise<readonly HourCount[]> {
    if (!Number.isInteger(hours) || hours < 1 || hours > 9_600)
      throw new InvalidOptionError('hours', 'is not acceptable', 'Give 1 to 9600');
    return this.view.countsPerHour(hours);
  }

  /** Decisions by hand, newest first. @throws InvalidOptionError */
  async audit(request: AuditRequest): Promise<AuditPage> {
    checkLimit(request.limit);
    if (request.after !== undefined && !/^\d{1,18}$/.test(request.after))
      throw new InvalidOptionError(
        'after',
        'is not where a page ended',
        'Give the `next` of the page before',
      );
    return this.view.audit(request);
  }

  /** Frees a key whatever its state; its holder finds itself stale. @throws RecordChangedError, InvalidOptionError */
  clear(key: string, signed: Signed): Promise<ClearResult> {
    return this.decide({ action: 'clear', key, ...signatureOf(signed) });
  }

  /**
   * Lets the next caller run the body of an operation whose outcome is unknown. Starts nothing by itself.
   * @throws OutcomeKnownError, RecordChangedError, InvalidOptionError
   */
  rerun(key: string, signed: Signed): Promise<ClearResult> {
    return this.decide({ action: 'rerun', key, ...signatureOf(signed) });
  }

  /**
   * Records what somebody found out about an unknown outcome; duplicates get it as if the body had given it.
   * @param ttl how long it answers, default 1 h
   * @throws OutcomeKnownError, RecordChangedError, InvalidOptionError, what the data converter throws
   */
  async reconcile(
    key: string,
    found: FoundOut,
    signed: Signed,
    ttl: DurationInput = DEFAULT_TTL,
  ): Promise<ClearResult> {
    const retentionMs = durationMs(ttl, 'ttl');
    const signature = signatureOf(signed);
    const state: DecidedOutcome['state'] = 'error' in found ? 'failed' : 'completed';
    const encoded = await ('error' in found
      ? this.codec.encodeError(found.error)
      : this.codec.encodeResult(found.result));
    return this.decide({
      action: 'reconcile',
      key,
      ...signature,
      outcome: { state, retentionMs, ...encoded },
    });
  }

  private async decide(decision: Decision): Promise<ClearResult> {
    const answer = await this.decisions.decide(decision);
    if (answer.verdict === 'done') {
      const { previous, cache, cacheMaxAgeMs, pending } = answer;
      return { previous, cache, cacheMaxAgeMs, pending };
    }
    if (answer.verdict === 'changed') throw new RecordChangedError(decision.key, answer.previous);
    throw new OutcomeKnownError(decision.key, answer.previous);
  }
}

function signatureOf({ who, why, fence }: Signed): Pick<Decision, 'who' | 'why' | 'fence'> {
  return { who: words(who, 'who', 200), why: words(why, 'why', 1_000), fence };
}

function words(given: string, option: string, most: number): string {
  const text = typeof given === 'string' ? given.trim() : '';
  if (text === '') throw new InvalidOptionError(option, 'is missing', 'It is kept beside what was decided');
  if (text.length > most || text.includes('\0'))
    throw new InvalidOptionError(option, 'is not acceptable', `Give up to ${most} characters`);
  return text;
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return;
  throw new InvalidOptionError('limit', 'is not acceptable', `Give 1 to ${MAX_LIMIT}`);
}
