import { durationWords } from './duration-words';
import { canonical, parseSpec, type Calendar, type Interval, type Spec } from './spec';
import { FIELDS } from './spec/fields';

/** A spec on one line, in cron strings where its calendars can be said so. */
export function specWords(spec: Spec): string {
  const parts = [
    ...new Set(spec.calendars.map((calendar) => cronOf(calendar, spec.timezone) ?? calendarWords(calendar))),
    ...spec.intervals.map(intervalWords),
  ];
  const less = spec.exclude.map((calendar) => cronOf(calendar, spec.timezone) ?? calendarWords(calendar));
  return `${parts.join('; ')}${less.length === 0 ? '' : ` except ${less.join('; ')}`}`;
}

export function intervalWords({ everyMs, offsetMs }: Interval): string {
  return `every ${durationWords(everyMs)}${offsetMs === 0 ? '' : ` offset ${durationWords(offsetMs)}`}`;
}

/**
 * A cron string for one calendar: its comment where that is one and says the same times, else one made of its fields.
 * Held to the engine: what does not read back as the same times is no answer.
 */
export function cronOf(calendar: Calendar, timezone: string): string | undefined {
  const wanted = canonical({ calendars: [calendar], intervals: [], exclude: [], timezone, jitterMs: 0 });
  return [calendar.comment, composed(calendar)].find((cron) => {
    if (cron === '' || /TZ=/.test(cron)) return false;
    const { spec } = parseSpec({ cronExpressions: [cron], timezone });
    return spec !== undefined && canonical(spec) === wanted;
  });
}

function composed(calendar: Calendar): string {
  const text = Object.fromEntries(
    FIELDS.map(({ name, min, max }) => [name, fieldText(calendar[name], min, max)]),
  );
  const five = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'].map((name) => text[name]).join(' ');
  const { second = '0', year = '*' } = text;
  if (second === '0' && year === '*') return five;
  return second === '0' ? `${five} ${year}` : `${second} ${five} ${year}`;
}

function fieldText(ranges: Calendar['minute'], min: number, max: number): string {
  if (ranges.length === 0) return '*';
  return ranges
    .map(({ start, end, step }) => {
      if (start === end) return String(start);
      const range = start === min && end === max ? '*' : `${start}-${end}`;
      return step === 1 ? range : `${range}/${step}`;
    })
    .join(',');
}

function calendarWords(calendar: Calendar): string {
  return FIELDS.map(({ name, min, max }) => `${name} ${fieldText(calendar[name], min, max)}`).join(', ');
}
