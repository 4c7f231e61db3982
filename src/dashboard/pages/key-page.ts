import { CodecServerError } from '../../codec-errors';
import type { KeyLife } from '../../stores/records-view';
import { address, html, number, type Html } from '../html';
import type { PageContext } from '../page-context';
import { leftWords, ownerOf, stateBadge } from '../record-words';
import { timeline } from '../timeline';
import { keyText, layout } from './layout';

const DONE: Readonly<Record<string, string>> = {
  clear: 'Cleared: the next caller runs the body.',
  rerun: 'The next caller runs the body.',
  reconcile: 'Recorded: duplicates get this outcome.',
};

/** Everything that is kept of one key. Undefined when nothing is. */
export async function keyPage(
  context: PageContext,
  query: Readonly<Record<string, string>>,
): Promise<Html | undefined> {
  const { once, temporalUi, reveal } = context;
  const { key = '', done, cache } = query;
  const byHand = once.byHand();
  const life = await byHand.life(key);
  if (life === undefined) return undefined;
  const shown = reveal ? await revealed(context, life) : undefined;
  const late =
    cache === 'missed' ? ' Redis could not be told: it may answer the old outcome for some minutes.' : '';
  const message = done === undefined || DONE[done] === undefined ? undefined : `${DONE[done]}${late}`;
  const content = html` <p class="key-name">
      <code>${keyText(key)}</code>
      <button type="button" data-copy="${key}" aria-describedby="copied" hidden>Copy key</button>
      <span id="copied" role="status"></span>
    </p>
    <div id="life" data-live>
      ${facts(life, context)}
      <h2>Life</h2>
      ${timeline(life, temporalUi)}
      ${life.isClearPending ? html`<p class="warning">A clear has not reached Redis yet; it is told again until it has.</p>` : ''}
    </div>
    ${outcome(life, shown)} ${actions(life, context)}`;
  return layout({ title: 'Key', place: undefined, content, message, refreshSeconds: 5 });
}

function facts({ record, start }: KeyLife, { temporalUi }: PageContext): Html {
  const fact = (name: string, value: unknown): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const workflow = record?.owner['workflowId'];
  return html`<dl class="facts">
    ${
      record === undefined
        ? fact('State', 'no record')
        : [
            fact('State', stateBadge(record)),
            fact('Left', leftWords(record) || 'nothing'),
            fact('Type', html`<a href="${address('/records', { type: record.type })}">${record.type}</a>`),
            fact('Holder', ownerOf(record.owner, temporalUi)),
            ...(workflow === undefined
              ? []
              : [
                  fact(
                    'Workflow',
                    html`<a href="${address('/records', { workflow })}">All records of it</a>`,
                  ),
                ]),
            fact('Fence', String(record.fence)),
            fact('Runs', record.runs),
            fact('Fingerprint', html`<code>${record.fingerprint ?? 'not compared'}</code>`),
            record.label === undefined ? '' : fact('Label', record.label),
          ]
    }
    ${start === undefined ? '' : fact('Start', html`${start.state}, <a href="${temporalUi.workflow(start.workflowId, start.lastRunId, start.namespace)}" rel="noreferrer">latest run</a>`)}
  </dl>`;
}

/** The outcome as text, for whoever started the page with --reveal. */
async function revealed({ once }: PageContext, life: KeyLife): Promise<string> {
  try {
    const { result, error } = await once.byHand().outcome(life);
    if (error !== undefined) return String(error);
    return JSON.stringify(result, bigints, 2) ?? 'undefined';
  } catch (error) {
    if (error instanceof CodecServerError) return `It can not be decoded now: ${error.message}`;
    return 'It can not be decoded here: it needs the converter and codecs of the worker. Codecs are asked through --codec-endpoint.';
  }
}

const bigints = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

function outcome({ record }: KeyLife, shown: string | undefined): Html | '' {
  if (record === undefined || (record.state !== 'completed' && record.state !== 'failed')) return '';
  const { payloadBytes } = record;
  const about =
    payloadBytes === undefined
      ? html`<p>None was kept: it was too big, or impossible to encode.</p>`
      : shown === undefined
        ? html`<p>
            ${number(payloadBytes)} bytes, not shown. Start the page with <code>--reveal</code> to see what is
            in them.
          </p>`
        : html`<pre tabindex="0" role="region" aria-label="Outcome">${shown}</pre>`;
  return html`<h2>Outcome</h2>
    ${about}`;
}

function actions({ key, record, start }: KeyLife, { readOnly }: PageContext): Html | '' {
  if (readOnly)
    return html`<p class="quiet">Nothing can be decided here: the page was started with --read-only.</p>`;
  const isFree =
    (record === undefined || record.state === 'free') && (start === undefined || start.state === 'cleared');
  const choices = [
    ...(record?.isUnknown === true && record.type !== 'lock' ? (['reconcile', 'rerun'] as const) : []),
    ...(isFree ? [] : (['clear'] as const)),
  ];
  if (choices.length === 0) return '';
  const names = { reconcile: 'Reconcile…', rerun: 'Rerun…', clear: 'Clear…' };
  return html`<h2>Decide</h2>
    <p>
      ${choices.map((action) => html`<a class="action" href="${address('/decide', { key, action })}">${names[action]}</a> `)}
    </p>`;
}
