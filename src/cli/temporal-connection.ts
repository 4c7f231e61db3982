import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type * as EnvConfig from '@temporalio/envconfig';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import { MissingPeerError } from '../store-errors';

interface ConnectionFlag {
  readonly description: string;
  /** The variable that says the same, as @temporalio/envconfig reads it. */
  readonly variable?: string;
}

/** Connection flags of the Temporal CLI, by the same names. */
export const TEMPORAL_CONNECTION_FLAGS: Readonly<Record<string, ConnectionFlag>> = {
  '--address <host:port>': { description: 'its address', variable: 'TEMPORAL_ADDRESS' },
  '-n, --namespace <name>': { description: 'the namespace', variable: 'TEMPORAL_NAMESPACE' },
  '--api-key <key>': { description: 'API key', variable: 'TEMPORAL_API_KEY' },
  '--tls': { description: 'use TLS', variable: 'TEMPORAL_TLS' },
  '--tls-ca-path <path>': { description: 'server CA', variable: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH' },
  '--tls-cert-path <path>': { description: 'client certificate', variable: 'TEMPORAL_TLS_CLIENT_CERT_PATH' },
  '--tls-key-path <path>': { description: 'client key', variable: 'TEMPORAL_TLS_CLIENT_KEY_PATH' },
  '--tls-server-name <name>': { description: 'name of the server', variable: 'TEMPORAL_TLS_SERVER_NAME' },
  '--profile <name>': { description: 'profile of the configuration file', variable: 'TEMPORAL_PROFILE' },
  '--config-file <path>': { description: 'configuration file', variable: 'TEMPORAL_CONFIG_FILE' },
  '--disable-config-file': { description: 'read no configuration file' },
  '--disable-config-env': { description: 'read no TEMPORAL_ variables' },
  '--env <name>': { description: 'not supported, use --profile' },
};

/** Variables that need @temporalio/envconfig to be understood. */
const NEEDS_ENVCONFIG = /^TEMPORAL_(API_KEY|TLS.*|PROFILE|CONFIG_FILE|GRPC_META.*)$/;

/** Runs with a client that is closed afterwards. @throws InvalidOptionError, MissingPeerError */
export async function withTemporal<T>(command: Command, body: (client: Client) => Promise<T>): Promise<T> {
  const { connectionOptions, namespace } = temporalSettings(command);
  const connection = await Connection.connect(connectionOptions);
  try {
    return await body(new Client({ connection, namespace: namespace ?? 'default' }));
  } finally {
    await connection.close();
  }
}

/** The namespace that is meant, without a connection. @throws MissingPeerError */
export function namespaceOf(command: Command): string {
  return temporalSettings(command).namespace ?? 'default';
}

interface Settings {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace?: string | undefined;
}

/** By the flags, the environment and the configuration file. @throws InvalidOptionError, MissingPeerError */
export function temporalSettings(command: Command): Settings {
  const variables = connectionVariables(command);
  const envconfig = optionalPeer();
  if (envconfig === undefined) return plainSettings(variables);
  try {
    return envconfig.loadClientConnectConfig({
      overrideEnvVars: variables,
      disableFile: command.optsWithGlobals<{ disableConfigFile?: true }>().disableConfigFile === true,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidOptionError(
      '--profile, --config-file and TEMPORAL_ variables',
      why.replace(/\.$/, ''),
      'Correct the profile, or the file that it is in',
    );
  }
}

/** The variables that @temporalio/envconfig reads, flags before the environment. @throws InvalidOptionError */
export function connectionVariables(command: Command): Record<string, string> {
  const flags = command.optsWithGlobals<Record<string, string | boolean | undefined>>();
  if (flags['env'] !== undefined && flags['env'] !== 'default')
    throw new InvalidOptionError(
      '--env',
      'is not supported',
      'Use a profile: --profile, or TEMPORAL_PROFILE',
    );
  const variables: Record<string, string> = {};
  if (flags['disableConfigEnv'] !== true) {
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) variables[name] = value;
  }
  for (const [flag, { variable }] of Object.entries(TEMPORAL_CONNECTION_FLAGS)) {
    const given = flags[optionName(flag)];
    if (variable !== undefined && given !== undefined) variables[variable] = String(given);
  }
  return variables;
}

/** Address and namespace; whatever asks for more asks for the package that understands it. */
function plainSettings(variables: Record<string, string>): Settings {
  const more = Object.keys(variables).find((name) => NEEDS_ENVCONFIG.test(name));
  if (more !== undefined)
    throw new MissingPeerError('@temporalio/envconfig', more, new Error('it is an optional peer'));
  return {
    connectionOptions: { address: variables['TEMPORAL_ADDRESS'] ?? 'localhost:7233' },
    namespace: variables['TEMPORAL_NAMESPACE'],
  };
}

function optionalPeer(): typeof EnvConfig | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an optional peer
    return require('@temporalio/envconfig') as typeof EnvConfig;
  } catch {
    return undefined;
  }
}

/** As commander names it: `-n, --namespace <name>` is `namespace`. */
function optionName(flag: string): string {
  const long = /--([a-z-]+)/.exec(flag)?.[1] ?? '';
  return long.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
