// Sweeps block by block and tells of each, until it is killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { newPostgresStore } from '../../stores/open';
import { report, settings } from '../processes';
import { openPool } from '../services';

async function main(): Promise<void> {
  const { schema, restMs } = settings<{ schema: string; restMs: number }>();
  const { upkeep } = newPostgresStore(openPool({ max: 1 }), schema);
  for (;;) {
    await report('swept', { ...(await upkeep.sweep({ restMs, blocks: 1 })) });
    await sleep(1);
  }
}

void main();
