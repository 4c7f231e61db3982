import { heartbeat } from '@temporalio/activity';
import { currentClaim, idempotent, step } from 'temporal-once';

export interface Closing {
  readonly ticketId: number;
  /** Day on which it is due, `YYYY-MM-DD`. */
  readonly date: string;
}

export interface Escalation {
  readonly ticketId: number;
  readonly level: number;
}

export interface ReportDue {
  readonly reportId: string;
  readonly date: string;
}

/** What the activities reach outside Postgres. */
export interface Surroundings {
  /** Schema of the application's tables, in the same database as the records. */
  readonly schema: string;
  /** A provider that takes a key, and sends once for each. */
  readonly sendMail: (to: string, subject: string, idempotencyKey: string) => Promise<void>;
  /** Writes the file and says where. `progressed` is called every few seconds. */
  readonly renderReport: (due: ReportDue, progressed: () => void) => Promise<string>;
}

export function createActivities({ schema, sendMail, renderReport }: Surroundings) {
  return {
    /** Effect and outcome commit together: closed once, through any crash. */
    closeTicket: idempotent.transactional({}, async (tx, { ticketId, date }: Closing): Promise<boolean> => {
      const { rows } = await tx.query(
        `UPDATE ${schema}.tickets SET state = 'closed' WHERE id = $1 AND state = 'resolved' RETURNING id`,
        [ticketId],
      );
      if (rows.length === 0) return false; // somebody wrote to it meanwhile: it stays open
      await tx.query(`INSERT INTO ${schema}.history (ticket_id, what) VALUES ($1, $2)`, [
        ticketId,
        `closed by itself on ${date}`,
      ]);
      return true;
    }),

    raiseTicket: idempotent.transactional({}, async (tx, { ticketId, level }: Escalation): Promise<void> => {
      await tx.query(`UPDATE ${schema}.tickets SET level = $2 WHERE id = $1 AND level < $2`, [
        ticketId,
        level,
      ]);
      await tx.query(`INSERT INTO ${schema}.history (ticket_id, what) VALUES ($1, $2)`, [
        ticketId,
        `raised to ${level}`,
      ]);
    }),

    /** Not in Postgres: the provider gets the key, and knows a mail that a killed worker may have sent. */
    async tellOnCall({ ticketId, level }: Escalation): Promise<void> {
      await sendMail(`on-call-${level}`, `ticket ${ticketId}`, currentClaim().key);
    },

    /** Two recovery points: a worker killed while it mails does not render again. */
    async makeReport(due: ReportDue): Promise<string> {
      const path = await step('render', () => renderReport(due, heartbeat));
      await step('mail', () => sendMail('management', path, currentClaim().key));
      return path;
    },
  };
}

export type MovingActivities = ReturnType<typeof createActivities>;
