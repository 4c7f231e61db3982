import type { RedisClient } from './client';

const SLOTS = 16_384;

/** CRC-16/XMODEM, byte by byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * The slot of a name in a cluster. Where the name has braces with something between, that alone counts: a prefix has none, so
 * entries spread over all nodes by their keys, and a user who wants keys on one node gives them the same braces.
 */
export function slotOf(name: string): number {
  const open = name.indexOf('{');
  const close = open < 0 ? -1 : name.indexOf('}', open + 1);
  const counted = close > open + 1 ? name.slice(open + 1, close) : name;
  let crc = 0;
  for (const byte of Buffer.from(counted)) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] as number);
  return crc % SLOTS;
}

/** Which server has a name, as far as the client knows: a server that is asked alone has all of them. */
export function nodeOf(client: RedisClient, name: string): string {
  return client.isCluster === true ? (client.slots?.[slotOf(name)]?.[0] ?? '') : '';
}
