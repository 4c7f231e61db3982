import 'temporal-once/workflow';
import { proxyActivities } from '@temporalio/workflow';
import { taskKeys } from 'temporal-once/workflow';
import type { Closing, Escalation, MovingActivities, ReportDue } from './activities';
import { optionsFor } from './options';

const { closeTicket } = proxyActivities<MovingActivities>(
  optionsFor('daily', { idempotency: { key: (due: Closing) => taskKeys.autoclose(due) } }),
);

/** Instead of the task `autoclose_ticket`. */
export async function autoclose(due: Closing): Promise<boolean> {
  return closeTicket(due);
}

const { raiseTicket, tellOnCall } = proxyActivities<MovingActivities>(
  optionsFor('escalation', { idempotency: { key: (e: Escalation) => taskKeys.ticketEscalation(e) } }),
);

/** Instead of the task `escalate_ticket`. The type of the activity is in the key, so the two do not meet. */
export async function escalate(escalation: Escalation): Promise<void> {
  await raiseTicket(escalation);
  await tellOnCall(escalation);
}

const { makeReport } = proxyActivities<MovingActivities>(
  optionsFor('report', {
    heartbeatTimeout: '5s', // its body heartbeats, so a killed worker is noticed long before the 15 minutes
    retry: { initialInterval: '1s' },
    idempotency: { key: (due: ReportDue) => taskKeys.scheduledReport(due) },
  }),
);

/** Instead of the task `send_scheduled_report`: asked for by a Schedule, and by people who click. */
export async function scheduledReport(due: ReportDue): Promise<string> {
  return makeReport(due);
}
