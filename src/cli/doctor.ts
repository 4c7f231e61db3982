import { Option, type Command } from 'commander';
import { openPostgres } from '../idempotency/connect';
import { addCodecFlags, dataConverterOf } from './codec-endpoint';
import { colorsOf } from './colors';
import { fail, ok, reasonOf, skip, type Checked } from './doctor/check';
import { checkClocks } from './doctor/clocks';
import { ROLES, type Role } from './doctor/grants';
import { checkPostgres } from './doctor/postgres';
import { checkRedis } from './doctor/redis';
import { checkTemporal } from './doctor/temporal';
import { checkVersions } from './doctor/versions';
import { examples } from './examples';
import { EXIT, Reported } from './exit';
import { print } from './output';
import { safeText } from './record-table';
import { storeOptions } from './store';
import { withTemporal } from './temporal-connection';

interface Flags {
  readonly role: Role;
  readonly temporal: boolean;
}

export function addDoctor(program: Command): void {
  addCodecFlags(program.command('doctor'))
    .addOption(
      new Option('--role <role>', 'whose grants are looked at').choices([...ROLES]).default('worker'),
    )
    .option('--no-temporal', 'do not ask Temporal')
    .description(
      'Looks at everything this package stands on; each finding with what to do. Exit 1 where a check fails.',
    )
    .addHelpText('after', examples('temporal once doctor', 'temporal once doctor --role operator -o json'))
    .action(async ({ role, temporal }: Flags, command: Command) => {
      const checks = [
        ...checkVersions(),
        ...(await storeChecks(command, role)),
        ...(temporal
          ? await checkTemporal((body) => withTemporal(command, body))
          : [skip('temporal', 'not asked')]),
        await codecCheck(command),
      ];
      const healthy = checks.every(({ status }) => status !== 'fail');
      print(command, { ok: healthy, checks }, lines(checks, command), checks);
      if (!healthy) throw new Reported(EXIT.failed);
    });
}

async function storeChecks(command: Command, role: Role): Promise<Checked[]> {
  const { postgres, schema, redis } = storeOptions(command);
  const store = openPostgres({ postgres, schema });
  try {
    const found = await checkPostgres(store.pool, schema, role);
    const { checks, at } = await checkRedis(redis);
    if (found[0]?.status === 'fail') return [...found, ...checks];
    // Asked again beside Postgres: in between time went by.
    const again = async (): Promise<number | undefined> =>
      at === undefined ? at : (await checkRedis(redis)).at;
    return [...found, ...checks, await checkClocks(store.pool, again)];
  } finally {
    await store.close();
  }
}

/** A codec server is asked to turn a harmless value there and back. */
async function codecCheck(command: Command): Promise<Checked> {
  const [codec] = dataConverterOf(command).payloadCodecs;
  if (codec === undefined) return skip('codec server', 'none given');
  try {
    const data = Buffer.from('"temporal once doctor"');
    const encoded = await codec.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data }]);
    const [back] = await codec.decode(encoded);
    if (Buffer.compare(Buffer.from(back?.data ?? []), data) === 0)
      return ok('codec server', 'there and back');
    return fail('codec server', 'gave back another value', 'see that /encode and /decode belong together');
  } catch (error) {
    return fail('codec server', reasonOf(error), 'check --codec-endpoint and --codec-auth');
  }
}

function lines(checks: readonly Checked[], command: Command): string[] {
  const colors = colorsOf(command);
  const words = {
    ok: colors.green('ok  '),
    warn: colors.yellow('warn'),
    fail: colors.red('FAIL'),
    skip: colors.dim('skip'),
  };
  return checks.flatMap(({ name, status, found, remedy }) => [
    `${words[status]}  ${name.padEnd(20)} ${safeText(found)}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(27)}${colors.bold('→')} ${remedy}`]),
  ]);
}
