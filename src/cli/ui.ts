import { userInfo } from 'node:os';
import { once as emitted } from 'node:events';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { shared } from '../dashboard/shared';
import { TemporalUi } from '../dashboard/temporal-ui';
import { InvalidOptionError } from '../errors';
import { healthSources } from '../health-sources';
import type { Idempotency } from '../idempotency/service';
import { registeredPlan } from '../registry/registered-plan';
import { checkHealth } from '../schedules/health/check';
import { HEALTH_DEFAULTS } from '../schedules/health/limits';
import type { HealthReport } from '../schedules/health/report';
import { readPlanFile } from '../schedules/plan';
import { addCodecFlags, dataConverterOf } from './codec-endpoint';
import { examples } from './examples';
import { print } from './output';
import { readPlan } from './plan/read-plan';
import { storeOptions, withService } from './store';
import { namespaceOf, withTemporal } from './temporal-connection';

interface Flags {
  readonly host: string;
  readonly port: string;
  readonly token?: true;
  readonly allowHost?: readonly string[];
  readonly readOnly?: true;
  readonly reveal?: true;
  readonly who?: string;
  readonly temporalUi: string;
  readonly plan?: string;
  readonly health?: true;
}

/** The server is asked for each schedule: pages that are looked at one after the other share an answer. */
const HEALTH_FOR_MS = 15_000;
const DEFAULT_UI = 'http://localhost:8233';

/** `ui`: serves the page until it is told to end. */
export function addUi(program: Command): void {
  addCodecFlags(program.command('ui'))
    .description(
      'Serves a page: duplicates saved, live claims and locks, unknown outcomes to decide, schedules, coverage.',
    )
    .option('--host <address>', 'listen there; elsewhere than on loopback a token is demanded', '127.0.0.1')
    .option('--port <number>', 'listen there; 0: any free one', '8235')
    .option('--token', 'demand a token on loopback too')
    .option('--allow-host <name...>', 'names by which a browser may reach the page, e.g. of a proxy')
    .option('--read-only', 'show, and let nothing be decided')
    .option('--reveal', 'show recorded results and errors')
    .option('--who <name>', 'who decides, unless the form says otherwise (default: the user of this process)')
    .option('--temporal-ui <url>', 'where links to workflows and schedules lead', DEFAULT_UI)
    .option('--plan <file>', 'a plan file whose schedules are shown; default: those that are registered')
    .option('--health', 'ask the Temporal server what became of the schedules, when that is looked at')
    .addHelpText(
      'after',
      examples(
        'temporal-once ui',
        'temporal-once ui --plan plan.yaml --health --temporal-ui https://temporal.example.com',
        'temporal-once ui --reveal --codec-endpoint http://127.0.0.1:8081/{namespace}',
        'temporal-once ui --host 0.0.0.0 --allow-host once.example.com --read-only',
      ),
    )
    .action(async (_flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { plan } = flags;
      const port = portOf(flags.port);
      storeOptions(command);
      const dataConverter = dataConverterOf(command);
      if (plan !== undefined) await readPlan(plan, command);
      // Only this command pays for loading a web server.
      const { startDashboard } = await import('../dashboard/server.js');
      const temporalUi = new TemporalUi(flags.temporalUi, namespaceOf(command));
      const ending = endSignal();
      const serve = async (once: Idempotency, client?: Client): Promise<void> => {
        const page = await startDashboard({
          once,
          temporalUi,
          host: flags.host,
          port,
          demandToken: flags.token === true,
          allowedHosts: flags.allowHost ?? [],
          readOnly: flags.readOnly === true,
          reveal: flags.reveal === true,
          hasCodec: dataConverter.payloadCodecs.length > 0,
          who: flags.who ?? userInfo().username,
          readPlan: () =>
            plan === undefined
              ? registeredPlan(once.registered.store(), namespaceOf(command))
              : readPlanFile(plan),
          health: client && shared(() => healthNow(once, client, plan), HEALTH_FOR_MS),
          onError: (error) =>
            process.stderr.write(`error: ${error instanceof Error ? error.stack : String(error)}\n`),
        });
        print(command, { url: page.url }, linesOf(page.url, page.demandsToken, flags.host));
        await ending;
        await page.close();
      };
      await withService(
        command,
        (once) =>
          flags.health === true ? withTemporal(command, (client) => serve(once, client)) : serve(once),
        { dataConverter },
      );
    });
}

/** Of the plan's schedules; without a plan, of all in the namespace. */
async function healthNow(once: Idempotency, client: Client, plan: string | undefined): Promise<HealthReport> {
  const sources = healthSources(client, once.registered.store());
  const nowMs = (await once.clock()).getTime();
  return checkHealth(sources, {
    ...HEALTH_DEFAULTS,
    nowMs,
    unowned: true,
    plan: plan === undefined ? undefined : await readPlanFile(plan),
  });
}

function linesOf(url: string, demandsToken: boolean, host: string): string[] {
  const open = demandsToken
    ? 'The token in the address is drawn anew at each start. The connection is not encrypted: put a proxy with TLS in front where others can listen.'
    : 'Everybody with a shell on this machine can open it; --token asks them for one.';
  const every = host === '0.0.0.0' || host === '::' ? ['Open it by a name or address of this machine.'] : [];
  return [`Open ${url}`, open, ...every, 'Ctrl-C ends it.'];
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process as it would have. */
function endSignal(): Promise<unknown> {
  const both = new AbortController();
  return Promise.race(
    ['SIGINT', 'SIGTERM'].map((name) =>
      emitted(process, name, { signal: both.signal }).catch(() => undefined),
    ),
  ).finally(() => both.abort());
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new InvalidOptionError('--port', `${JSON.stringify(text)} is no port`, 'Give 0 to 65535');
}
