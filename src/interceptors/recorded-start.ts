import type { LoadedDataConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { OutcomeCodec } from '../idempotency/codec';
import type { EvaluatedPolicy } from '../idempotency/policy';
import type { Resolver } from '../idempotency/resolve';
import { workflowContext } from '../temporal/run-end';
import type { RunBeginning } from '../temporal/workflow-runs';
import { policyOf, readHeader, type PolicyHeader } from './header';

const ProtoPayload = temporal.api.common.v1.Payload;

/** Where a run is compared: what its arguments were encoded with, and what digests them. */
export interface Compared {
  readonly namespace: string;
  readonly workflowId: string;
  readonly converter: LoadedDataConverter;
  readonly resolver: Resolver;
}

/** What the first event of a run keeps for duplicates to be compared with; undefined where nobody wrote anything into it. */
export function writtenInto({ started }: RunBeginning): PolicyHeader | undefined {
  return readHeader(started.header?.fields ?? {});
}

/**
 * Digest of what a run was started with: what its client wrote into its first event; for a child, whose parent has no
 * secret to digest with, what the parent chose, else the arguments that the event keeps.
 * @returns undefined where nothing is compared, or where the first run of the chain is gone
 * @throws what converter or codec throw
 */
export async function recordedFingerprint(
  begun: RunBeginning,
  { namespace, workflowId, converter, resolver }: Compared,
): Promise<string | undefined> {
  const written = writtenInto(begun);
  if (written?.start !== undefined) return written.start.fingerprint;
  const chosen = written?.hashedFingerprint;
  if (chosen !== undefined) return fingerprintsOf(resolver, [], { hashedFingerprint: chosen })[0];
  // A run that continued as new was given other arguments than its chain.
  if (written?.noFingerprint === true || begun.runId !== begun.firstRunId) return undefined;
  const codec = new OutcomeCodec(converter);
  const context = workflowContext(namespace, workflowId);
  const args = await Promise.all(
    (begun.started.input?.payloads ?? []).map((payload) =>
      codec.decodeResult(ProtoPayload.encode(payload).finish(), context),
    ),
  );
  return fingerprintsOf(resolver, args, {})[0];
}

/**
 * Digests of arguments under an explicit key, in every key form: current form first. Empty where nothing is compared.
 * @param place is in no digest; given where nobody has looked at these names yet, and refused as in a key
 */
export function fingerprintsOf(
  resolver: Resolver,
  args: readonly unknown[],
  policy: Omit<PolicyHeader, 'v'>,
  { type, namespace } = { type: 'any', namespace: 'any' },
): readonly string[] {
  const compared: EvaluatedPolicy = { ...policyOf({ v: 1, ...policy }), keyText: '', scope: 'global' };
  return resolver.resolve(type, args, compared, { namespace, execution: [] }).fingerprints.all;
}
