import {
  ApplicationFailure,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

interface Effects {
  happened(name: string, note?: string): Promise<string>;
}
const { happened } = proxyActivities<Effects>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '100ms' },
});
const local = proxyLocalActivities<Effects>({ startToCloseTimeout: '20s' });

/** One effect, and a result that no two runs share. */
export async function job(name: string): Promise<{ id: string; nothing: null }> {
  return { id: await happened(name), nothing: null };
}

/** The whole run is one workflow task. */
export async function quickJob(name: string): Promise<string> {
  return local.happened(name);
}

export async function silentJob(name: string): Promise<void> {
  await happened(name);
}

/** Bytes, which a converter that met them inside another value would not know. */
export async function bytesJob(name: string): Promise<Uint8Array> {
  await happened(name);
  return new Uint8Array([0, 1, 255]);
}

export async function bigJob(name: string): Promise<string> {
  await happened(name);
  return 'x'.repeat(5_000);
}

export async function slowJob(name: string, ms: number): Promise<string> {
  const id = await happened(`${name} began`);
  await sleep(ms);
  await happened(name);
  return id;
}

/** Fails in its first runs. */
export async function shakyJob(name: string, failures: number): Promise<string> {
  const id = await happened(name);
  const nth = Number(id.split(' ')[0]);
  if (nth <= failures)
    throw ApplicationFailure.create({ message: 'not yet', type: 'NotYet', nonRetryable: false });
  return id;
}

export async function chainJob(name: string, more: number): Promise<string> {
  const id = await happened(name, `${more} more`);
  if (more > 0) await continueAsNew<typeof chainJob>(name, more - 1);
  return id;
}

/** As `quickJob`; its worker dies when the outcome is recorded, before the server hears of the run. */
export async function recordedJob(name: string): Promise<string> {
  return local.happened(name);
}

/** Without arguments: those of a schedule's action are encoded for its base workflow id, not for that of a run. */
export async function sealedJob(): Promise<{ id: string }> {
  return { id: await happened('sealed') };
}

/** Takes its time; fails once, is tried again, and then goes on in another run. */
export async function slowChain(name: string, ms: number, more = 1): Promise<void> {
  await happened(name);
  await sleep(ms);
  if (more === 0) return;
  if (workflowInfo().attempt === 1)
    throw ApplicationFailure.create({ message: 'not yet', type: 'NotYet', nonRetryable: false });
  await continueAsNew<typeof slowChain>(name, ms, more - 1);
}
