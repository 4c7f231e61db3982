/**
 * Every line this package logs, by the name that stands in its attribute `onceEvent`: level, and text. `error`: somebody has
 * to act before a key moves on. `warn`: look at it in the daytime. `info`: settled, told once. `debug`: for whoever looks
 * for something. No line shows an argument or a result. docs/operations.md has the same table.
 *
 * Also in the workflow sandbox.
 */
export const LOG_EVENTS = {
  // of an activity, with its own attributes
  unknown_outcome_rerun: ['warn', 'unknown outcome: the holder vanished; running the body again'],
  unknown_outcome_not_in_doubt: [
    'info',
    'the holder vanished and left nothing behind; running the body again',
  ],
  unknown_outcome_failed: [
    'error',
    'unknown outcome: the holder vanished; recorded as failed until somebody clears the key',
  ],
  unknown_outcome_reconciled: [
    'info',
    'unknown outcome: reconciled; the answer is recorded and nothing runs',
  ],
  unknown_outcome_adopted: [
    'info',
    'unknown outcome: the server had accepted one; it is recorded and nothing runs',
  ],
  server_answer_unreadable: ['debug', 'what the server accepted of the vanished holder could not be read'],
  server_can_not_tell: ['debug', 'the server can not tell the outcome of the vanished holder'],
  unprotected: ['warn', 'running without protection: the store could not be asked'],
  completed_unrecorded: ['warn', 'completed, but the store could not be told; the record stays running'],
  release_unrecorded: ['warn', 'ended, but the store could not be told; its claim runs out by itself'],
  failure_unrecorded: ['warn', 'the failure of a body could not be recorded; its claim runs out by itself'],
  result_too_big: ['warn', 'the result is too big to keep; duplicates will get ResultNotKept'],
  result_not_encoded: [
    'warn',
    'the result could not be encoded and is not kept; duplicates will get ResultNotKept',
  ],
  lost_before_release: ['debug', 'the claim was lost before it was released'],
  // of a run of a schedule
  occurrence_rerun: ['warn', 'a run of this occurrence ended without an outcome; it is run again'],
  occurrence_stale: [
    'warn',
    'another run of this occurrence has its record; the result of this one is its own',
  ],
  // of a workflow
  signal_repeated: ['info', 'temporal-once: a repeated signal was dropped'],
  signal_conflict: ['warn', 'temporal-once: a signal was dropped: its key came before, with other arguments'],
  signal_without_key: [
    'warn',
    'temporal-once: a signal that should have a key came without one, and was delivered',
  ],
  update_repeated: ['info', 'temporal-once: a repeated update is answered'],
  // of a worker
  worker_activities: ['info', 'temporal-once: activities of this worker'],
  activities_not_polled: [
    'warn',
    'temporal-once: a later plugin gives this worker activities, which it does not poll for. ' +
      'Name that plugin before this one, or set `activities` in the worker.',
  ],
  bundle_without_plugin: [
    'warn',
    'temporal-once: the prebuilt workflow bundle was made without the plugin, so `idempotency` in activity options is ignored. ' +
      'Pass `plugins: [once]` to bundleWorkflowCode as well.',
  ],
  weak_setting: ['warn', 'temporal-once: a setting of Postgres can lose commits that somebody was told of'],
  upkeep_not_running: ['warn', 'temporal-once: upkeep does not run beside this worker'],
  redis_away: [
    'warn',
    'temporal-once: Redis fails or is slow; Postgres alone answers until it is back. Nothing runs twice',
  ],
  redis_back: ['info', 'temporal-once: Redis answers again'],
} as const satisfies Readonly<Record<string, readonly [level: LogLevel, message: string]>>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogEvent = keyof typeof LOG_EVENTS;

/** The part of the SDK's loggers that is used. */
export type Logger = Readonly<
  Record<LogLevel, (message: string, attributes?: Record<string, unknown>) => unknown>
>;

/** Logs an event at its level, under its name. */
export function logEvent(
  logger: Logger,
  event: LogEvent,
  attributes: Readonly<Record<string, unknown>> = {},
): void {
  const [level, message] = LOG_EVENTS[event];
  logger[level](message, { onceEvent: event, ...attributes });
}
