import { setTimeout as sleep } from 'node:timers/promises';
import { startTemporal, need, type PrivateService } from './services';

/** A server whose schedules are run by one of Temporal's two schedulers. */
export interface Scheduler {
  readonly name: 'workflow-backed' | 'newer';
  /** Known while tests run, not while they are described. */
  address(): string;
  /** Stands still for a while with its whole server, so that it has to catch up; false where the server is not the test's own. */
  stall(ms: number): Promise<boolean>;
}

const NEWER = [
  'history.enableCHASMSchedulerCreation=true',
  'history.chasmSchedulerCreationRolloutPercent=100',
].flatMap((value) => ['--dynamic-config-value', value]);

let newer: Promise<PrivateService> | undefined;

/** The server of the newer scheduler: given, or started by the first suite that wants it and ended with the process. */
async function newerAddress(): Promise<string> {
  const given = process.env['TEMPORAL_CHASM_ADDRESS'];
  if (given !== undefined && given !== '') return given;
  return (await (newer ??= startTemporal(NEWER))).url;
}

async function stall(ms: number): Promise<boolean> {
  const server = await newer;
  if (server === undefined) return false;
  server.signal('SIGSTOP');
  try {
    await sleep(ms);
  } finally {
    server.signal('SIGCONT');
  }
  return true;
}

/**
 * Describes a suite once for each scheduler: they differ in what they do and in what they ignore. The title of a suite
 * names its scheduler.
 */
export function forEachScheduler(
  title: string,
  suite: (this: Mocha.Suite, scheduler: Scheduler) => void,
): void {
  const schedulers = {
    'workflow-backed': (context: Mocha.Context) => {
      need(context, 'TEMPORAL_ADDRESS');
      return process.env['TEMPORAL_ADDRESS'] as string;
    },
    newer: async (context: Mocha.Context) => {
      if (!process.env['TEMPORAL_CHASM_ADDRESS']) need(context, 'ONCE_TEMPORAL_BIN');
      return newerAddress();
    },
  };
  for (const [name, find] of Object.entries(schedulers)) {
    describe(`${title} (${name} scheduler)`, function () {
      let address = '';
      before(async function () {
        address = await find(this);
      });
      suite.call(this, {
        name: name as Scheduler['name'],
        address: () => address,
        stall: (ms) => (name === 'newer' ? stall(ms) : Promise.resolve(false)),
      });
    });
  }
}
