import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** Different ports that are free on the loopback address now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** Whether `port` takes a connection and, where something is said, answers it. */
export function answers(port: number, say?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (holds: boolean): void => {
      socket.destroy();
      resolve(holds);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.on('error', () => done(false));
    socket.on('connect', () => (say === undefined ? done(true) : socket.write(say)));
    socket.on('data', () => done(true));
    socket.on('close', () => resolve(false));
  });
}
