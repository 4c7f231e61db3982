import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds, after two collections. Bytes and milliseconds. */
export interface ProcessSample {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** Sockets, timers, pipes, … by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** Entries of the package's own maps, sets and lists, by where they are. */
  readonly entries: Readonly<Record<string, number>>;
  readonly loopDelayP50Ms: number;
  readonly loopDelayP99Ms: number;
  /** Processor time since the sample before. */
  readonly cpuMs: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
let cpu = process.cpuUsage();

export async function sampleProcess(entries: () => Record<string, number>): Promise<ProcessSample> {
  const loopDelayP50Ms = delay.percentile(50) / 1e6;
  const loopDelayP99Ms = delay.percentile(99) / 1e6;
  // Twice with a turn between: what finalizers let go of is counted out too.
  for (let i = 0; i < 2; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const used = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  // From here on, so that the collections above are not taken for delays of the load.
  delay.reset();
  return {
    ...{ rss, heapUsed, external, arrayBuffers, handles, entries: entries() },
    ...{ loopDelayP50Ms, loopDelayP99Ms, cpuMs: (used.user + used.system) / 1000 },
  };
}
