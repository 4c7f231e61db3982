import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DefaultFailureConverter, defaultDataConverter, type LoadedDataConverter } from '@temporalio/common';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import { HttpCodec } from './http-codec';
import { connectionVariables, namespaceOf } from './temporal-connection';

interface CodecFlags {
  readonly codecEndpoint?: string;
  readonly codecAuth?: string;
}

interface CodecPlace {
  readonly endpoint?: string | undefined;
  readonly auth?: string | undefined;
}

/** By the names of the Temporal CLI. */
export function addCodecFlags(command: Command): Command {
  return command
    .option(
      '--codec-endpoint <url>',
      'codec server; default: TEMPORAL_CODEC_ENDPOINT, else the profile; {namespace} stands for it',
    )
    .option(
      '--codec-auth <value>',
      'its Authorization header; default: TEMPORAL_CODEC_AUTH, else the profile',
    );
}

/** What an error says passes the codec too: it may name what a result would. Every SDK reads it, however it is set to write. */
const codedFailures = new DefaultFailureConverter({ encodeCommonAttributes: true });

/** The default converter, through a codec server where one is named. @throws InvalidOptionError */
export function dataConverterOf(command: Command): LoadedDataConverter {
  const { endpoint, auth } = codecPlace(command);
  if (endpoint === undefined || endpoint === '') return defaultDataConverter;
  const namespace = namespaceOf(command);
  const url = endpoint.replaceAll('{namespace}', encodeURIComponent(namespace)).replace(/\/$/, '');
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url))
    throw new InvalidOptionError(
      '--codec-endpoint',
      'is no address',
      'Give one such as http://127.0.0.1:8081',
    );
  return {
    ...defaultDataConverter,
    failureConverter: codedFailures,
    payloadCodecs: [new HttpCodec(url, namespace, auth)],
  };
}

function codecPlace(command: Command): CodecPlace {
  const { codecEndpoint, codecAuth } = command.optsWithGlobals<CodecFlags>();
  const variables = connectionVariables(command);
  const profile = codecEndpoint === undefined || codecAuth === undefined ? ofProfile(command, variables) : {};
  return {
    endpoint: codecEndpoint ?? variables['TEMPORAL_CODEC_ENDPOINT'] ?? profile.endpoint,
    auth: codecAuth ?? variables['TEMPORAL_CODEC_AUTH'] ?? profile.auth,
  };
}

/** @temporalio/envconfig drops this part of a profile: it is read with the parser that envconfig brings. */
function ofProfile(command: Command, variables: Record<string, string>): CodecPlace {
  if (command.optsWithGlobals<{ disableConfigFile?: true }>().disableConfigFile === true) return {};
  const text = readConfig(
    variables['TEMPORAL_CONFIG_FILE'] ?? join(configFolder(), 'temporalio', 'temporal.toml'),
  );
  const parser = text === undefined ? undefined : tomlParser();
  if (text === undefined || parser === undefined) return {};
  const { profile } = parser.parse(text) as { profile?: Record<string, { codec?: CodecPlace }> };
  return profile?.[variables['TEMPORAL_PROFILE'] ?? 'default']?.codec ?? {};
}

function readConfig(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Absent, or envconfig says what is wrong with it.
    return undefined;
  }
}

function tomlParser(): { readonly parse: (text: string) => unknown } | undefined {
  try {
    const envconfig = dirname(require.resolve('@temporalio/envconfig'));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a dependency of an optional peer
    return require(require.resolve('smol-toml', { paths: [envconfig] })) as {
      readonly parse: (text: string) => unknown;
    };
  } catch {
    return undefined;
  }
}

/** Where the Temporal CLI looks. */
function configFolder(): string {
  if (process.platform === 'win32') return process.env['APPDATA'] ?? '';
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
}
