import { Context } from '@temporalio/activity';
import type { LoadedDataConverter } from '@temporalio/common';
import { healthSources, type HealthClient } from '../health-sources';
import { HEALTH_ATTRIBUTE } from '../health-names';
import type { HealthLimitOptions } from '../idempotency/install-health';
import { checkHealth } from '../schedules/health/check';
import type { HealthRule } from '../schedules/health/finding';
import { schedulesByRule } from '../schedules/health/report';
import type { ScheduleStore } from '../stores/schedules';
import { keywordList } from '../temporal/search-attribute';
import { emitHealth } from './health-metrics';

/** Findings that a round's result names. */
const MOST_NAMED = 50;

/** What a round found. */
export interface HealthRound {
  readonly healthy: boolean;
  readonly schedules: number;
  /** Schedules with a finding, by rule; rules without any are left out. */
  readonly byRule: Readonly<Partial<Record<HealthRule, number>>>;
  /** The first ones. */
  readonly findings: readonly { readonly rule: HealthRule; readonly scheduleId: string }[];
  /** Whether the namespace has the search attribute. */
  readonly attribute: 'ready' | 'missing' | 'otherType' | 'unknown';
}

export interface HealthActivities {
  onceHealth(): Promise<HealthRound>;
}

/** What a check needs of the worker it runs beside. */
export interface HealthKept {
  readonly registry: ScheduleStore;
  readonly clock: () => Promise<Date>;
  /** Of the user's worker: it reads what schedules start. */
  readonly converter: LoadedDataConverter;
  readonly limits: HealthLimitOptions;
}

export function healthActivities({ registry, clock, converter, limits }: HealthKept): HealthActivities {
  return {
    async onceHealth() {
      const context = Context.current();
      const client = context.client as HealthClient & typeof context.client;
      const attribute = await keywordList(client, HEALTH_ATTRIBUTE);
      const sources = healthSources(readingWith(client, converter), registry);
      const report = await checkHealth(sources, {
        ...limits,
        nowMs: (await clock()).getTime(),
        beat() {
          context.cancellationSignal.throwIfAborted();
          context.heartbeat();
        },
      });
      emitHealth(context.metricMeter, report);
      if (attribute !== 'ready') context.log.warn(withoutAttribute(attribute));
      return {
        healthy: report.healthy,
        schedules: report.schedules.length,
        byRule: Object.fromEntries(schedulesByRule(report.findings)),
        findings: report.findings.slice(0, MOST_NAMED).map(({ rule, scheduleId }) => ({ rule, scheduleId })),
        attribute,
      };
    },
  };
}

/** A worker's client is of its own converter; this worker's is the default one. */
function readingWith(client: HealthClient, loadedDataConverter: LoadedDataConverter): HealthClient {
  return {
    options: { ...client.options, loadedDataConverter },
    workflowService: client.workflowService,
    withDeadline: (deadline, ask) => client.withDeadline(deadline, ask),
    withAbortSignal: (signal, ask) => client.withAbortSignal(signal, ask),
  };
}

function withoutAttribute(attribute: Exclude<HealthRound['attribute'], 'ready'>): string {
  const says = {
    missing: 'the namespace has none',
    otherType: 'the namespace has one of another type',
    unknown: 'the server does not tell whether the namespace has one',
  };
  return (
    `temporal-once: the round of health sets no search attribute ${HEALTH_ATTRIBUTE}, ${says[attribute]}: ` +
    `temporal operator search-attribute create --name ${HEALTH_ATTRIBUTE} --type KeywordList`
  );
}
