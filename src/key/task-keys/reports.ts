import { day, digestOf, id, optional, type Id, type Parameters } from './parts';
import { taskKey } from './task-key';
import type { Dated } from './tickets';

export interface ReportGenerationFields {
  /** Name of the report. */
  readonly report: Id;
  /** What it is of: period, sites, filters. Stands in the key as a digest of 128 bits. */
  readonly parameters: Parameters;
  readonly userId: Id;
  /** `pdf`, `xlsx` … */
  readonly format: Id;
}

/**
 * A report that somebody asked for.
 * `taskKeys.reportGeneration({ report: 'attendance_summary', parameters: { month: '2025-09' }, userId: 'U789', format: 'pdf' })`
 * → `report:attendance_summary:<22 characters>:U789:pdf`
 * @throws InvalidKeyError naming the field; NotRepresentableError, TooDeepError with a path in `parameters`.
 */
export function reportGeneration(fields: ReportGenerationFields): string {
  const parts = [id('report'), digestOf('parameters'), id('userId'), id('format')];
  return taskKey('report', 'reportGeneration', fields, parts);
}

export interface ScheduledReportFields extends Dated {
  /** The schedule's or the report's id. */
  readonly reportId: Id;
  /** Which of the day's runs, e.g. `18:00`. Left out: one a day. */
  readonly slot?: Id;
}

/**
 * A report that a schedule asks for.
 * `taskKeys.scheduledReport({ reportId: 7, date: '2025-10-01' })` → `scheduled_report:7:2025-10-01:-`
 * @throws InvalidKeyError naming the field.
 */
export function scheduledReport(fields: ScheduledReportFields): string {
  const parts = [id('reportId'), day('date'), optional(id('slot'))];
  return taskKey('scheduled_report', 'scheduledReport', fields, parts);
}

export interface DataExportFields {
  /** What is exported. */
  readonly dataset: Id;
  /** Filters and columns. Stand in the key as a digest of 128 bits. */
  readonly parameters: Parameters;
  readonly userId: Id;
  readonly format: Id;
}

/**
 * An export that somebody asked for.
 * `taskKeys.dataExport({ dataset: 'assets', parameters: { site: 4 }, userId: 'U789', format: 'csv' })`
 * → `export:assets:<22 characters>:U789:csv`
 * @throws InvalidKeyError naming the field; NotRepresentableError, TooDeepError with a path in `parameters`.
 */
export function dataExport(fields: DataExportFields): string {
  const parts = [id('dataset'), digestOf('parameters'), id('userId'), id('format')];
  return taskKey('export', 'dataExport', fields, parts);
}
