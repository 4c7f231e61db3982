import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';

const lines: LogEntry[] = [];

// One runtime per process; its log is kept here instead of being printed between the test names.
Runtime.install({
  logger: new DefaultLogger('DEBUG', (entry) => {
    lines.push(entry);
  }),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
  },
});

/** Everything logged so far by the SDK, by workflows and by the package. */
export function logLines(): readonly LogEntry[] {
  return lines;
}

export function logTexts(from = 0): string[] {
  return lines.slice(from).map(({ level, message, meta }) => `${level} ${message} ${json(meta)}`);
}

/** Plugins stand in what the SDK logs, and those of others may hold what holds them. */
function json(value: unknown): string {
  const above: object[] = [];
  return JSON.stringify(value, function (this: object, _name, part: unknown) {
    if (typeof part === 'bigint') return part.toString();
    if (part instanceof Error) return `${part.name}: ${part.message}\n${part.stack}`;
    if (typeof part !== 'object' || part === null) return part;
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(part)) return '(again)';
    above.push(part);
    return part;
  });
}
