import type { ConnectionLike } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { CLOSE_EVENT } from './chain-end';
import type { HistoryEvent } from './run-end';
import { isUnknown } from '../server-answers';
import type { RunServer } from './run-server';

type HistoryRequest = temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryRequest;
type HistoryResponse = temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse;

export interface WatchedRun {
  readonly namespace: string;
  readonly workflowId: string;
  /** The first run that was asked for; undefined for whichever is the latest. */
  readonly runId: string | undefined;
}

/** Told of what passes when somebody waits for the result of a workflow. */
export interface RunWatcher {
  /** Asked for every such request, so it has to be cheap. */
  concerns(workflowId: string): boolean;
  /** A closing event has come and goes to its caller afterwards. Never rejects, and takes a bounded time. */
  closed(run: WatchedRun, event: HistoryEvent, server: RunServer): Promise<void>;
  /**
   * The server does not know the run.
   * @returns what the caller gets instead; undefined: what the server said
   */
  gone(run: WatchedRun, server: RunServer): Promise<HistoryResponse | undefined>;
}

const watchers = new WeakMap<object, RunWatcher>();

/**
 * The same connection, whose waits for the end of a workflow are watched: `handle.result()` and `execute` have no
 * interceptor. Everything else is the connection's own, this included.
 */
export function watchRuns<C extends ConnectionLike>(connection: C, watcher: RunWatcher): C {
  if (watchers.get(connection) === watcher) return connection;
  const services = new WeakMap<object, object>();
  const watched = standIn(connection, (name, value) => {
    if (name !== 'workflowService' || typeof value !== 'object' || value === null) return value;
    let service = services.get(value);
    if (service === undefined) services.set(value, (service = watchedService(connection, value, watcher)));
    return service;
  });
  watchers.set(watched, watcher);
  return watched;
}

function watchedService(connection: ConnectionLike, service: object, watcher: RunWatcher): object {
  // The SDK goes through a chain of runs with one request object: what was asked for first names the chain.
  const chains = new WeakMap<HistoryRequest, WatchedRun>();
  return standIn(service, (name, value) => {
    if (name !== 'getWorkflowExecutionHistory' || typeof value !== 'function') return value;
    return new Proxy(value, {
      apply: (method, self, args: unknown[]): unknown => {
        const ask = (): unknown => Reflect.apply(method, self, args);
        const request = args[0] as HistoryRequest;
        // With a callback there is no promise to wait with.
        const run = args.length === 1 ? runOf(request) : undefined;
        if (run === undefined || !watcher.concerns(run.workflowId)) return ask();
        const first = chains.get(request);
        const chain = first?.workflowId === run.workflowId ? first : run;
        chains.set(request, chain);
        return watch(connection, chain, watcher, ask as () => Promise<HistoryResponse>);
      },
    });
  });
}

async function watch(
  connection: ConnectionLike,
  run: WatchedRun,
  watcher: RunWatcher,
  ask: () => Promise<HistoryResponse>,
): Promise<HistoryResponse> {
  let response: HistoryResponse;
  try {
    response = await ask();
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const instead = await watcher.gone(run, serverOf(connection, run.namespace)).catch(throwAsItIs);
    if (instead === undefined) throw error;
    return instead;
  }
  const event = response.history?.events?.at(-1);
  if (event !== undefined) await watcher.closed(run, event, serverOf(connection, run.namespace));
  return response;
}

/** The run whose end a request waits for; undefined for any other request. */
function runOf(request: HistoryRequest | null | undefined): WatchedRun | undefined {
  if (request?.waitNewEvent !== true || Number(request.historyEventFilterType) !== CLOSE_EVENT)
    return undefined;
  const { namespace, execution } = request;
  if (!namespace || !execution?.workflowId) return undefined;
  return { namespace, workflowId: execution.workflowId, runId: execution.runId || undefined };
}

function serverOf(connection: ConnectionLike, namespace: string): RunServer {
  return {
    options: { namespace },
    workflowService: connection.workflowService,
    withDeadline: (deadline, fn) => connection.withDeadline(deadline, fn),
  };
}

/**
 * What the SDK doesn't know as an error of gRPC it wraps. One that looks like it, and throws itself when it is looked
 * into, comes through to the caller as it is.
 */
function throwAsItIs(error: unknown): never {
  if (error instanceof Error && !('metadata' in error)) {
    const get = (): never => {
      throw error;
    };
    Object.defineProperty(error, 'details', { value: '', enumerable: false, configurable: true });
    Object.defineProperty(error, 'metadata', { value: { get }, enumerable: false, configurable: true });
  }
  throw error;
}

/**
 * Stands in for an object, and only answers otherwise where it is told to. Methods run on the object itself, so its private
 * fields and whatever it keeps by identity are no matter. An object in between keeps a frozen one from being an obstacle.
 */
function standIn<T extends object>(target: T, answer: (name: PropertyKey, value: unknown) => unknown): T {
  const methods = new WeakMap<object, object>();
  const between = {} as T;
  const proxy: T = new Proxy(between, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      const answered = answer(name, value);
      if (typeof answered !== 'function' || name === 'constructor') return answered;
      let method = methods.get(value as object);
      if (method === undefined) {
        method = new Proxy(answered, {
          apply: (fn, self: unknown, args: unknown[]): unknown =>
            Reflect.apply(fn, self === proxy ? target : self, args),
        });
        methods.set(value as object, method);
      }
      return method;
    },
    set: (_, name, value) => Reflect.set(target, name, value, target),
    has: (_, name) => Reflect.has(target, name),
    deleteProperty: (_, name) => Reflect.deleteProperty(target, name),
    defineProperty: (_, name, descriptor) => Reflect.defineProperty(target, name, descriptor),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
    ownKeys: () => Reflect.ownKeys(target),
    getOwnPropertyDescriptor: (_, name) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, name);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
  return proxy;
}
