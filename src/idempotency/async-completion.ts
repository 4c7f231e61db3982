import type {
  ActivitySerializationContext,
  LoadedDataConverter,
  SerializationContext,
} from '@temporalio/common';
import { AsyncTokenError, StaleClaimError } from '../claim-errors';
import { readAsyncToken, type AsyncToken } from './async-token';
import { isCacheable } from './cacheable';
import { OutcomeCodec } from './codec';
import type { CountPath } from './counters';
import type { Engine } from './engine';
import type { Ending } from './held-claim';

/** What of a Temporal client is needed to complete an activity from elsewhere. `Client` has it. */
export interface CompletionClient {
  readonly options: { readonly loadedDataConverter: LoadedDataConverter };
  readonly activity: {
    complete(taskToken: Uint8Array, result: unknown, options?: TellOptions): Promise<void>;
    fail(taskToken: Uint8Array, error: unknown, options?: TellOptions): Promise<void>;
  };
}

interface TellOptions {
  readonly serializationContext?: ActivitySerializationContext;
}

/**
 * Records the result under the claim that was handed over, then tells the server. In this order: what the server has
 * been told can't be taken back, and a claim that is stale must not speak.
 * @throws StaleClaimError, AsyncTokenError, StoreUnavailableError, or what the client throws; repeat it then.
 */
export async function completeAsync(
  engine: Engine,
  client: CompletionClient,
  text: string,
  result: unknown,
): Promise<void> {
  const token = readAsyncToken(text);
  const codec = codecOf(client, token);
  const { payload, context } = await codec.encodeResult(result);
  const kept = payload.byteLength <= engine.settings.maxResultBytes ? { payload, context } : NOT_KEPT;
  const { retentionMs } = token;
  const path = kept === NOT_KEPT ? 'not_kept' : 'first';
  await settle(engine, token, { op: 'complete', ...kept, retentionMs, cache: told(token) }, path);
  // Of two different results the first one recorded is the outcome, whichever of them gets to tell the server.
  const recorded = await recordedResult(engine, codec, token);
  await tell(() =>
    client.activity.complete(
      token.taskToken,
      recorded === undefined ? result : recorded.value,
      tellOptions(token),
    ),
  );
}

/**
 * Records the error where it is an outcome (non-retryable by its own flag, or named by `cacheErrors`), else frees the
 * key for the next attempt; then tells the server.
 * @throws as completeAsync.
 */
export async function failAsync(
  engine: Engine,
  client: CompletionClient,
  text: string,
  error: unknown,
): Promise<void> {
  const token = readAsyncToken(text);
  if (isCacheable(error, token.cacheErrors)) {
    const { payload, context } = await codecOf(client, token).encodeError(error);
    const { errorRetentionMs: retentionMs } = token;
    await settle(
      engine,
      token,
      { op: 'fail', payload, context, retentionMs, cache: told(token) },
      'cached_error',
    );
  } else {
    await settle(engine, token, { op: 'release' }, 'released');
  }
  await tell(() => client.activity.fail(token.taskToken, error, tellOptions(token)));
}

/**
 * Waiters are woken, but nothing is put into a cache: this may be a repetition, of which nobody knows what was recorded
 * and how long ago. The first duplicate fetches it.
 */
function told({ cache }: AsyncToken): AsyncToken['cache'] {
  return cache && { ...cache, keep: false };
}

const NOT_KEPT = { payload: undefined, context: undefined };

function codecOf(client: CompletionClient, { context }: AsyncToken): OutcomeCodec {
  const { loadedDataConverter } = client.options;
  if (loadedDataConverter === undefined)
    throw new AsyncTokenError(
      'the client given has no data converter',
      'Give a Client of @temporalio/client',
    );
  return new OutcomeCodec(
    loadedDataConverter,
    context === undefined ? undefined : (JSON.parse(context) as SerializationContext),
  );
}

async function settle(engine: Engine, token: AsyncToken, ending: Ending, path: CountPath): Promise<void> {
  const { rows, nonce } = token;
  const verdicts: string[] = [];
  for (const row of rows) verdicts.push(await engine.store.settle({ ...row, nonce, ...ending }));
  const stale = rows[verdicts.indexOf('stale')];
  if (stale === undefined) return engine.count(token, path);
  engine.count(token, 'stale');
  const why = 'it was taken over, cleared, or settled otherwise after it was handed over';
  throw new StaleClaimError(stale.key, stale.fence, why);
}

async function recordedResult(
  engine: Engine,
  codec: OutcomeCodec,
  { rows }: AsyncToken,
): Promise<{ readonly value: unknown } | undefined> {
  const [row] = rows;
  const view = row === undefined ? undefined : await engine.store.lookup(row.key);
  if (view === undefined || view.fence !== row?.fence || view.state !== 'completed') return undefined;
  return view.payload === undefined
    ? undefined
    : { value: await codec.decodeResult(view.payload, view.context) };
}

function tellOptions({ context }: AsyncToken): TellOptions {
  return context === undefined
    ? {}
    : { serializationContext: JSON.parse(context) as ActivitySerializationContext };
}

/** An activity that the server no longer has was told before, or timed out: its next attempt finds the record. */
async function tell(telling: () => Promise<void>): Promise<void> {
  try {
    await telling();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ActivityNotFoundError')) throw error;
  }
}
