import type { AuditEntry, KeyLife, ListedRecord } from '../stores/records-view';
import { html, instant, span, type Html } from './html';
import { ownerOf } from './record-words';
import type { TemporalUi } from './temporal-ui';

/** Something that happened to a key, or will. */
interface Moment {
  /** Undefined: when is not kept. */
  readonly at: Date | undefined;
  readonly kind: 'past' | 'now' | 'ahead';
  readonly what: Html;
}

/** The life of a key, oldest first, as far as it is kept: an operation leaves only its latest claim. */
export function timeline(life: KeyLife, ui: TemporalUi): Html {
  const { record, start } = life;
  const moments: Moment[] = [
    ...(start === undefined ? [] : [startMoment(start, ui)]),
    ...(record === undefined ? [] : recordMoments(record, ui)),
    ...life.steps.map(({ name, at, isLive }): Moment => ({
      at,
      kind: 'past',
      what: html`Step
        <b>${name}</b>
        recorded${isLive ? '' : html` <span class="quiet">(of an operation that is over)</span>`}`,
    })),
    ...life.audit.map(auditMoment),
  ];
  const order = { past: 0, now: 1, ahead: 2 } as const;
  const when = ({ at }: Moment): number => at?.getTime() ?? 0;
  moments.sort((a, b) => order[a.kind] - order[b.kind] || when(a) - when(b));
  return html`<ol class="timeline">
    ${moments.map(
      ({ at, kind, what }) =>
        html`<li class="${kind}">
          ${at === undefined ? html`<span class="when">now</span>` : html`<span class="when">${instant(at)}</span>`}
          <span>${what}</span>
        </li>`,
    )}
  </ol>`;
}

function startMoment(start: NonNullable<KeyLife['start']>, ui: TemporalUi): Moment {
  const { namespace, workflowId, runId, state, startedAt } = start;
  const link = html`<a href="${ui.workflow(workflowId, runId, namespace)}" rel="noreferrer"
    >${workflowId}</a
  >`;
  return { at: startedAt, kind: 'past', what: html`Started workflow ${link}; the start is ${state}` };
}

function recordMoments(record: ListedRecord, ui: TemporalUi): Moment[] {
  const { claimedAt, settledAt, remainingMs, fence, runs, owner, state, ageMs } = record;
  const now = claimedAt.getTime() + ageMs;
  const end = new Date(now + remainingMs);
  const again = runs > 1 ? ` (run ${runs}: a holder before it vanished)` : '';
  const claimed: Moment = {
    at: claimedAt,
    kind: 'past',
    what: html`Claimed under fence ${String(fence)}${again} by ${ownerOf(owner, ui)}`,
  };
  const took = settledAt === undefined ? '' : ` after ${span(settledAt.getTime() - claimedAt.getTime())}`;
  switch (state) {
    case 'running':
      return [
        claimed,
        { at: undefined, kind: 'now', what: html`Running for ${span(ageMs)}` },
        { at: end, kind: 'ahead', what: html`The lease ends, unless it is renewed` },
      ];
    case 'vanished':
      return [
        claimed,
        {
          at: undefined,
          kind: 'now',
          what: html`The lease is over and nobody has taken it: the outcome is unknown`,
        },
      ];
    case 'completed':
    case 'failed':
      return [
        claimed,
        {
          at: settledAt,
          kind: 'past',
          what: html`${state === 'completed' ? 'Completed' : 'Failed; the failure is recorded'}${took}`,
        },
        { at: undefined, kind: 'now', what: html`Duplicates get this outcome` },
        { at: end, kind: 'ahead', what: html`The retention ends, in ${span(remainingMs)}: the key is free` },
      ];
    case 'free':
      return [
        claimed,
        ...(settledAt === undefined
          ? []
          : [{ at: settledAt, kind: 'past', what: html`Settled, released or cleared${took}` } as const]),
        { at: undefined, kind: 'now', what: html`Free: the next caller runs the body` },
      ];
  }
}

function auditMoment({ at, who, why, action, previous }: AuditEntry): Moment {
  const was = previous === 'absent' ? 'free' : previous;
  return { at, kind: 'past', what: html`<b>${who}</b> decided <b>${action}</b> (it was ${was}): ${why}` };
}
