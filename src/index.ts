/** Node face of temporal-once. Workflow code imports `temporal-once/workflow` instead. */
export { OncePlugin } from './plugin';
export type { ActivityIdentity, OncePluginOptions, UpkeepBesideOptions } from './plugin-options';
export { Idempotency } from './idempotency/service';
export type {
  ClearResult,
  IdempotencyOptions,
  Lookup,
  Operation,
  RunOptions,
} from './idempotency/service-options';
export type { InstalledUpkeep, InstallUpkeepOptions, ScheduleOwner } from './idempotency/install-upkeep';
export type { HealthRoundOptions } from './idempotency/install-health';
export { HEALTH_ATTRIBUTE } from './health-names';
export type { RunUpkeepOptions, UpkeepOptions, UpkeepReport } from './idempotency/upkeep';
export type { HeldLock } from './idempotency/held-lock';
export type { LockOptions } from './idempotency/lock';
export type { CoverageReport, TaskQueueCoverage, TypeCoverage } from './idempotency/coverage';
export type { CoverageOptions } from './idempotency/coverage-options';
export type { OutlierField } from './idempotency/outliers';
export type { AttemptOptions, RetryOptions } from './idempotency/attempt-options';
export type {
  CallPolicy,
  DeclaredPolicy,
  PolicySource,
  PolicySummary,
  Protection,
} from './idempotency/policy-summary';
export { CodecServerError } from './codec-errors';
export { CoverageTooLowError } from './coverage-errors';
export type { Stats } from './idempotency/counters';
export { METRIC_BUCKETS } from './metrics/instruments';
export type { Labels, Meter, MeterCounter, MeterGauge, MeterHistogram } from './metrics/meter';
export { currentClaim, type CurrentClaim } from './idempotency/claim-context';
export { step } from './idempotency/step';
export { idempotent, idempotentActivities, type ActivitiesOf } from './idempotency/idempotent';
export { IdempotentTask } from './idempotency/idempotent-task';
export type { TransactionAdapter } from './idempotency/transaction';
export type { WhenRunning } from './idempotency/call';
export type { CategoryInput, StandardCategory } from './idempotency/categories';
export type { OnUnknownOutcome, Reconcile, Reconciled, UnknownOutcomeInfo } from './idempotency/reconcile';
export type { CompletionClient } from './idempotency/async-completion';
export type { OccurrencePolicy } from './idempotency/occurrence-policy';
export { expiryHeader, expiryIn, withoutExpiry, type Expiry } from './interceptors/expiry-header';
export type { ScheduleTrigger, TriggerOptions } from './temporal/trigger-schedule';
export type { HistoryClient } from './temporal/history-client';
export type { RunServer } from './temporal/run-server';
export {
  Schedules,
  type EnsuredSchedule,
  type EnsureOptions,
  type SchedulesOwner,
} from './registry/schedules';
export type { ScheduleJob } from './registry/schedule-job';
export type { PlannedSchedules } from './registry/planned-schedules';
export type { Applied, ApplyOptions } from './schedules/apply';
export type { Step } from './schedules/diff';
export type { Drift } from './schedules/drift';
export type { FieldChange, FieldName } from './schedules/field-changes';
export type { Prunable, Pruned } from './schedules/prune';
export {
  ForeignScheduleError,
  PlanDoesNotHoldError,
  ScheduleContendedError,
  UnreadableScheduleError,
} from './schedules/reconcile-errors';
export { canonicalize } from './key/canonical';
export { fingerprint } from './key/fingerprint';
export { deriveForms, deriveKey, type KeyForm, type KeyInput, type KeyOptions } from './key/derive';
export {
  canonical,
  dstFindings,
  nextTimes,
  parseSpec,
  previewJitter,
  requireSpec,
  SpecError,
  times,
  type DstFinding,
  type ParsedSpec,
  type ScheduleIdentity,
  type ScheduleSpecInput,
  type Spec,
  type SpecProblem,
  type TimesWanted,
} from './schedules/spec';
export {
  definePlan,
  parsePlan,
  PlanError,
  planJsonSchema,
  planProblemText,
  readPlanFile,
  requirePlan,
  type CommonInput,
  type JobInput,
  type OverlapInput,
  type ParsedPlan,
  type ParseOptions,
  type PlanDuration,
  type PlanInput,
  type PlanProblem,
  type PlanRule,
  type SeparationInput,
  type WorkflowDefaultsInput,
  type WorkflowInput,
} from './schedules/plan';
export {
  coordinate,
  type CoordinateOptions,
  type Coordination,
  type Move,
  type PeakChange,
  type QueuePeakChange,
} from './schedules/coordinate/coordinate';
export type { Fewest } from './schedules/coordinate/fewest';
export type { Impossible } from './schedules/coordinate/impossible';
export { validatePlan, type ValidateOptions } from './schedules/validate/validate-plan';
export {
  observedDurations,
  observeDurations,
  withDurations,
  type ObserveOptions,
  type ReadRuns,
} from './schedules/observed/observe';
export { predictOverlaps, type PredictOptions } from './schedules/observed/predicted-overlaps';
export type { ObservedRun } from './schedules/observed/occurrences';
export type { DurationSummary } from './schedules/observed/summary';
export type { DailyDurations } from './schedules/observed/trend';
export {
  scheduledRuns,
  type RunsClient,
  type RunsWindow,
  type ScheduledRun,
  type ScheduledRunsOptions,
} from './temporal/scheduled-runs';
export type { Finding, Severity, Verdict } from './schedules/finding';
export type { Avoid, Job, JobWorkflow, OverlapPolicy, Place, Plan, Queue, Separation } from './schedules/job';
// By their own files, so that Node need not load the SDK's workflow library; the types bring the augmentation along.
export {
  activityOptionsFor,
  defineActivityOptions,
  standardRetryPolicies,
} from './idempotency/activity-options';
export { taskKeys } from './key/task-keys';
export type {
  ActivityOptionsOverrides,
  CivilDate,
  Id,
  IdempotencyPolicy,
  KeyValue,
  NamedScope,
  OwnCategory,
  Scope,
  WorkflowPolicy,
} from './workflow';
export type { DerivedStart, OnceStartPolicy, StartScope, WorkflowIdInput } from './idempotency/start-policy';
export type { DerivedStartOptions, StartOptionsInput } from './interceptors/start-ids';
export type { CalendarWindow, OccurrenceWindow, Window } from './key/window';
export { RunClosedError, WorkflowIdMismatchError } from './start-door-errors';
export type { OutsideScope, StandalonePolicy } from './idempotency/standalone-policy';
export { FAILURE_TYPES, type FailureType } from './failures';
export type { MessageKey } from './key/message-key';
export type { SignalOptions, SignalTarget } from './interceptors/client-messages';
export { MessageDoorMissingError, SignalKeyMissingError } from './message-errors';
export type { PgPool, PgClient } from './stores/postgres/pool';
export type { RedisClient } from './stores/redis/client';
export type { Queryable, Store } from './stores/store';
export type { GenerationRaised } from './stores/upkeep';
export {
  AsyncTokenError,
  DuplicateStepError,
  FingerprintMismatchError,
  HoldEndedError,
  NoClaimError,
  OperationRunningError,
  OutcomeExistsError,
  ReconcileFailedError,
  ReentrantClaimError,
  ResultNotKeptError,
  StaleClaimError,
  StepNotRecordedError,
  TransactionError,
  UnknownOutcomeError,
} from './claim-errors';
export { OutcomeKnownError, RecordChangedError } from './decision-errors';
export type { ByHand, FoundOut, OutcomeShown, Signed } from './idempotency/by-hand';
export type {
  AuditEntry,
  AuditPage,
  DayCount,
  KeyLife,
  ListedRecord,
  ListedStart,
  ListedState,
  PageRequest,
  RecordFilter,
  RecordPage,
  StartFilter,
} from './stores/records-view';
export {
  ScheduleConflictError,
  ScheduleDiffersError,
  type FreeOffset,
  type ScheduleConflict,
} from './schedule-errors';
export {
  ClosedError,
  HeaderVersionError,
  InvalidKeyError,
  InvalidOptionError,
  NotRepresentableError,
  OnceError,
  TooDeepError,
} from './errors';
export { OutcomeNotKeptError } from './start-errors';
export {
  MissingPeerError,
  SchemaNotMigratedError,
  SchemaTooNewError,
  StorePermissionError,
  StoreUnavailableError,
} from './store-errors';
