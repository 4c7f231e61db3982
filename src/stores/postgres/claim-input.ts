import type { ClaimRequest } from '../store';

/** One request of a batch as claim_v1 reads it. */
export function claimInput(request: ClaimRequest): Record<string, unknown> {
  return {
    key: request.key,
    type: request.type,
    fingerprint: request.fingerprints[0],
    fingerprint_2: request.fingerprints[1],
    execution: request.owner.execution,
    start_order: request.owner.startOrder,
    detail: detailOf(request),
    nonce: request.nonce,
    lease_ms: Math.round(request.leaseMs),
    body_key: bodyKeyOf(request),
  };
}

/** The same as the parameters of claim_one_v1. */
export function loneClaim(request: ClaimRequest): unknown[] {
  return [
    request.key,
    request.type,
    request.fingerprints[0] ?? null,
    request.fingerprints[1] ?? null,
    request.owner.execution,
    request.owner.startOrder,
    detailOf(request),
    request.nonce,
    Math.round(request.leaseMs),
    bodyKeyOf(request) ?? null,
  ];
}

/** A label stands beside what is known of the owner, so that a claim with one costs what one without does. */
function detailOf({ owner, label }: ClaimRequest): Readonly<Record<string, string>> {
  return label === undefined ? owner.detail : { ...owner.detail, label };
}

function bodyKeyOf({ bodyKey, key }: ClaimRequest): string | undefined {
  return bodyKey === key ? undefined : bodyKey;
}
