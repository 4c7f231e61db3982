// Migrates a schema when told to.
import { Idempotency } from '../../../src/idempotency/service';
import { report, settings, told } from '../processes';
import { env } from '../services';

async function main(): Promise<void> {
  const { schema } = settings<{ schema: string }>();
  const go = told('go');
  await report('ready');
  await go;
  const applied = await Idempotency.migrate({ postgres: env('DATABASE_URL'), schema });
  await report('migrated', { applied });
  process.disconnect();
}

void main();
