import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface TicketOperation {
  readonly kind: 'ticket';
  readonly id: string;
  readonly ticket: string;
  readonly building: string;
  readonly summary: string;
}

export interface AutocloseOperation {
  readonly kind: 'autoclose';
  readonly id: string;
  readonly ticket: string;
  readonly idleDays: number;
}

export interface EscalationOperation {
  readonly kind: 'escalation';
  readonly id: string;
  readonly ticket: string;
  readonly to: string;
}

export interface ReportOperation {
  readonly kind: 'report';
  readonly id: string;
  readonly building: string;
  readonly month: string;
  readonly subject: string;
}

export interface EmailOperation {
  readonly kind: 'email';
  readonly id: string;
  readonly ticket: string;
  readonly to: string;
  readonly subject: string;
}

/** Something the business wants once, whoever asks for it and however often. */
export type Operation =
  TicketOperation | AutocloseOperation | EscalationOperation | ReportOperation | EmailOperation;

export type Kind = Operation['kind'];

/** What an activity answers: the small result that duplicates get back. */
export interface Receipt {
  readonly effect: string;
  readonly worker: string;
}

/** One row per kind: the activity that does it, and how it is protected. */
export const KINDS: readonly {
  readonly kind: Kind;
  readonly activity: string;
  readonly protection: string;
  readonly transactional: boolean;
}[] = [
  { kind: 'ticket', activity: 'openTicket', protection: 'transactional', transactional: true },
  { kind: 'autoclose', activity: 'closeTicket', protection: 'transactional', transactional: true },
  { kind: 'escalation', activity: 'escalate', protection: 'transactional', transactional: true },
  { kind: 'email', activity: 'sendReminder', protection: 'leased, key passed on', transactional: false },
  { kind: 'report', activity: 'writeReport', protection: 'leased', transactional: false },
];

/** The input file lies beside the sources; the package finds itself by its own name. */
export function readOperations(): readonly Operation[] {
  const root = dirname(require.resolve('temporal-once/package.json'));
  return readFileSync(join(root, 'examples/facility/operations.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Operation);
}
