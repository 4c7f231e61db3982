/** A round of health, as its Schedule starts it. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { HealthActivities, HealthRound } from '../activities/health';
import { HEALTH_ATTRIBUTE } from '../health-names';

const { onceHealth } = proxyActivities<HealthActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  // A server or database that is away for longer is met by the next round.
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
});

const attribute = defineSearchAttributeKey(HEALTH_ATTRIBUTE, 'KEYWORD_LIST');

/** Sets the search attribute to `healthy`, or to the rules that have findings. It completes with findings, too. */
export async function temporalOnceHealth(): Promise<HealthRound> {
  const round = await onceHealth();
  if (round.attribute === 'ready')
    upsertSearchAttributes([
      { key: attribute, value: round.healthy ? ['healthy'] : Object.keys(round.byRule) },
    ]);
  return round;
}
