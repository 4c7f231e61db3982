import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Pool } from 'pg';

/** Where a contestant works: names of this run and case alone, and a pool of as many connections as the service has. */
export interface Place {
  readonly suffix: string;
  readonly schema: string;
  readonly prefix: string;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly pool: Pool;
}

/** A way of having something done once, or a floor or limit of that. */
export interface Peer {
  readonly name: string;
  /** Operation `n` of the first 1,000, which `open` had done already: answered, or refused, as the duplicate it is. */
  readonly duplicate: (n: number) => Promise<unknown>;
  /** An operation never seen before. */
  readonly first: () => Promise<unknown>;
  /** Operations in one call of `first`, where it carries many; then so many fewer calls are in flight. */
  readonly firstsACall?: number;
  /** Takes away what the first executions of a slice left, where that would fill memory; not measured. */
  readonly settle?: () => Promise<void>;
  /**
   * How many operations were done, of those asked for: equal where each was done once.
   * Where jobs are only queued: how many jobs there are.
   */
  readonly done: () => Promise<{ readonly done: number; readonly asked: number }>;
  /** Leaves nothing behind. */
  readonly close: () => Promise<void>;
}

export type OpenPeer = (on: Place) => Promise<Peer>;

/** Operations of which each peer's duplicates are. */
export const KEYS = 1000;

const INSTALLED = join(__dirname, '..', '..', '..', 'bench', 'package.json');
const requireInstalled = createRequire(INSTALLED);

/**
 * A module of bench/node_modules, which no package.json of ours but that in bench/ knows: `T` is the part of it that is used.
 * @throws Error saying what to type when it is not installed.
 */
export function peerModule<T>(name: string): T {
  return requireInstalled(peerModulePath(name)) as T;
}

/**
 * Its file.
 * @throws Error saying what to type when it is not installed.
 */
export function peerModulePath(name: string): string {
  try {
    return requireInstalled.resolve(name);
  } catch (error) {
    throw new Error(`${name} is not installed: npm ci --prefix bench`, { cause: error });
  }
}

/** Whether `peerModule` finds any. */
export function peersInstalled(): boolean {
  try {
    requireInstalled.resolve('bullmq');
    return true;
  } catch {
    return false;
  }
}

/** `op(0)` … `op(KEYS - 1)`, some at a time. */
export async function forEachKey(op: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < KEYS) await op(next++);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}
