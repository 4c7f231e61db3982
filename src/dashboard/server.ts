import { once as emitted } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { InvalidOptionError } from '../errors';
import { Access } from './access';
import { dashboardApp } from './app';
import type { PageContext } from './page-context';

export interface DashboardOptions extends Omit<PageContext, 'formToken'> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Demand a token on loopback too. Elsewhere one is always demanded. */
  readonly demandToken: boolean;
  readonly allowedHosts: readonly string[];
  /** Hears of what nobody expected. */
  readonly onError: (error: unknown) => void;
}

export interface Dashboard {
  /** Where to open it, with the token where one is demanded. */
  readonly url: string;
  readonly demandsToken: boolean;
  /** Ends connections that do nothing at once, others when they are answered, 2 s later at the latest. */
  close(): Promise<void>;
}

const DRAIN_MS = 2_000;

/** Serves the page. @throws InvalidOptionError when it can't listen there */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host, port, demandToken, allowedHosts, onError, ...shown } = options;
  const access = new Access(host, demandToken, allowedHosts);
  const app = dashboardApp({ ...shown, formToken: access.formToken }, access, onError);
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  await listen(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${bound}/${access.token === undefined ? '' : `?token=${access.token}`}`;
  return { url, demandsToken: access.token !== undefined, close: () => close(server) };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port });
  try {
    await emitted(server, 'listening');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new InvalidOptionError(
      '--host, --port',
      `${host}:${port} can not be listened on (${code})`,
      'Give others',
    );
  }
}

async function close(server: Server): Promise<void> {
  const closed = emitted(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(late);
}
