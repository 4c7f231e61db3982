import { digestOf, id, optional, type Id, type Parameters } from './parts';
import { taskKey } from './task-key';

export interface GraphqlMutationFields {
  /** Name of the mutation. */
  readonly mutation: Id;
  /** Its variables. Stand in the key as a digest of 128 bits. */
  readonly variables: Parameters;
  readonly userId: Id;
  /**
   * What the client made once for the click, and sends again with each retry. Left out: the same variables by the same
   * user are one mutation for as long as its record is kept.
   */
  readonly requestId?: Id;
}

/**
 * A change that a user asked for.
 * `taskKeys.graphqlMutation({ mutation: 'createTicket', variables: { title: 'Lift' }, userId: 'U789', requestId: 'c1' })`
 * → `mutation:createTicket:<22 characters>:U789:c1`
 * @throws InvalidKeyError naming the field; NotRepresentableError, TooDeepError with a path in `variables`.
 */
export function graphqlMutation(fields: GraphqlMutationFields): string {
  const parts = [id('mutation'), digestOf('variables'), id('userId'), optional(id('requestId'))];
  return taskKey('mutation', 'graphqlMutation', fields, parts);
}

export interface PaymentFields {
  /** What is paid for: the order or the invoice. */
  readonly orderId: Id;
  /** `charge`, `capture`, `refund` … */
  readonly action: Id;
  /** Which of several: an instalment, the second partial refund. Left out: the only one. */
  readonly sequence?: Id;
}

/**
 * Moving money for an order. The amount is no part of it: another amount under this key is refused by the fingerprint.
 * `taskKeys.payment({ orderId: 'order-42', action: 'refund', sequence: 2 })` → `payment:order-42:refund:2`
 * @throws InvalidKeyError naming the field.
 */
export function payment(fields: PaymentFields): string {
  return taskKey('payment', 'payment', fields, [id('orderId'), id('action'), optional(id('sequence'))]);
}
