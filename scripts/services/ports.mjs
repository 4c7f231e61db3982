// Free ports, and whether something answers on one.
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

/** `count` different ports that are free on the loopback address now; the operating system chooses them. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** True if `host:port` takes a connection and, when `say` is given, answers it with `expect`. */
export function answers(host, port, { say, expect, timeout = 1_000 } = {}) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result) => (socket.destroy(), resolve(result));
    socket.setTimeout(timeout, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => resolve(false));
    socket.on('connect', () => (say ? socket.write(say) : end(true)));
    socket.on('data', (data) => end(expect.test(data.toString('latin1'))));
  });
}
