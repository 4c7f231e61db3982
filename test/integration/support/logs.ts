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

function json(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'bigint'
      ? part.toString()
      : part instanceof Error
        ? `${part.name}: ${part.message}\n${part.stack}`
        : part,
  );
}
