import type { GuardEvent } from '../../guard/events';

/** What is no refusal of the guard's own is counted only. */
const SAID = /^(refused: |unjudged)/;

/** Lines on standard error: one for each refusal and each call that could not be judged, and counts at the end. */
export class GuardLog {
  private readonly counts = new Map<string, number>();

  note(text: string): void {
    process.stderr.write(`${new Date().toISOString()} guard: ${text}\n`);
  }

  judged({ method, namespace, scheduleId, code, outcome, otherScheduleId, error }: GuardEvent): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
    if (!SAID.test(outcome)) return;
    const other = otherScheduleId === undefined ? '' : ` other=${quoted(otherScheduleId)}`;
    const failure = error === undefined ? '' : ` error=${quoted(nameOf(error))}`;
    this.note(
      `${outcome} ${method} namespace=${quoted(namespace)} schedule=${quoted(scheduleId)} code=${code}${other}${failure}`,
    );
  }

  summary(): string {
    if (this.counts.size === 0) return 'no schedule was created or changed';
    return [...this.counts].map(([outcome, count]) => `${outcome}: ${count}`).join(', ');
  }
}

/** What somebody chose stays on its line. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Its message might quote what it failed on. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [, place = ''] = /\n\s+at ([^\n]+)/.exec(error.stack ?? '') ?? [];
  return `${error.name} at ${place}`;
}
