import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import 'temporal-once/workflow';
import type { FacilityActivities } from './activities';
import type { EscalationOperation, Operation, Receipt, ReportOperation } from './operations';

// What the schedules of plan.yaml start.
export {
  autocloseTickets,
  createJobs,
  emailReports,
  escalateTickets,
  refreshReports,
  sendReminders,
} from './scheduled-workflows';

// An attempt whose worker was killed is given up after two seconds. That is sooner than the lease of its claim
// ends, and its retry needs no lease to end: it knows its own earlier attempt.
const timeouts: ActivityOptions = {
  startToCloseTimeout: '2s',
  retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '1s' },
};

// These three say in their own code what "once" means for them: see activities.ts.
const { openTicket, closeTicket, sendReminder } = proxyActivities<FacilityActivities>(timeouts);

// For these two the workflow says it; a worker without the plugin pays no attention to it.
const { writeReport } = proxyActivities<FacilityActivities>({
  ...timeouts,
  idempotency: { scope: 'global', key: (report: ReportOperation) => report.id, category: 'report' },
});
const { escalate } = proxyActivities<FacilityActivities>({
  ...timeouts,
  idempotency: { scope: 'global', key: (e: EscalationOperation) => e.id, category: 'critical' },
});

/** Does one operation. The same code in both runs of the demo. */
export async function handleOperation(operation: Operation): Promise<Receipt> {
  switch (operation.kind) {
    case 'ticket':
      return openTicket(operation);
    case 'autoclose':
      return closeTicket(operation);
    case 'escalation':
      return escalate(operation);
    case 'report':
      return writeReport(operation);
    case 'email':
      return sendReminder(operation);
  }
}
