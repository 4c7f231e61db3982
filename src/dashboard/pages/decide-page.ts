import { field, type DecidedAction, type Form } from '../decide';
import { html, type Html } from '../html';
import type { PageContext } from '../page-context';
import { ownerOf, stateBadge } from '../record-words';
import { keyLink, layout } from './layout';

const WORDS: Readonly<
  Record<
    DecidedAction,
    { readonly title: string; readonly does: string; readonly sure: string; readonly button: string }
  >
> = {
  clear: {
    title: 'Clear a key',
    does: 'Frees the key, whatever its state: outcome, steps and start are forgotten, the next caller runs the body. A holder that still runs finds itself stale and can record nothing; what it did outside is not undone.',
    sure: 'I know that the body may run once more',
    button: 'Clear',
  },
  rerun: {
    title: 'Let an operation run again',
    does: 'The next caller runs the body. Nothing is started by this. If the vanished holder’s effect did happen, it happens a second time, unless the body or the other side prevents it.',
    sure: 'I know that the effect may happen twice',
    button: 'Let it run again',
  },
  reconcile: {
    title: 'Record what happened',
    does: 'Records the outcome that you found out. Every duplicate gets it as if the body had given it, until its retention ends.',
    sure: 'I have found out what happened',
    button: 'Record',
  },
};

/** Why nothing was done, and the form as it was sent. */
interface Refused {
  readonly why: string;
  readonly form: Form;
}

/** Asks before anything is done. Undefined when nothing is kept of the key. */
export async function decidePage(
  context: PageContext,
  action: DecidedAction,
  key: string,
  refused?: Refused,
): Promise<Html | undefined> {
  const { once, temporalUi, who, formToken, hasCodec } = context;
  const life = await once.byHand().life(key);
  if (life === undefined) return undefined;
  const { record } = life;
  const { title, does, sure, button } = WORDS[action];
  const form = refused?.form ?? { who };
  const content = html` ${refused === undefined ? '' : html`<p class="warning" role="alert">Nothing was changed. ${refused.why}</p>`}
    <dl class="facts">
      <div>
        <dt>Key</dt>
        <dd>${keyLink(key)}</dd>
      </div>
      ${
        record === undefined
          ? html`<div>
              <dt>State</dt>
              <dd>no record</dd>
            </div>`
          : html`<div>
                <dt>State</dt>
                <dd>${stateBadge(record)}</dd>
              </div>
              <div>
                <dt>Holder</dt>
                <dd>${ownerOf(record.owner, temporalUi)}</dd>
              </div>`
      }
    </dl>
    <p>${does}</p>
    <form class="decide" method="post" action="/decide">
      <input type="hidden" name="formToken" value="${formToken}" />
      <input type="hidden" name="key" value="${key}" />
      <input type="hidden" name="action" value="${action}" />
      <input type="hidden" name="fence" value="${record === undefined ? '' : String(record.fence)}" />
      ${action === 'reconcile' ? outcomeFields(form, hasCodec) : ''}
      <label>Who decides <input name="who" value="${field(form, 'who')}" required maxlength="200" /></label>
      <label
        >Why <textarea name="why" required maxlength="1000" rows="3">${leading(field(form, 'why'))}</textarea>
      </label>
      <label class="check"><input type="checkbox" name="sure" value="yes" required /> ${sure}</label>
      <p>
        <button class="danger">${button}</button>
        <a href="/unknown">Leave it</a>
      </p>
    </form>`;
  return layout({ title, place: undefined, content });
}

/** HTML drops the first line break of a text area. */
const leading = (text: string): string => (/^\r?\n/.test(text) ? `\n${text}` : text);

function outcomeFields(form: Form, hasCodec: boolean): Html {
  const failed = field(form, 'outcome') === 'failed';
  const chosen = (yes: boolean): Html | '' => (yes ? html`checked` : '');
  return html`<fieldset>
      <legend>It ended</legend>
      <label class="check"
        ><input type="radio" name="outcome" value="completed" ${chosen(!failed)} /> with a result</label
      >
      <label class="check"
        ><input type="radio" name="outcome" value="failed" ${chosen(failed)} /> with an error</label
      >
    </fieldset>
    <label class="of-result"
      >Result, as JSON; empty for none
      <textarea name="result" rows="4" spellcheck="false">${leading(field(form, 'result'))}</textarea>
    </label>
    <label class="of-error"
      >Message of the error <input name="message" maxlength="1000" value="${field(form, 'message')}"
    /></label>
    <label class="of-error"
      >Type of the error
      <input name="errorType" maxlength="200" spellcheck="false" value="${field(form, 'errorType')}"
    /></label>
    <p class="quiet">
      ${
        hasCodec
          ? 'Encoded by the codec server before it is kept.'
          : 'Kept as plain JSON: the page was started without --codec-endpoint. Where the codec of the workers encrypts, give it first.'
      }
    </p>
    <label
      >Answers duplicates for
      <input name="ttl" value="${field(form, 'ttl') || '1h'}" required spellcheck="false"
    /></label>`;
}
