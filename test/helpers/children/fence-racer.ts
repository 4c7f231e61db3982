// Races others for a fresh key; whoever holds it writes its fence down before letting go.
import { setTimeout as sleep } from 'node:timers/promises';
import { newPostgresStore } from '../../stores/open';
import { releasing, request } from '../../stores/subject';
import { report, settings, type Message } from '../processes';
import { openPool } from '../services';

const { schema } = settings<{ schema: string }>();
const pool = openPool();
const store = newPostgresStore(pool, schema);

async function race(key: string): Promise<void> {
  for (;;) {
    const asked = request(key);
    const answer = await store.claim(asked);
    if (answer.kind !== 'claimed') {
      await sleep(1);
      continue;
    }
    await pool.query(`INSERT INTO "${schema}".log (key, fence) VALUES ($1, $2)`, [
      key,
      answer.fence.toString(),
    ]);
    await store.settle(releasing({ ...answer, request: asked }));
    return report('raced');
  }
}

process.on('message', (message: Message) => {
  if (message.is === 'race') void race(message['key'] as string);
  else void store.close().then(() => process.disconnect());
});
void pool.query('SELECT 1').then(() => report('ready'));
