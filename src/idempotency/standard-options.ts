import type { RetryPolicy } from '@temporalio/common';
import type { StandardCategory } from './categories';

type Duration = NonNullable<RetryPolicy['initialInterval']>;

interface StandardOptions {
  readonly startToCloseTimeout: Duration;
  readonly retry: Readonly<RetryPolicy>;
}

function standard(startToCloseTimeout: Duration, retry: RetryPolicy): StandardOptions {
  return Object.freeze({ startToCloseTimeout, retry: Object.freeze({ backoffCoefficient: 2, ...retry }) });
}

/**
 * Timeouts and retries by category; docs/moving.md says why. None has a heartbeat timeout: it would end bodies that do
 * not heartbeat. The longest pause stays below the category's retention, so that a retry still meets its own record.
 */
export const STANDARD_OPTIONS: Readonly<Record<StandardCategory, StandardOptions>> = Object.freeze({
  default: standard('1m', { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 10 }),
  critical: standard('2m', { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 30 }),
  report: standard('15m', { initialInterval: '10s', maximumInterval: '5m', maximumAttempts: 4 }),
  email: standard('30s', { initialInterval: '5s', maximumInterval: '10m', maximumAttempts: 8 }),
  mutation: standard('30s', { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 5 }),
  maintenance: standard('30m', { initialInterval: '1m', maximumInterval: '15m', maximumAttempts: 3 }),
});
