import { visibleText } from '../../visible-text';
import { address, html, type Html } from '../html';

/** Where a page stands in the navigation. */
const PLACES = [
  ['/', 'Overview'],
  ['/live', 'Live'],
  ['/unknown', 'Unknown outcomes'],
  ['/records', 'Records'],
  ['/schedules', 'Schedules'],
  ['/coverage', 'Coverage'],
  ['/audit', 'Audit'],
] as const;

export type Place = (typeof PLACES)[number][0];

export interface PageParts {
  readonly title: string;
  readonly place: Place | undefined;
  readonly content: Html;
  /** Fetched again every so often, by those parts that have `data-live`. */
  readonly refreshSeconds?: number;
  /** Said once, e.g. after something was done. */
  readonly message?: string | undefined;
}

/** A whole page. Usable without its script, which only refreshes. */
export function layout({ title, place, content, refreshSeconds, message }: PageParts): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · temporal-once</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/page.css" />
        <script src="/assets/refresh.mjs" type="module"></script>
        <script src="/assets/copy.mjs" type="module"></script>
      </head>
      <body ${refreshSeconds === undefined ? '' : html`data-refresh-seconds="${refreshSeconds}"`}>
        <a class="skip" href="#content">Skip to content</a>
        <header>
          <span class="name">temporal-once</span>
          <nav aria-label="Pages">
            <ul>
              ${PLACES.map(
                ([path, name]) =>
                  html`<li>
                    <a href="${path}" ${path === place ? html`aria-current="page"` : ''}>${name}</a>
                  </li>`,
              )}
            </ul>
          </nav>
          <form action="/key" method="get" role="search">
            <label for="key-search">Key</label>
            <input
              id="key-search"
              name="key"
              required
              placeholder="1/default/global/charge/order-42"
              spellcheck="false"
              autocomplete="off"
            />
            <button>Show</button>
          </form>
        </header>
        <main id="content" tabindex="-1">
          <h1>${title}</h1>
          ${message === undefined ? '' : html`<p class="message" role="status">${message}</p>`}
          ${refreshSeconds === undefined ? '' : refreshSwitch(refreshSeconds)} ${content}
        </main>
        <footer>
          <p>Times are UTC, by the clock of the store.</p>
        </footer>
      </body>
    </html>`;
}

/** Unhidden by the script that it switches. */
function refreshSwitch(seconds: number): Html {
  return html`<p id="refresh" hidden>
    <label><input type="checkbox" id="refresh-on" checked /> Refresh every ${seconds} s</label>
    <span id="refresh-state" role="status"></span>
  </p>`;
}

/** A link to everything that is kept of a key. */
export function keyLink(key: string): Html {
  return html`<a class="key" href="${address('/key', { key })}">${keyText(key)}</a>`;
}

/** A key to be read: in whatever script, it turns nothing round but itself. */
export function keyText(key: string): Html {
  return html`<bdi>${visibleText(key)}</bdi>`;
}
