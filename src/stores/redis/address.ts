import { InvalidOptionError } from '../../errors';

interface Node {
  readonly host: string;
  readonly port: number;
}

interface Shared {
  readonly nodes: readonly Node[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

/** Where Redis is, from a text. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | ({ readonly kind: 'cluster' } & Shared)
  | ({ readonly kind: 'sentinel'; readonly master: string; readonly db: number } & Shared);

const FORM = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([^/]*))?(?:\/(\d+))?$/;
const DEFAULT_PORT = { cluster: 6379, sentinel: 26_379 };

const SHAPE =
  'Give redis://host:6379, redis+cluster://host:6379,host:6379 or redis+sentinel://host:26379,host:26379/master, ' +
  'with user:password@ before the hosts and rediss for TLS where needed';

/**
 * `redis://` and whatever else `ioredis` takes is one server; `redis+cluster://` and `redis+sentinel://` name several.
 * @throws InvalidOptionError, which never shows the text: it may hold a password.
 */
export function redisAddress(text: string): RedisAddress {
  if (!/^rediss?\+/.test(text)) return { kind: 'server', url: text };
  const parts = FORM.exec(text);
  const refused = (what: string): InvalidOptionError => new InvalidOptionError('redis', what, SHAPE);
  if (parts === null) throw refused('is no address of Redis');
  const [, scheme, kind, identity, hosts, path, db] = parts as unknown as string[];
  const [username, password] = credentials(identity);
  const nodes = (hosts ?? '').split(',').map((host) => nodeOf(host, DEFAULT_PORT[kind as 'cluster']));
  if (nodes.some((node) => node === undefined)) throw refused('names a host that is none');
  const shared = { nodes: nodes as Node[], username, password, tls: scheme === 'rediss' };
  if (kind === 'cluster') {
    if ((path ?? '') !== '' || db !== undefined)
      throw refused('names a database, of which a cluster has one only');
    return { kind: 'cluster', ...shared };
  }
  if ((path ?? '') === '') throw refused('does not name the master that its sentinels watch');
  return { kind: 'sentinel', ...shared, master: decodeURIComponent(path as string), db: Number(db ?? 0) };
}

function credentials(identity: string | undefined): [string | undefined, string | undefined] {
  if (identity === undefined || identity === '') return [undefined, undefined];
  const colon = identity.indexOf(':');
  const [user, password] = colon < 0 ? [identity, ''] : [identity.slice(0, colon), identity.slice(colon + 1)];
  const given = (part: string): string | undefined => (part === '' ? undefined : decodeURIComponent(part));
  return [given(user), given(password)];
}

function nodeOf(text: string, defaultPort: number): Node | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:\s]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3] ?? defaultPort);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
