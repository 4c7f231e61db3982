import { ApplicationFailure } from '@temporalio/common';
import { FingerprintMismatchError, StaleClaimError, UnknownOutcomeError } from '../../../src';
import { assert } from '../../helpers/assert';
import type { Desk } from './desk';

export async function unknownOutcomeWaits(desk: Desk): Promise<void> {
  const policy = { type: 'charge', onUnknownOutcome: 'fail' as const };
  const once = await desk.service();
  for (const key of ['order-42', 'order-43']) {
    const holder = await desk.holder({ ...policy, key });
    await holder.kill();
    await assert.rejects(
      once.run({ ...policy, key }, () => 'never'),
      UnknownOutcomeError,
    );
  }
  await desk.next(5);
  const answers = ['order-42', 'order-43'].map((key) => once.run({ ...policy, key }, () => 'charged now'));
  assert.deepEqual(await Promise.all(answers), [{ receipt: 'ch_1' }, 'charged now']);
}

export async function unknownOutcomesRerun(desk: Desk): Promise<void> {
  const mail = { type: 'mail', key: 'invoice-7' };
  const once = await desk.service();
  const holder = await desk.holder(mail);
  await holder.kill();
  assert.equal(await once.run(mail, () => 'sent again'), 'sent again');
  await once.close();
  await desk.next(3);
}

export async function staleClaims(desk: Desk): Promise<void> {
  const report = { type: 'report', key: 'march' };
  const holder = await desk.holder(report);
  holder.signal('SIGSTOP');
  const once = await desk.service();
  assert.equal(await once.run(report, () => 'of the second'), 'of the second');
  holder.signal('SIGCONT');
  holder.say({ is: 'let go' });
  const { code } = await holder.next('ended');
  assert.equal(code, new StaleClaimError('', 0n, '').code);
  await holder.exited;
  await once.close();
  await desk.next(2);
}

export async function fingerprintMismatch(desk: Desk): Promise<void> {
  const once = await desk.service();
  const charge = { type: 'charge', key: 'order-42' };
  const first = { ...charge, args: [{ order: 'order-42', tenant: 'acme' }] };
  await once.run(first, () => ({ receipt: 'ch_1' }));
  const second = { ...charge, args: [{ order: 'order-42', tenant: 'zen' }] };
  await assert.rejects(
    once.run(second, () => 'never'),
    FingerprintMismatchError,
  );
  await once.close();
  await desk.next(4);
}

export async function keyTooBroad(desk: Desk): Promise<void> {
  const once = await desk.service();
  const args = [{ order: 'order-42', tenant: 'acme' }];
  await once.run({ type: 'charge', key: 'order-42', args }, () => ({ receipt: 'ch_1' }));
  // The copy, and whose is whose.
  await desk.next(2);
  const narrow = (tenant: string) =>
    once.run(
      { type: 'charge', key: 'order-42', scope: { tenant }, args: [{ order: 'order-42', tenant }] },
      () => ({
        receipt: `of ${tenant}`,
      }),
    );
  assert.deepEqual(await narrow('acme'), { receipt: 'ch_1' });
  await desk.next();
  assert.deepEqual(await narrow('zen'), { receipt: 'of zen' });
  await desk.next();
}

export async function cachedError(desk: Desk): Promise<void> {
  const once = await desk.service();
  let runs = 0;
  let isDown = true;
  const run = (key: string) =>
    once.run({ type: 'charge', key }, () => {
      runs++;
      if (isDown) throw ApplicationFailure.nonRetryable('no route to the bank', 'BankDown');
      return 'charged';
    });
  for (const key of ['order-42', 'order-43', 'order-42']) await assert.rejects(run(key), /no route/);
  assert.equal(runs, 2, 'the second time it was the record');
  isDown = false;
  await desk.next(3);
  assert.deepEqual(await Promise.all(['order-42', 'order-43'].map(run)), ['charged', 'charged']);
}
