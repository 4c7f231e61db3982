import { day, digestOf, id, optional, type Id, type Parameters } from './parts';
import { taskKey } from './task-key';
import type { Dated } from './tickets';

export interface MaintenanceFields extends Dated {
  /** What is done: `purge_sessions`, `reindex` … */
  readonly task: Id;
  /** On what: a table, a tenant, a host. Left out: the whole system. */
  readonly target?: Id;
}

/**
 * Housekeeping, once a day and target.
 * `taskKeys.maintenance({ task: 'reindex', target: 'tickets', date: '2025-10-01' })` → `maintenance:reindex:tickets:2025-10-01`
 * @throws InvalidKeyError naming the field.
 */
export function maintenance(fields: MaintenanceFields): string {
  return taskKey('maintenance', 'maintenance', fields, [id('task'), optional(id('target')), day('date')]);
}

export interface CacheWarmUpFields {
  /** Which cache. */
  readonly cache: Id;
  /** What of it: the query or page. Stands in the key as a digest of 128 bits. */
  readonly parameters: Parameters;
  /** The state of the data that is cached, e.g. a version or an hour: when it changes, the cache is warmed again. */
  readonly version: Id;
}

/**
 * Filling a cache ahead of use.
 * `taskKeys.cacheWarmUp({ cache: 'dashboard', parameters: { site: 4 }, version: 17 })` → `cache_warm_up:dashboard:<22 characters>:17`
 * @throws InvalidKeyError naming the field; NotRepresentableError, TooDeepError with a path in `parameters`.
 */
export function cacheWarmUp(fields: CacheWarmUpFields): string {
  return taskKey('cache_warm_up', 'cacheWarmUp', fields, [
    id('cache'),
    digestOf('parameters'),
    id('version'),
  ]);
}

export interface DataImportFields {
  /** Where it comes from. */
  readonly source: Id;
  /** Digest or id of the content, not its name: a corrected file of the same name is another import. */
  readonly contentId: Id;
}

/**
 * Reading a file or batch in.
 * `taskKeys.dataImport({ source: 'sap', contentId: 'sha256-9f2c' })` → `import:sap:sha256-9f2c`
 * @throws InvalidKeyError naming the field.
 */
export function dataImport(fields: DataImportFields): string {
  return taskKey('import', 'dataImport', fields, [id('source'), id('contentId')]);
}

export interface SyncFields {
  /** The other system. */
  readonly system: Id;
  /** Kind of the thing: `asset`, `person` … */
  readonly entity: Id;
  readonly entityId: Id;
  /** Version of the thing that is sent over: each is sent once. */
  readonly version: Id;
}

/**
 * Sending one version of one thing to another system.
 * `taskKeys.sync({ system: 'erp', entity: 'asset', entityId: 5, version: 12 })` → `sync:erp:asset:5:12`
 * @throws InvalidKeyError naming the field.
 */
export function sync(fields: SyncFields): string {
  const parts = [id('system'), id('entity'), id('entityId'), id('version')];
  return taskKey('sync', 'sync', fields, parts);
}
