import type { Surroundings } from '../surroundings';
import { openBullmq } from './bullmq';
import { openDbos } from './dbos';
import { openGraphileWorker } from './graphile-worker';
import type { OpenPeer, Peer } from './peer';
import { openPgBoss } from './pg-boss';
import { openPowertools } from './powertools';
import { openSetnx } from './setnx';

const OPEN: Readonly<Record<string, OpenPeer>> = {
  powertools: openPowertools,
  'setnx-by-hand': openSetnx,
  bullmq: openBullmq,
  'pg-boss': openPgBoss,
  'graphile-worker': openGraphileWorker,
  dbos: openDbos,
};

/**
 * Works with all peers that can be had; the others are told as missing lines of the case.
 * @throws Error when one of them did an operation twice, or not at all: then its figures would be of something else.
 */
export async function withPeers<T>(
  on: Surroundings,
  caseName: string,
  work: (peers: readonly Peer[]) => Promise<T>,
): Promise<T> {
  const peers: Peer[] = [];
  try {
    for (const [name, open] of Object.entries(OPEN)) {
      try {
        peers.push(await open(on));
      } catch (error) {
        on.missing(`${caseName}/${name}`, error instanceof Error ? error.message : String(error));
      }
    }
    const result = await work(peers);
    for (const { name, done: count } of peers) {
      const { done, asked } = await count();
      if (done !== asked) throw new Error(`${name}: ${done} done of ${asked}`);
    }
    return result;
  } finally {
    for (const peer of peers) await peer.close();
  }
}
