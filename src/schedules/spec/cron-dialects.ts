import type { Field } from './fields';

export interface ForeignFeature {
  readonly feature: string;
  readonly remedy: string;
}

/** What another dialect of cron means by a text that Temporal refuses; undefined if nobody means anything by it. */
export function foreignFeature(part: string, field: Field): ForeignFeature | undefined {
  const day = field.name === 'dayOfMonth' || field.name === 'dayOfWeek';
  if (part === '?') return { feature: `Quartz's "no matter which"`, remedy: `Write *.` };
  if (day && /^(\d*|[a-z]{3})L$|^L(-\d+)?$/i.test(part))
    return {
      feature: `Quartz's "last"`,
      remedy: 'Write one calendar per length of month, e.g. 31 in 1,3,5,7,8,10,12 and 30 in 4,6,9,11.',
    };
  if (day && /^(\d+|L)W$/i.test(part))
    return {
      feature: `Quartz's "nearest weekday"`,
      remedy: 'Write the days, and skip those that fall on a weekend.',
    };
  if (/^H(\(.*\))?$/i.test(part.split('/')[0] ?? ''))
    return { feature: `Jenkins' hashed value`, remedy: 'Choose a number, or give the schedule a jitter.' };
  if (field.name === 'hour' && part === '24')
    return { feature: 'an hour 24', remedy: 'Write 0: the day that follows begins there.' };
  return undefined;
}

/** Macros that others know. */
export function foreignMacro(text: string): ForeignFeature | undefined {
  if (text === '@reboot')
    return { feature: '@reboot', remedy: 'Start a workflow when the worker starts instead.' };
  if (/^@(weekdays|weekends|quarterly|every_minute|minutely)$/.test(text))
    return { feature: text, remedy: 'Write the five fields, e.g. 0 0 * * 1-5.' };
  return undefined;
}
