import { randomUUID } from 'node:crypto';
import type { Headers } from '@temporalio/common';
import type { CompiledWorkflowOptions } from '@temporalio/client';
import { FingerprintMismatchError } from '../claim-errors';
import type { ResolvedStart } from '../idempotency/start';
import { checkStartPolicy, DerivedStart, type OnceStartPolicy } from '../idempotency/start-policy';
import { WorkflowIdMismatchError } from '../start-door-errors';
import { asService } from '../temporal/run-server';
import { beginningOfChain, type RunView } from '../temporal/workflow-runs';
import { noteOnSpan } from '../tracing/note';
import type { ClientHost } from './client';
import { writeStart } from './header';
import { startIdPolicies } from './id-policies';
import { recordedFingerprint, writtenInto } from './recorded-start';
import { evaluateAt, resolveAt } from './settled-start';

type Options = CompiledWorkflowOptions & { readonly idempotency?: OnceStartPolicy | DerivedStart };

/** A run that answered. */
export interface Answered {
  /** The first of its chain, as far as it is known. */
  readonly runId: string;
  /** Digest of the arguments it was started with, where it is known. */
  readonly fingerprint: string | undefined;
}

/** A run that the record has. */
export interface RecordedRun extends Answered {
  /** The latest that is known to have followed it. */
  readonly lastRunId: string;
}

/** One start that shall happen once, whichever way it came. */
export class StartCall {
  private readonly nonce = randomUUID();

  private constructor(
    private readonly host: ClientHost,
    readonly workflowType: string,
    readonly resolved: ResolvedStart,
    /** As the SDK takes them, ours taken out. */
    readonly options: CompiledWorkflowOptions,
  ) {}

  /**
   * @returns undefined for a start that nothing is said of
   * @throws WorkflowIdMismatchError, InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError,
   * StoreUnavailableError (a window by the store's clock): all before anything is asked of the Temporal server
   */
  static async of(
    host: ClientHost,
    workflowType: string,
    given: CompiledWorkflowOptions,
  ): Promise<StartCall | undefined> {
    const { idempotency, ...options } = given as Options;
    if (idempotency === undefined) return undefined;
    const { workflowId, args } = options;
    const derived = idempotency instanceof DerivedStart ? idempotency : undefined;
    if (derived === undefined) checkStartPolicy(idempotency);
    const policies = startIdPolicies(options);
    const evaluated =
      derived?.policy ?? (await evaluateAt(host, idempotency as OnceStartPolicy<readonly unknown[]>, args));
    const resolved = resolveAt(host, workflowType, args, evaluated);
    if (derived !== undefined && derived.workflowType !== workflowType) {
      throw new WorkflowIdMismatchError(
        workflowId,
        derived.workflowId,
        `its options were derived for type ${derived.workflowType}, and it starts ${workflowType}`,
      );
    }
    if (derived !== undefined && derived.workflowId !== workflowId) {
      throw new WorkflowIdMismatchError(workflowId, derived.workflowId);
    }
    if (!resolved.workflowIds.includes(workflowId)) {
      throw new WorkflowIdMismatchError(workflowId, resolved.workflowIds[0] as string);
    }
    return new StartCall(host, workflowType, resolved, { ...options, ...policies });
  }

  get workflowId(): string {
    return this.options.workflowId;
  }

  /** The key that goes with the workflow id of this call. */
  get key(): string {
    const { keys, workflowIds } = this.resolved;
    return keys[workflowIds.indexOf(this.workflowId)] as string;
  }

  /** Whether a duplicate could have the same key and other arguments. */
  get compares(): boolean {
    const { fingerprints } = this.resolved;
    return !fingerprints.impliedByKey && fingerprints.all.length > 0;
  }

  /** Headers for the start event, by which later duplicates are compared. */
  headers(given: Headers): Headers {
    const [fingerprint] = this.compares ? this.resolved.fingerprints.all : [];
    return writeStart(given, { nonce: this.nonce, ...(fingerprint === undefined ? {} : { fingerprint }) });
  }

  /** Whether a run that is over answers duplicates, rather than being followed by another one. */
  stands({ state }: RunView): boolean {
    return state !== 'failed' || this.options.workflowIdReusePolicy === 'REJECT_DUPLICATE';
  }

  /**
   * Compares the run that answered with this call, and counts what it was.
   * @param open the run that is on record, whose arguments were compared already
   * @returns the first run of its chain
   * @throws FingerprintMismatchError when it was started with other arguments
   */
  async verify(runId: string, open?: RecordedRun): Promise<Answered> {
    const onRecord = open !== undefined && (runId === open.runId || runId === open.lastRunId);
    if (onRecord && open.fingerprint !== undefined) {
      this.host.count(this, 'server');
      return { runId: open.runId, fingerprint: open.fingerprint };
    }
    if (!this.compares) {
      // Not looked at, so not counted: the server may have started it now or before.
      noteOnSpan({ door: 'start', keys: [this.key] }, 'sent');
      return { runId: onRecord ? open.runId : runId, fingerprint: undefined };
    }
    const { ours, ...answered } = await this.look(runId);
    this.host.count(this, ours ? 'first' : 'server');
    return answered;
  }

  /**
   * Compares with what the first event of the run keeps, and finds the first run of its chain: a run that continued
   * as new does not hand its header on.
   * @throws FingerprintMismatchError when it was started with other arguments
   */
  async look(runId: string): Promise<Answered & { readonly ours: boolean }> {
    const { workflowId } = this;
    const client = this.host.client();
    const begun = await asService(`read how workflow ${workflowId} began`, () =>
      beginningOfChain(client, workflowId, runId),
    );
    // What has no header was not started by this package.
    const written = begun && writtenInto(begun);
    const fingerprint =
      begun === undefined || written === undefined
        ? undefined
        : await recordedFingerprint(begun, {
            namespace: this.host.namespace,
            workflowId,
            converter: client.options.loadedDataConverter,
            resolver: this.host.resolver(),
          });
    this.compare(fingerprint);
    return { runId: begun?.runId ?? runId, fingerprint, ours: written?.start?.nonce === this.nonce };
  }

  /** @throws FingerprintMismatchError unless the arguments are the same, as far as that can be known */
  compare(recorded: string | undefined): void {
    const { all } = this.resolved.fingerprints;
    if (!this.compares || recorded === undefined || all.includes(recorded)) return;
    this.host.count(this, 'mismatch');
    throw new FingerprintMismatchError(this.key, recorded, all[0] as string);
  }
}
