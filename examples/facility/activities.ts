import { currentClaim, idempotent } from 'temporal-once';
import type { Facility } from './facility';
import type {
  AutocloseOperation,
  EmailOperation,
  EscalationOperation,
  Receipt,
  ReportOperation,
  TicketOperation,
} from './operations';

/** The activities as workflows see them, whichever worker runs them. */
export interface FacilityActivities {
  openTicket(operation: TicketOperation): Promise<Receipt>;
  closeTicket(operation: AutocloseOperation): Promise<Receipt>;
  escalate(operation: EscalationOperation): Promise<Receipt>;
  sendReminder(operation: EmailOperation): Promise<Receipt>;
  writeReport(operation: ReportOperation): Promise<Receipt>;
}

/** For a worker without the plugin: plain functions, run at least once. */
export function plainActivities(facility: Facility): FacilityActivities {
  return {
    openTicket: (operation) => facility.openTicket(facility.db, operation),
    closeTicket: (operation) => facility.closeTicket(facility.db, operation),
    escalate: (operation) => facility.escalate(facility.db, operation),
    sendReminder: (operation) => facility.sendReminder(operation),
    writeReport: (operation) => facility.writeReport(operation),
  };
}

/** The same, for a worker with the plugin. */
export function protectedActivities(facility: Facility): FacilityActivities {
  return {
    // Effect and outcome commit together: exactly once.
    openTicket: idempotent.transactional(
      { scope: 'global', key: (operation: TicketOperation) => operation.id, category: 'mutation' },
      (tx, operation) => facility.openTicket(tx, operation),
    ),
    closeTicket: idempotent.transactional(
      { scope: 'global', key: (operation: AutocloseOperation) => operation.id, category: 'maintenance' },
      (tx, operation) => facility.closeTicket(tx, operation),
    ),
    // Key and scope are the workflow's: see workflows.ts.
    escalate: idempotent.transactional({}, (tx, operation: EscalationOperation) =>
      facility.escalate(tx, operation),
    ),
    // The effect is another company's. The key, passed on, lets them recognise a second attempt.
    sendReminder: idempotent(
      { scope: 'global', key: (operation: EmailOperation) => operation.id, category: 'email' },
      (operation: EmailOperation) => facility.sendReminder(operation, currentClaim().key),
    ),
    // Nothing to say here: the workflow's `idempotency` option is enough.
    writeReport: (operation) => facility.writeReport(operation),
  };
}
