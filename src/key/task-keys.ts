import { custom } from './task-keys/custom';
import { cacheWarmUp, dataImport, maintenance, sync } from './task-keys/housekeeping';
import { notification, reminderEmail, webhookDelivery } from './task-keys/messages';
import { dataExport, reportGeneration, scheduledReport } from './task-keys/reports';
import { graphqlMutation, payment } from './task-keys/requests';
import { autoclose, jobCreation, ticketEscalation } from './task-keys/tickets';

/**
 * Readable keys for the usual families of tasks, the same in workflow code, in activities and in other languages
 * (docs/keys.md, docs/task-key-vectors.json). Each takes one object of named fields and reads no clock. Different
 * inputs give different keys, also across builders; `7` and `'7'` are the same id, and a `Date` is the day it falls on.
 */
export const taskKeys = Object.freeze({
  autoclose,
  ticketEscalation,
  jobCreation,
  reportGeneration,
  scheduledReport,
  dataExport,
  reminderEmail,
  notification,
  webhookDelivery,
  graphqlMutation,
  payment,
  maintenance,
  cacheWarmUp,
  dataImport,
  sync,
  custom,
});
