import { day, id, optional, type Id } from './parts';
import { taskKey } from './task-key';
import type { Dated } from './tickets';

export interface ReminderEmailFields extends Dated {
  /** What is reminded of: the job, the invoice. */
  readonly subjectId: Id;
  readonly recipientId: Id;
  /** Which of the day's reminders. Left out: one a day. */
  readonly slot?: Id;
}

/**
 * A reminder by mail. Take the recipient's id: keys are stored and logged, and an address is personal.
 * `taskKeys.reminderEmail({ subjectId: 'job-5', recipientId: 42, date: '2025-10-01' })` → `reminder_email:job-5:42:2025-10-01:-`
 * @throws InvalidKeyError naming the field.
 */
export function reminderEmail(fields: ReminderEmailFields): string {
  const parts = [id('subjectId'), id('recipientId'), day('date'), optional(id('slot'))];
  return taskKey('reminder_email', 'reminderEmail', fields, parts);
}

export interface NotificationFields {
  /** What happened: the id of the event, not of the attempt to tell of it. */
  readonly eventId: Id;
  readonly recipientId: Id;
  /** `push`, `sms`, `mail` … */
  readonly channel: Id;
}

/**
 * Telling one person of one event on one channel.
 * `taskKeys.notification({ eventId: 'E1', recipientId: 42, channel: 'push' })` → `notification:E1:42:push`
 * @throws InvalidKeyError naming the field.
 */
export function notification(fields: NotificationFields): string {
  return taskKey('notification', 'notification', fields, [id('eventId'), id('recipientId'), id('channel')]);
}

export interface WebhookDeliveryFields {
  /** Who is told: the subscription's id. */
  readonly endpointId: Id;
  readonly eventId: Id;
}

/**
 * Delivering one event to one subscriber.
 * `taskKeys.webhookDelivery({ endpointId: 'W3', eventId: 'E1' })` → `webhook:W3:E1`
 * @throws InvalidKeyError naming the field.
 */
export function webhookDelivery(fields: WebhookDeliveryFields): string {
  return taskKey('webhook', 'webhookDelivery', fields, [id('endpointId'), id('eventId')]);
}
