import * as crypto from 'node:crypto';
import { deriveKey } from '../../src';
import { comparedLine, type Line } from '../line';
import { interleave, syncMicros } from '../measure';
import { kilobyteArgs } from '../samples';
import type { Surroundings } from '../surroundings';

const VALUES = 64;

/**
 * Key of 1 KB of JSON arguments: canonical text and SHA-256. Floor: `JSON.stringify` and SHA-256 of the same value by
 * the fastest call Node has, which is what one would write who gives no thought to the order of fields.
 */
export async function keyTime(on: Surroundings): Promise<Line[]> {
  const values = Array.from({ length: VALUES }, (_, n) => kilobyteArgs(n));
  const ours = (n: number): unknown =>
    deriveKey({ namespace: 'default', type: 'bench', args: values[n % VALUES] ?? [] });
  const floor = (n: number): unknown => sha256(JSON.stringify(values[n % VALUES]));
  const { sliceMs, warmUpMs } = on.effort;
  syncMicros(floor, warmUpMs);
  syncMicros(ours, warmUpMs);
  const compared = await interleave(
    on.effort,
    async () => syncMicros(floor, sliceMs / 2),
    async () => syncMicros(ours, sliceMs / 2),
  );
  return [comparedLine('key-1k', 'us', compared, { atMost: 3 })];
}

const oneShot = (crypto as { readonly hash?: typeof crypto.hash }).hash;

function sha256(text: string): string {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(text, 'utf8').digest('base64url')
    : oneShot('sha256', text, 'base64url');
}
