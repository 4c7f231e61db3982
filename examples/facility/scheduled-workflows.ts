import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import 'temporal-once/workflow';
import type { FacilityActivities } from './activities';
import type { EscalationOperation, Receipt, ReportOperation } from './operations';

// What plan.yaml starts. The jobs find their work in the name of their run, which ends with its nominal time: an operation
// of one occurrence is called the same in each of its attempts. A real facility would ask its tables; here each run has one
// ticket, one report or one mail.

const timeouts = { startToCloseTimeout: '10s', retry: { maximumAttempts: 5 } } as const;
const { openTicket, closeTicket, sendReminder } = proxyActivities<FacilityActivities>(timeouts);
const { writeReport } = proxyActivities<FacilityActivities>({
  ...timeouts,
  idempotency: { scope: 'global', key: (report: ReportOperation) => report.id, category: 'report' },
});
const { escalate } = proxyActivities<FacilityActivities>({
  ...timeouts,
  idempotency: { scope: 'global', key: (e: EscalationOperation) => e.id, category: 'critical' },
});

/** The operation of this run, the same in all its attempts. */
const operationId = (what: string): string => `${workflowInfo().workflowId}/${what}`;

/** The month of the run, by the workflow's clock. */
const month = (): string => new Date().toISOString().slice(0, 7);

export async function autocloseTickets({ olderThanDays }: { olderThanDays: number }): Promise<Receipt> {
  return closeTicket({
    kind: 'autoclose',
    id: operationId('T-601'),
    ticket: 'T-601',
    idleDays: olderThanDays,
  });
}

export async function escalateTickets({ waitingForHours }: { waitingForHours: number }): Promise<Receipt> {
  const to = waitingForHours >= 4 ? 'duty engineer' : 'caretaker';
  return escalate({ kind: 'escalation', id: operationId('T-801'), ticket: 'T-801', to });
}

export async function refreshReports(): Promise<Receipt> {
  const report = { building: 'North Tower', month: month(), subject: 'response times' };
  return writeReport({ kind: 'report', id: operationId('response-times'), ...report });
}

export async function sendReminders({ daysAhead }: { daysAhead: number }): Promise<Receipt> {
  const subject = `Reminder: your appointment in ${daysAhead} d`;
  const mail = { ticket: 'T-901', to: 'jonas@facility.example', subject };
  return sendReminder({ kind: 'email', id: operationId('T-901'), ...mail });
}

export async function createJobs({ hoursAhead }: { hoursAhead: number }): Promise<Receipt> {
  const summary = `Maintenance of the next ${hoursAhead} h`;
  return openTicket({
    kind: 'ticket',
    id: operationId('round'),
    ticket: 'T-1001',
    building: 'Clinic East',
    summary,
  });
}

export async function emailReports(): Promise<Receipt> {
  const mail = { ticket: 'R-001', to: 'managers@facility.example', subject: 'The report you asked for' };
  return sendReminder({ kind: 'email', id: operationId('R-001'), ...mail });
}
