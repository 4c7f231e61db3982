import { readFile } from 'node:fs/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import type { Command } from 'commander';
import { InvalidOptionError } from '../../errors';
import { Admission } from '../../guard/admission';
import { Guard } from '../../guard/guard';
import { Judge } from '../../guard/judge';
import { isLoopback, listenAddress, type ListenAddress } from '../../guard/listen-address';
import type { UpstreamAddress } from '../../guard/upstream';
import { Idempotency } from '../../idempotency/service';
import { parseGoDuration } from '../../schedules/spec';
import { StoreUnavailableError } from '../../store-errors';
import { examples } from '../examples';
import { addStoreFlags, storeOptions } from '../store';
import { temporalSettings } from '../temporal-connection';
import { GuardLog } from './guard-log';

interface Flags {
  readonly listen: string;
  readonly upstream?: string;
  readonly listenCertPath?: string;
  readonly listenKeyPath?: string;
  readonly listenClientCaPath?: string;
  readonly tokenFile?: string;
  readonly allowPlaintext?: boolean;
  readonly allowAnonymous?: boolean;
  readonly drain: string;
}

const SHORTEST_TOKEN = 16;

/** A proxy in front of the server that refuses colliding schedules, whoever creates them. */
export function addGuard(program: Command): void {
  addStoreFlags(
    program
      .command('guard')
      .description('a gRPC proxy that refuses schedules which collide, from any client, and passes all else'),
  )
    .option('--listen <host:port>', 'where clients connect to', '127.0.0.1:7230')
    .option('--upstream <host:port>', 'the Temporal server; default: --address')
    .option('--listen-cert-path <path>', 'certificate for clients, PEM')
    .option('--listen-key-path <path>', 'its key')
    .option('--listen-client-ca-path <path>', 'clients must have a certificate of this CA')
    .option('--token-file <path>', 'clients must send one of these tokens, one a line, as API key')
    .option('--allow-plaintext', 'no TLS although others than this machine can connect')
    .option('--allow-anonymous', 'no token although others than this machine can connect')
    .option('--drain <duration>', 'how long calls under way may take after SIGTERM', '20s')
    .addHelpText(
      'after',
      examples(
        'temporal-schedule-plan guard --upstream 127.0.0.1:7233',
        'temporal-schedule-plan guard --listen 0.0.0.0:7230 --listen-cert-path tls.crt --listen-key-path tls.key --token-file tokens',
      ),
    )
    .action(async (flags: Flags, self: Command) => {
      const drainMs = parseGoDuration(flags.drain);
      if (drainMs === undefined || drainMs < 0)
        throw new InvalidOptionError('--drain', 'is not a duration', 'Write one such as 30s or 2m');
      const at = listenAddress(flags.listen);
      checkExposure(at, flags);
      const store = storeOptions(self);
      const settings = temporalSettings(self).connectionOptions;
      const connectionOptions = {
        ...settings,
        address: flags.upstream ?? settings.address ?? 'localhost:7233',
      };
      const apiKey = typeof settings.apiKey === 'string' ? settings.apiKey : undefined;
      const tokens = flags.tokenFile === undefined ? undefined : await tokensOf(flags.tokenFile);
      const tls = await listenTls(flags);

      const log = new GuardLog();
      const registry = new LazyStore(() => Idempotency.connect(store));
      await registry.get().catch((error: unknown) => {
        // Workers must not wait for the registry; what creates schedules is refused until it is there.
        if (!(error instanceof StoreUnavailableError)) throw error;
        log.note(`the registry can't be reached, so schedules are refused until it can: ${error.message}`);
      });
      const connection = Connection.lazy(connectionOptions);
      try {
        const judge = new Judge(connection, async (client) =>
          (await registry.get()).registered.registry(client),
        );
        const guard = await Guard.listen({
          ...at,
          ...{ tls, judge, upstream: upstreamOf(connectionOptions) },
          admission: new Admission(tokens, apiKey),
          ownKey: apiKey !== undefined,
          onJudged: (event) => log.judged(event),
        });
        log.note(`listening on ${guard.address}, in front of ${connectionOptions.address}`);
        log.note(`${await stopSignal()}: calls under way have ${flags.drain}`);
        await guard.close(drainMs);
        log.note(`ended; ${log.summary()}`);
      } finally {
        await connection.close();
        await registry.close();
      }
    });
}

