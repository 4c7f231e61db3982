import type { ListedRecord } from '../stores/records-view';
import { html, span, type Html } from './html';
import type { TemporalUi } from './temporal-ui';

const STATES: Readonly<Record<ListedRecord['state'], string>> = {
  running: 'running',
  vanished: 'holder vanished',
  completed: 'completed',
  failed: 'failed',
  free: 'free',
};

/** The state as a word; colour only repeats it. */
export function stateBadge({ state, isUnknown }: Pick<ListedRecord, 'state' | 'isUnknown'>): Html {
  const name = isUnknown ? 'unknown' : state;
  const words = isUnknown && state === 'failed' ? 'unknown, failed' : STATES[state];
  return html`<span class="badge ${name}">${words}</span>`;
}

export function isLock({ type, key }: Pick<ListedRecord, 'type' | 'key'>): boolean {
  return type === 'lock' && key.startsWith('lock:');
}

/** Where the claim is or was made, linked where it is a workflow. */
export function ownerOf(owner: Readonly<Record<string, string>>, ui: TemporalUi): Html {
  const { workflowId, runId, namespace, activityId, activityRunId, attempt, host, process: pid } = owner;
  if (workflowId !== undefined) {
    const link = html`<a href="${ui.workflow(workflowId, runId, namespace)}" rel="noreferrer"
      >${workflowId}</a
    >`;
    return html`workflow
    ${link}${activityId === undefined ? '' : `, activity ${activityId}`}${attemptWords(attempt)}`;
  }
  if (activityRunId !== undefined)
    return html`activity ${activityId ?? ''} run ${activityRunId}${attemptWords(attempt)}`;
  if (host !== undefined) return html`process ${pid ?? '?'} on ${host}`;
  return html`<span class="quiet">not known</span>`;
}

const attemptWords = (attempt: string | undefined): string =>
  attempt === undefined ? '' : `, attempt ${attempt}`;

/** How long ago it was claimed; the instant stands in the tooltip. */
export function ageOf({ ageMs, claimedAt }: Pick<ListedRecord, 'ageMs' | 'claimedAt'>): Html {
  const at = claimedAt.toISOString();
  return html`<time datetime="${at}" title="claimed ${at}">${span(ageMs)}</time>`;
}

/** What is left of lease or retention. */
export function leftWords({ state, remainingMs }: Pick<ListedRecord, 'state' | 'remainingMs'>): string {
  switch (state) {
    case 'running':
      return `lease ${span(remainingMs)}`;
    case 'vanished':
      return 'lease over';
    case 'free':
      return '';
    default:
      return `answers ${span(remainingMs)} more`;
  }
}
