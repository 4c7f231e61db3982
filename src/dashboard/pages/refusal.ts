import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { html, type Html } from '../html';
import { layout } from './layout';

/** A page that says why there is none, and what to do. */
export function refusal(
  c: Context,
  status: ContentfulStatusCode,
  title: string,
  remedy: string | Html,
): Response | Promise<Response> {
  return c.html(layout({ title, place: undefined, content: html`<p>${remedy}</p>` }), status);
}
