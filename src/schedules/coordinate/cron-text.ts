import { intervalWords, specWords } from '../spec-words';
import { durationWords } from '../duration-words';
import type { Job } from '../job';
import { parseSpec } from '../spec';
import { MACROS } from '../spec/cron';
import { shiftedMinutes, shiftedOffsetMs, shiftedSpec } from './shifts';

/** Longer lists are written as a range with a step where they are one. */
const LONGEST_LIST = 6;
const CRON = /^(\s*(?:(?:CRON_)?TZ=\S* +)?)([^#]*?)(\s*(?:#[^]*)?)$/;

/** A cron string with other minutes; zone, comment and all other fields stay as they are written. Undefined for what is none. */
export function shiftedCron(cron: string, by: number): string | undefined {
  const [, zone = '', written = '', comment = ''] = CRON.exec(cron) ?? [];
  const { spec } = parseSpec({ cronExpressions: [cron] });
  if (spec === undefined) return undefined;
  const [interval] = spec.intervals;
  if (interval !== undefined) {
    const [every = ''] = written.split('/');
    const offsetMs = shiftedOffsetMs(interval.everyMs, interval.offsetMs, by);
    return `${zone}${every}${offsetMs === 0 ? '' : `/${durationWords(offsetMs)}`}${comment}`;
  }
  const [calendar] = spec.calendars;
  const fields = MACROS[written] ?? written;
  const words = fields.split(/(\s+)/);
  // Every other one is the space between two fields; seven fields begin with the second.
  const minute = words.length === 13 ? 2 : 0;
  if (calendar === undefined || words[minute] === undefined) return undefined;
  words[minute] = minutesText(shiftedMinutes(calendar, by));
  return `${zone}${words.join('')}${comment}`;
}

/** The minute field of a cron string. */
export function minutesText(minutes: readonly number[]): string {
  const [first = 0, second = 0] = minutes;
  const step = second - first;
  const last = minutes.at(-1) ?? first;
  const even = minutes.every((minute, index) => minute === first + index * step);
  if (minutes.length <= 2 || !even || (step > 1 && minutes.length <= LONGEST_LIST)) return minutes.join();
  if (step === 1) return `${first}-${last}`;
  return `${first}-${last + step > 59 ? 59 : last}/${step}`;
}

/** The times of a job after a shift, on one line, as its `specText`. */
export function shiftedText({ spec, specText }: Job, by: number): string {
  const moved = shiftedSpec(spec, by);
  const parts = specText.split('; ');
  if (parts.length !== spec.calendars.length + spec.intervals.length) return specWords(moved);
  const texts = parts.map((part) =>
    /^every /.test(part) ? intervalText(part, by) : /^at /.test(part) ? undefined : shiftedCron(part, by),
  );
  return texts.every((text) => text !== undefined) ? texts.join('; ') : specWords(moved);
}

function intervalText(text: string, by: number): string | undefined {
  const [, every = '', offset = '0s'] = /^every (\S+)(?: offset (\S+))?$/.exec(text) ?? [];
  const { spec } = parseSpec({ intervals: [{ every, offset }] });
  const [interval] = spec?.intervals ?? [];
  if (interval === undefined) return undefined;
  const { everyMs, offsetMs } = interval;
  return intervalWords({ everyMs, offsetMs: shiftedOffsetMs(everyMs, offsetMs, by) });
}
