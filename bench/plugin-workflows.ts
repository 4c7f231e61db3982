import { proxyActivities } from '@temporalio/workflow';

const { trivial } = proxyActivities<{ trivial(n: number): Promise<number> }>({
  startToCloseTimeout: '1 minute',
});

/** Runs `count` trivial activities, `width` of them at a time. */
export async function load(count: number, width: number): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await trivial(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return next;
}
