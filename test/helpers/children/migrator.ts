// Migrates a schema when told to.
import { newPostgresStore } from '../../stores/open';
import { report, settings, told } from '../processes';
import { openPool } from '../services';

async function main(): Promise<void> {
  const { schema } = settings<{ schema: string }>();
  const go = told('go');
  const store = newPostgresStore(openPool({ max: 1 }), schema);
  await report('ready');
  await go;
  const applied = await store.migrate();
  await report('migrated', { applied });
  await store.close();
  process.disconnect();
}

void main();
