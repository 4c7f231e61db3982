import { html } from 'hono/html';

/** Markup in which every text was escaped. */
export type Html = ReturnType<typeof html>;
export { html };

/** An instant for people and machines. Seconds are enough to compare with a log. */
export function instant(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${at.toISOString().slice(0, 19).replace('T', ' ')}</time>`;
}

/** `4 d 3 h`, `12 min 5 s`, `0.4 s`: the two greatest units. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

const NUMBER = new Intl.NumberFormat('en');
export const number = (value: number): string => NUMBER.format(value);

/** An address of this page with those parameters that are given. */
export function address(path: string, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') search.set(name, value);
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A table that scrolls sideways by itself, reachable by keyboard. */
export function table(caption: string, heads: readonly string[], rows: readonly Html[], empty: string): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Where the next page begins, where there is one; back to the first one by the browser or this link. */
export function pager(
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
  next: string | undefined,
  found: number,
): Html | '' {
  const { after } = parameters;
  if (after === undefined && next === undefined) return '';
  const further = found === 0 ? 'Look further' : 'Next page';
  return html`<nav class="pager" aria-label="More pages">
    ${after === undefined ? '' : html`<a href="${address(path, { ...parameters, after: undefined })}">First page</a>`}
    ${next === undefined ? html`<span>No more.</span>` : html`<a href="${address(path, { ...parameters, after: next })}" rel="next">${further}</a>`}
  </nav>`;
}