/** Connects when first asked, and again after it could not. */
class LazyStore {
  private opened: Promise<Idempotency> | undefined;

  constructor(private readonly open: () => Promise<Idempotency>) {}

  get(): Promise<Idempotency> {
    if (this.opened !== undefined) return this.opened;
    const opened = this.open();
    this.opened = opened;
    opened.catch(() => {
      if (this.opened === opened) this.opened = undefined;
    });
    return opened;
  }

  async close(): Promise<void> {
    const service = await this.opened?.catch(() => undefined);
    await service?.close();
  }
}

/** @throws InvalidOptionError: others can connect, and nothing was said of it */
function checkExposure(at: ListenAddress, flags: Flags): void {
  if ((flags.listenCertPath === undefined) !== (flags.listenKeyPath === undefined))
    throw new InvalidOptionError(
      '--listen-cert-path',
      'goes with --listen-key-path',
      'Give both, or neither',
    );
  if (flags.listenClientCaPath !== undefined && flags.listenCertPath === undefined)
    throw new InvalidOptionError(
      '--listen-client-ca-path',
      'needs TLS',
      'Give --listen-cert-path and --listen-key-path too',
    );
  if (isLoopback(at)) return;
  if (flags.listenCertPath === undefined && flags.allowPlaintext !== true)
    throw new InvalidOptionError(
      '--listen',
      `${at.host} can be reached from other machines, without TLS`,
      'Give --listen-cert-path and --listen-key-path, or --allow-plaintext where the network is safe',
    );
  const knowsClients = flags.tokenFile !== undefined || flags.listenClientCaPath !== undefined;
  if (!knowsClients && flags.allowAnonymous !== true)
    throw new InvalidOptionError(
      '--listen',
      `${at.host} can be reached from other machines, by anybody`,
      'Give --token-file or --listen-client-ca-path, or --allow-anonymous where the server itself asks for API keys',
    );
}

async function listenTls({
  listenCertPath,
  listenKeyPath,
  listenClientCaPath,
}: Flags): Promise<Parameters<typeof Guard.listen>[0]['tls']> {
  if (listenCertPath === undefined || listenKeyPath === undefined) return undefined;
  return {
    cert: await file('--listen-cert-path', listenCertPath),
    key: await file('--listen-key-path', listenKeyPath),
    clientCa:
      listenClientCaPath === undefined
        ? undefined
        : await file('--listen-client-ca-path', listenClientCaPath),
  };
}

async function tokensOf(path: string): Promise<readonly string[]> {
  const lines = (await file('--token-file', path)).toString('utf8').split('\n');
  const tokens = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (tokens.length > 0 && tokens.every((token) => token.length >= SHORTEST_TOKEN)) return tokens;
  throw new InvalidOptionError(
    '--token-file',
    tokens.length === 0 ? 'has no token' : `has a token of less than ${SHORTEST_TOKEN} characters`,
    'Write one a line, e.g. from: openssl rand -hex 32',
  );
}

async function file(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = 'failed' } = error as { code?: string };
    throw new InvalidOptionError(flag, `${path} can't be read (${code})`, 'Check the path');
  }
}

function upstreamOf({ address = '', tls }: ConnectionOptions): UpstreamAddress {
  if (tls === undefined || tls === null || tls === false) return { address };
  if (tls === true) return { address, tls: {} };
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls;
  const buffer = (bytes: Uint8Array | undefined): Buffer | undefined => bytes && Buffer.from(bytes);
  return {
    address,
    tls: {
      serverName: serverNameOverride ?? undefined,
      ca: buffer(serverRootCACertificate),
      cert: buffer(clientCertPair?.crt),
      key: buffer(clientCertPair?.key),
    },
  };
}

/** The first one drains; after it the second one ends the process as it usually does. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const signals = ['SIGTERM', 'SIGINT'] as const;
    const stop = (signal: NodeJS.Signals): void => {
      for (const one of signals) process.off(one, stop);
      resolve(signal);
    };
    for (const one of signals) process.on(one, stop);
  });
}
