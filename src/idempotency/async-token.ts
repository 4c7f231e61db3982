import { AsyncTokenError } from '../claim-errors';
import type { CacheFacts } from '../stores/store';
import type { Call } from './call';
import type { Engine } from './engine';
import type { HeldClaim, HeldRow } from './held-claim';

const VERSION = 1;

/** A claim on its way to whoever completes the operation, and how to tell the server. No argument, no result. */
export interface AsyncToken {
  readonly rows: readonly HeldRow[];
  readonly nonce: string;
  readonly taskToken: Uint8Array;
  readonly type: string;
  readonly door: string;
  /** Serialization context of the activity, as JSON. */
  readonly context: string | undefined;
  readonly retentionMs: number;
  readonly errorRetentionMs: number;
  readonly cacheErrors: readonly string[];
  readonly cache: CacheFacts | undefined;
}

/** How it is written: what JSON can't say is text. */
interface Written extends Omit<AsyncToken, 'rows' | 'taskToken' | 'context' | 'cache'> {
  readonly v: number;
  readonly rows: readonly { readonly key: string; readonly fence: string }[];
  readonly taskToken: string;
  readonly context?: string;
  readonly cache?: CacheFacts;
}

/** @throws AsyncTokenError where nobody else could complete the operation. */
export function writeAsyncToken(engine: Engine, call: Call, held: HeldClaim, retentionMs: number): string {
  if (call.taskToken === undefined || call.transactional !== undefined) {
    throw new AsyncTokenError(
      call.transactional === undefined
        ? `asyncToken() was called in a body that nobody else can complete (${call.door})`
        : 'asyncToken() was called in a transactional activity, whose outcome commits with its transaction',
      'Use it in an activity that is not local, and throw CompleteAsyncError after handing the token over',
    );
  }
  const context = call.codec.contextText();
  const cache = engine.cacheFacts(call);
  const written: Written = {
    v: VERSION,
    rows: held.rows.map(({ key, fence }) => ({ key, fence: fence.toString() })),
    nonce: held.nonce,
    taskToken: Buffer.from(call.taskToken).toString('base64'),
    type: call.type,
    door: call.door,
    retentionMs,
    errorRetentionMs: call.errorRetentionMs,
    cacheErrors: call.cacheErrors,
    ...(context === undefined ? {} : { context }),
    ...(cache === undefined ? {} : { cache }),
  };
  return Buffer.from(JSON.stringify(written)).toString('base64url');
}

/** @throws AsyncTokenError for what is no token, or one of a newer version. */
export function readAsyncToken(text: string): AsyncToken {
  let written: Written | undefined;
  try {
    written = JSON.parse(Buffer.from(text, 'base64url').toString()) as Written;
  } catch {
    // Said below.
  }
  if (written === null || typeof written !== 'object' || typeof written.v !== 'number')
    throw new AsyncTokenError('this is no token of asyncToken()', 'Pass on what it returned, unchanged');
  if (written.v > VERSION) {
    throw new AsyncTokenError(
      `the token has version ${written.v}, this process knows up to ${VERSION}`,
      'Upgrade temporal-once here before the workers',
    );
  }
  const { rows, taskToken, context, cache, v: _v, ...rest } = written;
  return {
    ...rest,
    rows: rows.map(({ key, fence }) => ({ key, fence: BigInt(fence) })),
    taskToken: Buffer.from(taskToken, 'base64'),
    context,
    cache,
  };
}
