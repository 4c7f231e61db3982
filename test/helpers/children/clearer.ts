// Clears a key when told to.
import { TieredStore } from '../../../src/stores/tiered';
import { newPostgresStore, openCache } from '../../stores/open';
import { report, settings, told } from '../processes';
import { openPool } from '../services';

interface Settings {
  readonly schema: string;
  readonly prefix: string;
  readonly url: string;
  readonly key: string;
}

async function main(): Promise<void> {
  const { schema, prefix, url, key } = settings<Settings>();
  const cache = await openCache({ prefix, url, timeoutMs: 5_000 });
  const store = new TieredStore(newPostgresStore(openPool({ max: 1 }), schema), cache);
  const go = told('clear');
  await store.truth.check();
  await report('ready');
  await go;
  await store.clear(key);
  await report('cleared');
}

void main();
