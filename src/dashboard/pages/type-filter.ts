import { html, type Html } from '../html';

/** A form that keeps in the address which type of operations is shown, beside what the address says already. */
export function typeFilter(
  path: string,
  type: string,
  kept: Readonly<Record<string, string | undefined>> = {},
): Html {
  const hidden = Object.entries(kept).map(([name, value]) =>
    value === undefined ? '' : html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form class="filter" method="get" action="${path}" aria-label="Filter">
    ${hidden}
    <label>Type <input name="type" value="${type}" spellcheck="false" autocomplete="off" /></label>
    <button>Filter</button>
  </form>`;
}
