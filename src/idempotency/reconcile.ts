import { InvalidOptionError } from '../errors';

/** What a claim that takes a vanished holder's place does. */
export type OnUnknownOutcome<Args extends readonly unknown[] = readonly never[]> =
  'rerun' | 'fail' | Reconcile<Args>;

/**
 * Finds out, or decides, what became of the vanished run: asks the payment provider, looks for the file, … A result or
 * an error becomes the outcome of the operation, as if the body had ended with it. When it throws, its caller fails
 * retryably and the next claimer meets the unknown outcome again.
 */
export type Reconcile<Args extends readonly unknown[] = readonly unknown[]> = (
  info: UnknownOutcomeInfo<Args>,
) => Promise<Reconciled> | Reconciled;

export type Reconciled = { readonly result: unknown } | { readonly error: Error } | 'rerun' | 'fail';

export interface UnknownOutcomeInfo<Args extends readonly unknown[] = readonly unknown[]> {
  /** The key the vanished run was given, for the other side to be asked about. */
  readonly key: string;
  readonly type: string;
  /** Arguments of the call that asks now; undefined where they are not known. */
  readonly args: Args | undefined;
  /** `own-newer-start`: an earlier attempt of this very execution; `lease-expired`: anybody's. */
  readonly reason: 'lease-expired' | 'own-newer-start';
  readonly fence: bigint;
  /** 0 when it is not known any more. */
  readonly previousFence: bigint;
  /** Where the vanished holder ran, e.g. workflowId, runId, activityId, attempt; host and process outside Temporal. */
  readonly previousOwner: Readonly<Record<string, string>>;
  /** Aborted when this claim is lost, or its caller cancelled. */
  readonly signal: AbortSignal;
}

/** @throws InvalidOptionError for anything else than was asked for. */
export function checkReconciled(answer: unknown): Reconciled {
  if (answer === 'rerun' || answer === 'fail') return answer;
  if (typeof answer === 'object' && answer !== null) {
    const { error } = answer as { error?: unknown };
    if ('result' in answer !== 'error' in answer && (!('error' in answer) || error instanceof Error))
      return answer as Reconciled;
  }
  throw new InvalidOptionError(
    'onUnknownOutcome',
    'the function answered with something else than was asked for',
    "Return { result }, { error } with an Error, 'rerun' or 'fail'",
  );
}
