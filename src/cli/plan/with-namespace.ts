import type { Command } from 'commander';
import { headerExpiries } from '../../interceptors/expiry-header';
import type { OwnedSchedules } from '../../schedules/owned';
import { LiveSchedules } from '../../schedules/live';
import { storeOptions, withService } from '../store';
import { withTemporal } from '../temporal-connection';

/**
 * For commands that compare a plan with a namespace: the server, and the registry in Postgres.
 * @throws InvalidOptionError without Postgres, before anything is connected
 */
export function withNamespace<T>(
  command: Command,
  body: (server: LiveSchedules, owned: OwnedSchedules) => Promise<T>,
): Promise<T> {
  storeOptions(command);
  return withTemporal(command, (client) =>
    withService(command, (once) => {
      const server = new LiveSchedules(client, headerExpiries);
      const exists = async (id: string): Promise<boolean> => (await server.find(id)) !== undefined;
      return body(server, once.registered.ofPlans(server.namespace, exists));
    }),
  );
}
