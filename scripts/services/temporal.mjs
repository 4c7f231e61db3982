// Temporal: the given server, or a private development server, in memory.
import { join } from 'node:path';
import { runFolder } from './belongings.mjs';
import { answers, freePorts } from './ports.mjs';
import { cleanEnv, output, startService } from './processes.mjs';
import { SetupError } from './say.mjs';
import { findTemporal } from './temporal-binary.mjs';

/** `{ env, line }`: what the child needs to reach it, and the line that says what was done. */
export async function provideTemporal({ withBinary }) {
  const address = process.env.TEMPORAL_ADDRESS;
  if (!address) return startPrivate(await findTemporal());
  const [, host, port = '7233'] = /^(.*?)(?::(\d+))?$/.exec(address.replace(/^\w+:\/\//, ''));
  if (!(await answers(host.replace(/^\[|\]$/g, ''), Number(port), { timeout: 5_000 })))
    throw new SetupError(
      `Temporal: nothing answers at TEMPORAL_ADDRESS=${address}. Start it, or unset the variable.`,
    );
  const env = withBinary ? { ONCE_TEMPORAL_BIN: (await findTemporal()).bin } : {};
  return { env, line: `Temporal: given, at ${address}` };
}

async function startPrivate({ bin, version, how }) {
  const [port, uiPort, httpPort, metricsPort] = await freePorts(4);
  const address = `127.0.0.1:${port}`;
  const env = cleanEnv('TEMPORAL_');
  const where = ['--ip', '127.0.0.1', '--port', port, '--ui-port', uiPort, '--http-port', httpPort];
  const args = [
    'server',
    'start-dev',
    '--headless',
    ...where,
    // A closed workflow is deleted once its closing task was acknowledged: every 30 s by default.
    '--dynamic-config-value',
    'history.transferProcessorUpdateAckInterval="200ms"',
    '--metrics-port',
    metricsPort,
    '--log-level',
    'error',
  ];
  const describe = ['operator', 'namespace', 'describe', '-n', 'default', '--address', address];
  await startService('Temporal', bin, args.map(String), {
    env,
    log: join(runFolder('temporal'), 'server.log'),
    ready: async () =>
      (await answers('127.0.0.1', port)) &&
      (await output(bin, describe, { env, timeout: 10_000 })).code === 0,
  });
  // Settings of the user's own servers (a profile, TLS, an API key) would not fit the private one.
  const others = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  return {
    env: {
      ...Object.fromEntries(others.map((name) => [name, undefined])),
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      ONCE_TEMPORAL_BIN: bin,
    },
    line: `Temporal ${version}: ${how}, private on port ${port}`,
  };
}
