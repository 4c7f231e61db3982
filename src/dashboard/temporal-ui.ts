import { InvalidOptionError } from '../errors';

/** Addresses in the Temporal UI. */
export class TemporalUi {
  private readonly base: string;

  /** @throws InvalidOptionError for what is no address of the web */
  constructor(
    base: string,
    readonly namespace: string,
  ) {
    const url = URL.canParse(base) ? new URL(base) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol))
      throw new InvalidOptionError(
        '--temporal-ui',
        `${JSON.stringify(base)} is no http address`,
        'Give e.g. http://localhost:8233',
      );
    this.base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  }

  /** A workflow; without a run, its latest one. */
  workflow(workflowId: string, runId?: string, namespace = this.namespace): string {
    const place = `${this.base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
    return runId === undefined ? place : `${place}/${encodeURIComponent(runId)}/history`;
  }

  schedule(scheduleId: string): string {
    return `${this.base}/namespaces/${encodeURIComponent(this.namespace)}/schedules/${encodeURIComponent(scheduleId)}`;
  }
}
