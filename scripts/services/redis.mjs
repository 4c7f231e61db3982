// Redis: the given server, or a private one that keeps nothing.
import { join } from 'node:path';
import { runFolder } from './belongings.mjs';
import { answers, freePorts } from './ports.mjs';
import { output, startService } from './processes.mjs';
import { SetupError } from './say.mjs';
import { findTool } from './tools.mjs';

/** `{ env, line }`: what the child needs to reach it, and the line that says what was done. */
export async function provideRedis({ withBinary }) {
  const url = process.env.REDIS_URL;
  if (!url) return startPrivate(await findTool('redis'));
  let host, port;
  try {
    ({ hostname: host, port } = new URL(url));
  } catch {
    throw new SetupError('Redis: REDIS_URL is no URL. It looks like redis://host:6379.');
  }
  const shown = `${host}:${port || 6379}`;
  if (!(await answers(host.replace(/^\[|\]$/g, ''), Number(port || 6379), { timeout: 5_000 })))
    throw new SetupError(`Redis: nothing answers at ${shown} (REDIS_URL). Start it, or unset the variable.`);
  const env = withBinary ? { ONCE_REDIS_SERVER_BIN: (await findTool('redis')).path } : {};
  return { env, line: `Redis: given, at ${shown}` };
}

async function startPrivate({ path, variable, how }) {
  const [port] = await freePorts(1);
  const folder = runFolder('redis');
  const version = /v=(\S+)/.exec((await output(path, ['--version'], { timeout: 10_000 })).out)?.[1] ?? '';
  const keepNothing = ['--save', '', '--appendonly', 'no', '--daemonize', 'no'];
  await startService(
    'Redis',
    path,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...keepNothing],
    {
      log: join(folder, 'server.log'),
      ready: () => answers('127.0.0.1', port, { say: 'PING\r\n', expect: /^\+PONG/ }),
    },
  );
  return {
    env: { REDIS_URL: `redis://127.0.0.1:${port}`, [variable]: path },
    line: `Redis ${version}: ${how}, private on port ${port}`,
  };
}
