import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Queryable } from 'temporal-once';
import { workflowId, type Journal } from './journal';
import type { MailProvider } from './mail-provider';
import type {
  AutocloseOperation,
  EmailOperation,
  EscalationOperation,
  Operation,
  Receipt,
  ReportOperation,
  TicketOperation,
} from './operations';

/** What the business does. It knows nothing of duplicates: each call has its effect. */
export class Facility {
  constructor(
    readonly db: Pool,
    private readonly schema: string,
    private readonly journal: Journal,
    private readonly mails: MailProvider,
  ) {}

  async openTicket(db: Queryable, operation: TicketOperation): Promise<Receipt> {
    await this.prepare(operation);
    return this.effect(db, operation, `${operation.ticket} opened: ${operation.summary}`);
  }

  async closeTicket(db: Queryable, operation: AutocloseOperation): Promise<Receipt> {
    await this.prepare(operation);
    return this.effect(db, operation, `${operation.ticket} closed, idle for ${operation.idleDays} days`);
  }

  async escalate(db: Queryable, operation: EscalationOperation): Promise<Receipt> {
    await this.prepare(operation);
    return this.effect(db, operation, `${operation.ticket} escalated to the ${operation.to}`);
  }

  async writeReport(operation: ReportOperation): Promise<Receipt> {
    await this.prepare(operation);
    const { subject, building, month } = operation;
    const receipt = await this.effect(this.db, operation, `report on ${subject}, ${building}, ${month}`);
    await sleep(3 + Math.random() * 3); // tells the archive
    return receipt;
  }

  async sendReminder(operation: EmailOperation, idempotencyKey?: string): Promise<Receipt> {
    await this.prepare(operation);
    const { worker } = this.journal;
    const { id, to, subject } = operation;
    const mail = { operation: id, to, subject, workflowId: workflowId(), worker };
    return { effect: await this.mails.send(mail, idempotencyKey), worker };
  }

  /** Reading and reckoning before the effect; time enough to be killed in the middle. */
  private async prepare(operation: Operation): Promise<void> {
    await this.journal.began(operation);
    await sleep(20 + Math.random() * 30);
  }

  private async effect(db: Queryable, { id, kind }: Operation, what: string): Promise<Receipt> {
    const { worker } = this.journal;
    const { rows } = await db.query(
      `INSERT INTO ${this.schema}.effects (operation, kind, what, workflow_id, worker)
       VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [id, kind, what, workflowId(), worker],
    );
    return { effect: `${kind} ${String(rows[0]?.['id'])}`, worker };
  }
}
