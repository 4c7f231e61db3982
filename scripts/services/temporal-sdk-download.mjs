// node temporal-sdk-download.mjs <folder> <version>: lets the Temporal SDK download its development server to
// <folder>/temporal. A process of its own, so that it can be given up.
import { readdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

process.on('uncaughtException', (error) => {
  console.error(error.message.split(': ').slice(-2).join(': '));
  process.exit(1);
});
const [folder, version] = process.argv.slice(2);
const { Runtime } = createRequire(import.meta.url)('@temporalio/worker');
Runtime.install({ telemetryOptions: { logging: { filter: 'ERROR' } }, shutdownSignals: [] });
const server = await Runtime.instance().createEphemeralServer({
  type: 'dev-server',
  exe: {
    type: 'cached-download',
    downloadDir: folder,
    version,
    ttl: 0,
    sdkName: 'sdk-typescript',
    sdkVersion: version,
  },
  namespace: 'default',
  ip: '127.0.0.1',
  port: null,
  uiPort: null,
  dbFilename: null,
  ui: false,
  log: { format: 'pretty', level: 'error' },
  extraArgs: [],
});
await Runtime.instance().shutdownEphemeralServer(server);
const downloaded = readdirSync(folder).find((name) => name.startsWith('temporal'));
renameSync(join(folder, downloaded), join(folder, 'temporal'));
process.exit(0);
