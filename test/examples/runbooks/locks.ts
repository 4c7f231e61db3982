import { OperationRunningError } from '../../../src';
import { assert } from '../../helpers/assert';
import type { Desk } from './desk';

export async function locksFail(desk: Desk): Promise<void> {
  const holder = await desk.holder({ type: 'nightly' }, 'lock');
  const once = await desk.service();
  for (let n = 0; n < 3; n++)
    await assert.rejects(
      once.lock('nightly', { whenHeld: 'fail' }, () => 'in'),
      OperationRunningError,
    );
  await once.close();
  await desk.next(2);
  holder.say({ is: 'let go' });
  await holder.exited;
  await desk.next();
}

export async function stuckLock(desk: Desk): Promise<void> {
  const gone = await desk.holder({ type: 'import' }, 'lock');
  const hangs = await desk.holder({ type: 'nightly' }, 'lock');
  await gone.kill();
  await desk.leaseOver('lock:1/default/global/lock/import');
  await desk.next();
  // Nothing is to be done about the one whose process is gone.
  const once = await desk.service();
  assert.equal(await once.lock('import', {}, () => 'had'), 'had');
  await desk.next(2);
  assert.equal(await once.lock('nightly', { whenHeld: 'fail' }, () => 'had'), 'had');
  assert.equal((await hangs.next('aborted'))['code'], 'STALE_CLAIM');
}
