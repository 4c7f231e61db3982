import type {
  ActivityClient,
  ActivityClientInterceptor,
  ClientInterceptors,
  ScheduleClientInterceptor,
  WorkflowClient,
  WorkflowClientInterceptor,
} from '@temporalio/client';
import type { CountPath } from '../idempotency/counters';
import type { Resolver } from '../idempotency/resolve';
import type { Idempotency } from '../idempotency/service';
import type { Registry } from '../registry/registry';
import type { StoreUnavailableError } from '../store-errors';
import { activityStarts } from './client-activities';
import { messages, type SignalOptions } from './client-messages';
import { scheduleCreations } from './client-schedules';
import { workflowStarts } from './client-starts';

/** What the doors of one client need; everything is made when the first call that wants it comes by. */
export interface ClientHost {
  /** Of the client: part of every key made at its doors. */
  readonly namespace: string;
  /** Which signals need a key. */
  readonly signals: SignalOptions;
  /** The same server and converter without our doors, for what a door asks of the server by itself. */
  client(): WorkflowClient;
  /** The client's own standalone activities: handles made with it pass the interceptors. */
  activities(): ActivityClient;
  /** Whether explicit keys are hashed where a call does not say. */
  readonly hashKeys: boolean;
  /** Keys and fingerprints of values as this client's converter would deliver them. */
  resolver(): Resolver;
  /** The service behind the plugin: connects when it must. */
  service(): Promise<Idempotency>;
  /** The registry of schedules, asked through this client; one for as long as the client lasts. */
  registry(): Promise<Registry>;
  readonly onStoreUnavailable: 'fail' | 'proceed';
  /** Counts what became of a start, and notes it on the active span. Never in anybody's way. */
  count(start: CountedStart, path: CountPath): void;
  /** Says, and counts when it can, that a start did without the store. */
  unprotected(start: CountedStart, what: string, why: StoreUnavailableError): void;
}

export interface CountedStart {
  readonly workflowType: string;
  readonly key: string;
}

/** Interceptors of ours: a plugin that is given to a connection and to its client is applied once. */
const ours = new WeakMap<object, object>();

/**
 * Puts the doors of this package behind the interceptors that are there already. Nothing is lost: each kind is merged by
 * itself.
 */
export function withClientDoors(
  given: ClientInterceptors | undefined,
  plugin: object,
  host: ClientHost,
): ClientInterceptors {
  const workflow = given?.workflow ?? [];
  // The deprecated form, factories of `calls`, can't hold doors beside them.
  const present = Array.isArray(workflow) ? workflow : undefined;
  if (present?.some((one) => ours.get(one) === plugin) === true) return given as ClientInterceptors;
  const doors: {
    workflow: WorkflowClientInterceptor[];
    activity: ActivityClientInterceptor[];
    schedule: ScheduleClientInterceptor[];
  } = {
    workflow: [workflowStarts(host), messages(host)],
    activity: [activityStarts(host)],
    schedule: [scheduleCreations(host)],
  };
  for (const door of doors.workflow) ours.set(door, plugin);
  return {
    ...given,
    workflow: present === undefined ? workflow : [...present, ...doors.workflow],
    activity: [...(given?.activity ?? []), ...doors.activity],
    schedule: [...(given?.schedule ?? []), ...doors.schedule],
  };
}
