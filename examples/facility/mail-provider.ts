import type { Pool } from 'pg';

export interface Mail {
  readonly operation: string;
  readonly to: string;
  readonly subject: string;
  readonly workflowId: string;
  readonly worker: string;
}

/**
 * Stands in for another company's mail service. As theirs do, it sends a second mail when it is asked a second
 * time, unless both requests carry the same idempotency key.
 */
export class MailProvider {
  constructor(
    private readonly pool: Pool,
    private readonly schema: string,
  ) {}

  /** @returns the number of the mail: of the first one, for a request it has seen before. */
  async send(mail: Mail, idempotencyKey?: string): Promise<string> {
    const sent = await this.pool.query<{ id: string }>(
      `WITH sent AS (
         INSERT INTO ${this.schema}.mails (idempotency_key, recipient, subject) VALUES ($1, $2, $3)
         ON CONFLICT (idempotency_key) DO NOTHING RETURNING id
       ), effect AS (
         INSERT INTO ${this.schema}.effects (operation, kind, what, workflow_id, worker)
         SELECT $4, 'email', 'mail to ' || $2, $5, $6 FROM sent
       )
       SELECT id FROM sent`,
      [idempotencyKey, mail.to, mail.subject, mail.operation, mail.workflowId, mail.worker],
    );
    const [row] = sent.rows;
    if (row !== undefined) return `mail ${row.id}`;
    const seen = await this.pool.query<{ id: string }>(
      `SELECT id FROM ${this.schema}.mails WHERE idempotency_key = $1`,
      [idempotencyKey],
    );
    return `mail ${seen.rows[0]?.id}`;
  }
}
