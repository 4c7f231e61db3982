// Gives a store random commands on few keys and writes down every answer with the times before and after.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../../src';
import type { ClaimRequest, Settlement } from '../../../src/stores/store';
import type { Entry } from '../../stores/hammer/journal';
import { newPostgresStore } from '../../stores/open';
import { randomNumbers, request } from '../../stores/subject';
import { report, settings, told } from '../processes';
import { openPool } from '../services';

const { schema, keys, seed, forMs, callers, url, patienceMs } = settings<{
  schema: string;
  keys: string[];
  seed: number;
  /** Without it until it is told to stop. */
  forMs?: number;
  callers: number;
  /** Of another database than that of the tests. */
  url?: string;
  patienceMs?: number;
}>();
const elsewhere = url === undefined ? {} : { connectionString: url };
const store = newPostgresStore(openPool({ max: 4, ...elsewhere }), schema, patienceMs);
const journal: Entry[] = [];
let untilMs = 0;
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

interface Ticket {
  readonly asked: ClaimRequest;
  readonly fence: bigint;
}

async function claim(asked: ClaimRequest): Promise<Ticket | undefined> {
  const before = nowMs();
  const answer = await store.claim(asked);
  const { key, nonce, leaseMs } = asked;
  const { execution, startOrder } = asked.owner;
  const payload = answer.kind === 'outcome' ? Buffer.from(answer.payload ?? []).toString() : undefined;
  const asker = { key, nonce, leaseMs, execution, startOrder };
  const found = { kind: answer.kind, fence: answer.fence.toString(), payload };
  journal.push({ is: 'claim', ...asker, ...found, before, after: nowMs() });
  return answer.kind === 'claimed' ? { asked, fence: answer.fence } : undefined;
}

async function settle(ticket: Ticket, op: Settlement['op'], forMsOfIt: number): Promise<void> {
  const { asked, fence } = ticket;
  const name = { key: asked.key, fence, nonce: asked.nonce };
  // One text a claim: who says it again says the same.
  const payload = `${op} of ${asked.nonce}`;
  const kept = {
    payload: Buffer.from(payload),
    context: undefined,
    retentionMs: forMsOfIt,
    cache: undefined,
  };
  const before = nowMs();
  const verdict = await store.settle(
    op === 'release'
      ? { ...name, op }
      : op === 'renew'
        ? { ...name, op, leaseMs: forMsOfIt }
        : { ...name, op, ...kept },
  );
  const said = { op, fence: fence.toString(), verdict, forMs: op === 'release' ? 0 : forMsOfIt, payload };
  journal.push({ is: 'settle', key: asked.key, ...said, before, after: nowMs() });
}

/** Asked once, unlike claims and settlements: whether it was done is not known when the reply was lost. */
async function unlessAway<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    await sleep(20);
    return undefined;
  }
}

async function clear(key: string): Promise<void> {
  const before = nowMs();
  const answer = await unlessAway(store.clear(key));
  const unsure = answer === undefined;
  journal.push({ is: 'clear', key, fence: String(answer?.fence ?? 0), unsure, before, after: nowMs() });
}

/** One caller of this process: it keeps its old claims and speaks for them long after they were lost. */
async function call(caller: number): Promise<void> {
  const next = randomNumbers(seed + caller * 7_919);
  const old: Ticket[] = [];
  const ways = ['complete', 'complete', 'fail', 'release', 'renew'] as const;
  while (nowMs() < untilMs) {
    const key = keys[next(keys.length)] as string;
    const what = next(20);
    if (what === 0) {
      await clear(key);
    } else if (what === 1) {
      const payload = randomUUID();
      const retentionMs = 1 + next(30);
      const bytes = { payload: Buffer.from(payload), fingerprint: 'f-1', context: undefined };
      const before = nowMs();
      const verdict = await unlessAway(store.record({ key, type: 'charge', ...bytes, retentionMs }));
      if (verdict !== undefined)
        journal.push({ is: 'record', key, verdict, payload, retentionMs, before, after: nowMs() });
    } else if (what < 6 && old.length > 0) {
      const ticket = old[next(old.length)] as Ticket;
      if (next(4) === 0) await claim(ticket.asked);
      else await settle(ticket, ways[next(ways.length)] ?? 'renew', 1 + next(60));
    } else {
      const owner = { execution: `execution-${next(4)}`, startOrder: next(3) };
      const ticket = await claim(request(key, { leaseMs: 1 + next(60), owner }));
      if (ticket === undefined) continue;
      old.push(ticket);
      if (old.length > 8) old.shift();
      if (next(3) === 0) await sleep(next(12));
      // One in five vanishes without a word.
      if (next(5) > 0) await settle(ticket, ways[next(ways.length)] ?? 'complete', 1 + next(60));
    }
  }
}

async function main(): Promise<void> {
  const [go, stop] = [told('go'), told('stop')];
  await store.lookup('warm');
  await report('ready');
  await go;
  untilMs = nowMs() + (forMs ?? Infinity);
  void stop.then(() => (untilMs = 0));
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  await report('journal', { entries: journal });
  await store.close();
  process.disconnect();
}

void main();
