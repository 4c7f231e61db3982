import { civilFromDays, daysFromCivil, daysInMonth, weekdayOfDays } from './civil';
import { LAST_YEAR, tableOf, valuesOf } from './fields';
import type { Calendar } from './spec';
import type { Zone } from './zone';

const HOUR = 3600;
const DAY = 86_400;

/**
 * A calendar in a zone, in the server's way of looking for times, its mistakes at changes of the clock included: it walks
 * the fields from the year inwards and asks for the instant of the wall time it has found. All times are whole seconds.
 */
export class CompiledCalendar {
  private readonly years: ReadonlySet<number> | undefined;
  private readonly month: Uint8Array;
  private readonly dayOfMonth: Uint8Array;
  private readonly dayOfWeek: Uint8Array;
  private readonly hour: Uint8Array;
  private readonly minute: Uint8Array;
  private readonly second: Uint8Array;
  private readonly anyWeekday: boolean;

  constructor(
    calendar: Calendar,
    private readonly zone: Zone,
  ) {
    this.years = calendar.year.length === 0 ? undefined : new Set(valuesOf(calendar.year));
    this.month = tableOf(calendar.month);
    this.dayOfMonth = tableOf(calendar.dayOfMonth);
    this.dayOfWeek = tableOf(calendar.dayOfWeek);
    this.hour = tableOf(calendar.hour);
    this.minute = tableOf(calendar.minute);
    this.second = tableOf(calendar.second);
    this.anyWeekday = valuesOf(calendar.dayOfWeek).length === 7;
  }

  private hasYear(year: number): boolean {
    return this.years?.has(year) ?? true;
  }

  /** Whether an instant is one of the calendar's by the clock on the wall. */
  matches(instant: number): boolean {
    const wall = instant + this.zone.offsetAt(instant);
    const days = Math.floor(wall / DAY);
    const ofDay = wall - days * DAY;
    if (this.second[ofDay % 60] !== 1 || this.minute[Math.floor(ofDay / 60) % 60] !== 1) return false;
    if (this.hour[Math.floor(ofDay / HOUR)] !== 1 || this.dayOfWeek[weekdayOfDays(days)] !== 1) return false;
    const { year, month, day } = civilFromDays(days);
    return this.dayOfMonth[day] === 1 && this.month[month] === 1 && this.hasYear(year);
  }

  /** The server's next time after `after`; -1 when there is none up to the year 2100. May be no later than `after`. */
  next(after: number): number {
    const { zone, month, dayOfMonth, hour, minute, second } = this;
    const wall = after + zone.offsetAt(after);
    const days = Math.floor(wall / DAY);
    const ofDay = wall - days * DAY;
    let { year: y, month: mo, day: d } = civilFromDays(days);
    let h = Math.floor(ofDay / HOUR);
    let m = Math.floor(ofDay / 60) % 60;
    let s = (ofDay % 60) + 1;
    let midnight = days * DAY;
    const hourBefore = after - HOUR;
    // In the second copy of an hour that the clock repeats.
    let repeated = hourOf(hourBefore + zone.offsetAt(hourBefore)) === h ? HOUR : 0;

    outer: for (;;) {
      if (s >= 60) {
        m++;
        s = 0;
      }
      if (m >= 60) {
        const hourHere = zone.instantOf(midnight + h * HOUR);
        const hourNext = zone.instantOf(midnight + (h + 1) * HOUR);
        m = 0;
        // The next hour of the wall is further away than an hour: between them lies a repeated one.
        if (repeated === 0 && hourNext - hourHere > HOUR) repeated = HOUR;
        else {
          h++;
          repeated = 0;
        }
      }
      if (h >= 24) {
        d++;
        h = 0;
        midnight += DAY;
      }
      if (d > daysInMonth(y, mo)) {
        mo++;
        d = 1;
      }
      if (mo > 12) {
        y++;
        mo = 1;
      }
      if (y > LAST_YEAR) return -1;
      if (!this.hasYear(y)) {
        y++;
        mo = 1;
        d = 1;
        h = m = s = repeated = 0;
        midnight = daysFromCivil(y, 1, 1) * DAY;
        continue;
      }
      if (month[mo] !== 1) {
        do {
          mo++;
        } while (mo <= 12 && month[mo] !== 1);
        d = 1;
        h = m = s = repeated = 0;
        midnight = daysFromCivil(mo > 12 ? y + 1 : y, mo > 12 ? 1 : mo, 1) * DAY;
        if (mo > 12) continue;
      }
      while (dayOfMonth[d] !== 1 || !this.hasWeekday(midnight + h * HOUR + m * 60 + s)) {
        d++;
        h = m = s = repeated = 0;
        midnight += DAY;
        if (d > daysInMonth(y, mo)) continue outer;
      }
      while (hour[h] !== 1) {
        h++;
        m = s = repeated = 0;
        if (h >= 24) continue outer;
      }
      while (minute[m] !== 1) {
        m++;
        s = 0;
        if (m >= 60) continue outer;
      }
      while (second[s] !== 1) {
        s++;
        if (s >= 60) continue outer;
      }
      const found = zone.instantOf(midnight + h * HOUR + m * 60 + s);
      // A time in a gap became one of another hour.
      if (hourOf(found + zone.offsetAt(found)) !== h) {
        h++;
        m = s = 0;
        continue;
      }
      return found + repeated;
    }
  }

  /** The server asks for the weekday of the instant, which in a gap at midnight is that of the day before. */
  private hasWeekday(wall: number): boolean {
    if (this.anyWeekday) return true;
    const instant = this.zone.instantOf(wall);
    return this.dayOfWeek[weekdayOfDays(Math.floor((instant + this.zone.offsetAt(instant)) / DAY))] === 1;
  }
}

function hourOf(wall: number): number {
  return Math.floor(wall / HOUR) - Math.floor(wall / DAY) * 24;
}
