/** What is used of a span of OpenTelemetry. */
export interface Span {
  isRecording(): boolean;
  setAttributes(attributes: Record<string, string>): unknown;
  addEvent(name: string, attributes: Record<string, string>): unknown;
}

interface Api {
  readonly context?: { active(): { getValue(key: symbol): unknown } };
}

/**
 * Where every copy of `@opentelemetry/api` 1.x registers what the process uses, and where it keeps the span in a context:
 * both are symbols of the registry, the same for all copies, so none is needed here.
 */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

/** The span that is active here and recorded; undefined when there is none, or no OpenTelemetry. */
export function activeSpan(): Span | undefined {
  const api = (globalThis as { readonly [API]?: Api })[API];
  if (api?.context === undefined) return undefined;
  const span = api.context.active().getValue(SPAN) as Span | undefined;
  return span?.isRecording() === true ? span : undefined;
}
