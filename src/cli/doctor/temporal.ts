import type { Client } from '@temporalio/client';
import { MissingPeerError } from '../../store-errors';
import { InvalidOptionError } from '../../errors';
import { fail, ok, reasonOf, type Checked } from './check';

/** The server and its namespace. `connect` runs with a client and closes it. */
export async function checkTemporal(
  connect: (body: (client: Client) => Promise<Checked[]>) => Promise<Checked[]>,
): Promise<Checked[]> {
  try {
    return await connect(async (client) => {
      const { namespace } = client.options;
      const info = await client.workflowService.getSystemInfo({});
      const reached = ok('temporal', `server ${info.serverVersion ?? 'reached'}`);
      try {
        const { config } = await client.workflowService.describeNamespace({ namespace });
        const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
        return [
          reached,
          ok('namespace', `${namespace}, keeps histories for ${Math.round(days * 10) / 10} days`),
        ];
      } catch (error) {
        return [
          reached,
          fail('namespace', `${namespace}: ${reasonOf(error)}`, 'name it with --namespace or the profile'),
        ];
      }
    });
  } catch (error) {
    if (error instanceof InvalidOptionError || error instanceof MissingPeerError)
      return [fail('temporal', reasonOf(error), 'correct what it names')];
    return [
      fail(
        'temporal',
        reasonOf(error),
        'check that it runs, and --address, TLS and API key; flags, TEMPORAL_ or profile',
      ),
    ];
  }
}
