import { Session, type Profiler } from 'node:inspector';

/** Where self time went. */
export interface Cost {
  /** A module of ours, a client library, a part of Node, the garbage collector, … */
  readonly place: string;
  /** Of the main thread's time that was not idle. */
  readonly share: number;
  /** What costs most there, with shares of the whole. */
  readonly functions: readonly { readonly name: string; readonly share: number }[];
}

const SAMPLE_EVERY_MICROS = 200;
const FUNCTIONS_A_PLACE = 3;

/** Runs `work` under the sampling profiler of V8, in this process. Dearest first. */
export async function profiled(work: () => Promise<unknown>): Promise<Cost[]> {
  const session = new Session();
  session.connect();
  const post = <T>(method: string, params?: object): Promise<T> =>
    new Promise((resolve, reject) =>
      session.post(method, params, (error: Error | null, result: unknown) =>
        error === null ? resolve(result as T) : reject(error),
      ),
    );
  try {
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROS });
    await post('Profiler.start');
    await work();
    const { profile } = await post<Profiler.StopReturnType>('Profiler.stop');
    return costs(profile);
  } finally {
    session.disconnect();
  }
}

/** Self times of a profile by place; idle time is left out. */
export function costs({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Cost[] {
  const placeOf = places(nodes);
  const names = new Map(nodes.map(({ id, callFrame }) => [id, functionName(callFrame)]));
  const micros = new Map<string, Map<string, number>>();
  let total = 0;
  samples.forEach((id, n) => {
    const place = placeOf.get(id);
    // A delta is the time since the sample before: what was found then lasted until now.
    const delta = timeDeltas[n + 1] ?? 0;
    if (place === undefined || place === 'idle' || delta <= 0) return;
    const own = micros.get(place) ?? new Map<string, number>();
    micros.set(place, own);
    const name = names.get(id) ?? '';
    own.set(name, (own.get(name) ?? 0) + delta);
    total += delta;
  });
  return [...micros]
    .map(([place, own]): Cost => {
      const sorted = [...own].sort(([, a], [, b]) => b - a);
      return {
        place,
        share: sorted.reduce((sum, [, time]) => sum + time, 0) / total,
        functions: sorted.slice(0, FUNCTIONS_A_PLACE).map(([name, time]) => ({ name, share: time / total })),
      };
    })
    .sort((a, b) => b.share - a.share);
}

/** The place of each node; built-in code without a file belongs to whoever called it, but for what has a place of its own. */
function places(nodes: Profiler.ProfileNode[]): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<number, string>();
  const walk = (id: number, callers: string): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const place = placeOfFrame(node.callFrame) ?? callers;
    found.set(id, place);
    for (const child of node.children ?? []) walk(child, place);
  };
  if (nodes[0] !== undefined) walk(nodes[0].id, 'node');
  return found;
}

const PSEUDO: Readonly<Record<string, string>> = {
  '(idle)': 'idle',
  '(garbage collector)': 'garbage collection',
  '(program)': 'event loop and kernel',
  '(root)': 'event loop and kernel',
};
const KERNEL_WRITES = /^write(v|Buffer|Utf8String|Latin1String|AsciiString|UcsString)$/;
const HASHING = /^(Hash|Hmac|update|digest|oneShotDigest|randomFillSync|randomUUID)$/;
const OURS = /\/dist\/src\/(.+?)(?:\/[^/]+)?\.js$/;
const LIBRARY = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const LIBRARIES: Readonly<Record<string, string>> = {
  'redis-parser': 'ioredis',
  '@ioredis/commands': 'ioredis',
};
const NODE: readonly (readonly [RegExp, string])[] = [
  [/^node:(net|internal\/(net|stream_base_commons|streams\/.*)|stream)$/, 'node: sockets and streams'],
  [/^node:(crypto|internal\/crypto\/.*)$/, 'hashing'],
  [
    /^node:(async_hooks|internal\/(async_hooks|process\/task_queues|promise_hooks|async_local_storage\/.*))$/,
    'node: promises and ticks',
  ],
  [/^node:(timers|internal\/timers)$/, 'node: timers'],
  [/^node:(buffer|internal\/buffer|internal\/util.*)$/, 'node: buffers'],
];

/** undefined: whoever called it. */
function placeOfFrame({ url, functionName: name }: Profiler.ProfileNode['callFrame']): string | undefined {
  const pseudo = PSEUDO[name];
  if (pseudo !== undefined) return pseudo;
  if (url === '')
    return KERNEL_WRITES.test(name)
      ? 'kernel: writes to sockets'
      : HASHING.test(name)
        ? 'hashing'
        : undefined;
  if (url.startsWith('node:')) return NODE.find(([pattern]) => pattern.test(url))?.[1] ?? 'node: other';
  const library = LIBRARY.exec(url)?.[1];
  if (library !== undefined) return LIBRARIES[library] ?? (library.startsWith('pg') ? 'pg' : library);
  const own = OURS.exec(url)?.[1];
  return own !== undefined ? `temporal-once: ${own}` : 'the benchmark';
}

function functionName({ url, functionName: name, lineNumber }: Profiler.ProfileNode['callFrame']): string {
  const file = url.replace(/^.*\//, '');
  return `${name === '' ? '(anonymous)' : name}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`;
}
