import type { Command } from 'commander';
import { Option } from 'commander';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { InvalidOptionError } from '../errors';
import { triggerSchedule } from '../temporal/trigger-schedule';
import { examples } from './examples';
import { instant, instantText } from './instant';
import { print } from './output';
import { withTemporal } from './temporal-connection';

const OVERLAPS = Object.values(ScheduleOverlapPolicy).filter((name) => name !== undefined);

interface TriggerFlags {
  readonly asOf?: string;
  readonly overlap?: string;
}

export function addTrigger(program: Command): void {
  program
    .command('trigger')
    .description(
      'Let a schedule act now: a new occurrence, or with --as-of the very one of that nominal time, which runs once.',
    )
    .argument('<schedule-id>', 'the schedule')
    .option('--as-of <time>', 'a nominal time of the schedule, such as 2026-01-01T09:00:00Z')
    .addOption(
      new Option('--overlap <policy>', 'overlap policy of this run')
        .choices(OVERLAPS)
        .argParser(overlapPolicy)
        .default('ALLOW_ALL'),
    )
    .addHelpText(
      'after',
      examples(
        'temporal once trigger nightly-report',
        'temporal once trigger nightly-report --as-of 2026-01-01T09:00:00Z --overlap Skip',
      ),
    )
    .action(async (scheduleId: string, flags: TriggerFlags, command: Command) => {
      // Before anything is connected.
      const asOf = flags.asOf === undefined ? undefined : nominalTime(flags.asOf);
      const overlap = flags.overlap as ScheduleOverlapPolicy;
      await withTemporal(command, (client) => triggerSchedule(client, scheduleId, { asOf, overlap }));
      const as = asOf === undefined ? '' : ` as of ${instantText(asOf)}`;
      print(command, { scheduleId, asOf: asOf === undefined ? null : instantText(asOf), overlap }, [
        `Triggered schedule ${scheduleId}${as}.`,
      ]);
    });
}

/** By the names of the SDK, or those of the Temporal CLI: `BUFFER_ONE`, `BufferOne`, `bufferone`. */
function overlapPolicy(text: string): string {
  const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();
  const known = Object.values(ScheduleOverlapPolicy).find(
    (name) => name !== undefined && plain(name) === plain(text),
  );
  if (known !== undefined) return known;
  const names = Object.values(ScheduleOverlapPolicy).join(', ');
  throw new InvalidOptionError('--overlap', 'is unknown', `Known ones: ${names}`);
}

/** A nominal time is in whole seconds. */
function nominalTime(text: string): Date {
  const at = text.includes('T') ? instant(text) : NaN;
  if (at % 1000 === 0) return new Date(at);
  throw new InvalidOptionError(
    '--as-of',
    'is not acceptable',
    'Give an instant in whole seconds with its offset, such as 2026-01-01T09:00:00Z',
  );
}
