import type {
  ClaimAnswer,
  ClaimRequest,
  OutcomeToRecord,
  RecordVerdict,
  RecordView,
  Settlement,
  SettleVerdict,
} from '../../../src/stores/store';

/** One key's page: what has been said about it last, kept after it has no meaning any more. */
interface Page {
  readonly state: 'let go' | 'held' | 'ended well' | 'ended badly';
  readonly fence: bigint;
  /** Undefined: nobody can speak for this page. */
  readonly nonce: string | undefined;
  readonly runs: number;
  readonly bodyKey: string;
  readonly fingerprint: string | undefined;
  readonly execution: string;
  readonly startOrder: number;
  readonly detail: Readonly<Record<string, string>>;
  /** On the reference's clock, which stands still unless told. */
  readonly untilMs: number;
  readonly payload: Uint8Array | undefined;
  readonly context: string | undefined;
}

/** What a claim must be answered with. A fence is the store's to choose: it is told afterwards. */
export type Expected =
  | {
      readonly kind: 'claimed';
      readonly again: bigint | undefined;
      readonly runs: number;
      readonly bodyKey: string;
      readonly vanished:
        { readonly reason: string; readonly fence: bigint; readonly detail: object } | undefined;
    }
  | { readonly kind: 'live'; readonly page: Page; readonly leftMs: number }
  | { readonly kind: 'outcome'; readonly page: Page; readonly leftMs: number }
  | { readonly kind: 'stale-start'; readonly fence: bigint };

/**
 * The contract as a few rules on plain objects, written from its words and not from any store. It keeps no
 * time: `pass` is the only thing that moves its clock.
 */
export class Reference {
  nowMs = 0;
  readonly pages = new Map<string, Page>();
  private readonly greatest = new Map<string, bigint>();

  private isOver(page: Page): boolean {
    return page.untilMs <= this.nowMs;
  }

  private mayTake(page: Page, asked: ClaimRequest): boolean {
    if (page.state === 'let go') return true;
    if (page.state !== 'held') return this.isOver(page);
    const { execution, startOrder } = asked.owner;
    if (page.execution === execution && startOrder !== page.startOrder) return startOrder > page.startOrder;
    if (!this.isOver(page)) return false;
    if (page.execution === execution || page.fingerprint === undefined) return true;
    return asked.fingerprints.length === 0 || asked.fingerprints.includes(page.fingerprint);
  }

  claim(asked: ClaimRequest): Expected {
    const page = this.pages.get(asked.key);
    if (page === undefined || this.mayTake(page, asked)) {
      const before = page?.state === 'held' ? page : undefined;
      const newer = before?.execution === asked.owner.execution && before.startOrder < asked.owner.startOrder;
      return {
        kind: 'claimed',
        again: undefined,
        runs: 1 + (before?.runs ?? 0),
        bodyKey: before?.bodyKey ?? asked.bodyKey ?? asked.key,
        vanished: before && {
          reason: newer ? 'own-newer-start' : 'lease-expired',
          fence: before.fence,
          detail: before.detail,
        },
      };
    }
    const leftMs = Math.max(0, page.untilMs - this.nowMs);
    if (page.state !== 'held') return { kind: 'outcome', page, leftMs };
    if (page.nonce === asked.nonce)
      return {
        kind: 'claimed',
        again: page.fence,
        runs: page.runs,
        bodyKey: page.bodyKey,
        vanished: undefined,
      };
    if (page.execution === asked.owner.execution && asked.owner.startOrder < page.startOrder)
      return { kind: 'stale-start', fence: page.fence };
    return { kind: 'live', page, leftMs };
  }

  /** Whether that fence is greater than every one of this key before it; remembered. */
  grows(key: string, fence: bigint): boolean {
    const grown = fence > (this.greatest.get(key) ?? 0n);
    if (grown) this.greatest.set(key, fence);
    return grown;
  }

  claimed(asked: ClaimRequest, answer: Extract<ClaimAnswer, { kind: 'claimed' }>): void {
    this.pages.set(asked.key, {
      state: 'held',
      fence: answer.fence,
      nonce: asked.nonce,
      runs: answer.runs,
      bodyKey: answer.bodyKey,
      fingerprint: asked.fingerprints[0],
      ...asked.owner,
      untilMs: this.nowMs + asked.leaseMs,
      payload: undefined,
      context: undefined,
    });
  }

  settle(said: Settlement): SettleVerdict {
    const page = this.pages.get(said.key);
    if (page === undefined || page.fence !== said.fence || page.nonce !== said.nonce) return 'stale';
    const becomes = {
      complete: 'ended well',
      fail: 'ended badly',
      release: 'let go',
      renew: 'held',
    } as const;
    const state = becomes[said.op];
    // Said before: true still, and changes nothing. A renewal is no ending.
    if (page.state !== 'held') return page.state === state ? 'done' : 'stale';
    const forMs = said.op === 'release' ? 0 : said.op === 'renew' ? said.leaseMs : said.retentionMs;
    const kept =
      said.op === 'complete' || said.op === 'fail' ? said : { payload: undefined, context: undefined };
    const { payload, context } = kept;
    this.pages.set(said.key, { ...page, state, untilMs: this.nowMs + forMs, payload, context });
    return 'done';
  }

  record(outcome: OutcomeToRecord): { readonly verdict: RecordVerdict; readonly writes: boolean } {
    const page = this.pages.get(outcome.key);
    if (page === undefined || page.state === 'let go' || this.isOver(page))
      return { verdict: 'recorded', writes: true };
    if (page.state === 'held') return { verdict: 'live', writes: false };
    const same =
      page.state === 'ended well' &&
      page.fingerprint === outcome.fingerprint &&
      text(page.payload) === text(outcome.payload);
    return { verdict: same ? 'recorded' : 'settled', writes: false };
  }

  recorded(outcome: OutcomeToRecord, fence: bigint): void {
    const { key, fingerprint, payload, context, retentionMs } = outcome;
    const owner = { execution: 'recorded', startOrder: 0, detail: {} };
    const untilMs = this.nowMs + retentionMs;
    this.pages.set(key, {
      ...{ state: 'ended well', fence, nonce: undefined, runs: 1, bodyKey: key, fingerprint },
      ...{ ...owner, untilMs, payload, context },
    });
  }

  /** @returns the state that a clear must name. */
  clear(key: string): RecordView['state'] {
    const page = this.pages.get(key);
    if (page !== undefined) this.pages.set(key, { ...page, state: 'let go', nonce: undefined });
    return STATES[page?.state ?? 'let go'];
  }

  /** The page as a look-up must tell it; undefined when the key is free. */
  seen(key: string): { readonly page: Page; readonly state: RecordView['state'] } | undefined {
    const page = this.pages.get(key);
    if (page === undefined || page.state === 'let go' || (page.state !== 'held' && this.isOver(page)))
      return undefined;
    return { page, state: STATES[page.state] };
  }
}

const STATES = {
  'let go': 'absent',
  held: 'running',
  'ended well': 'completed',
  'ended badly': 'failed',
} as const;

/** Bytes as text, so that "none" and "no byte" differ. */
export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}
