import { Hono, type Context } from 'hono';
import { CodecServerError } from '../codec-errors';
import { OnceError } from '../errors';
import { StoreUnavailableError } from '../store-errors';
import type { Access } from './access';
import { readAssets } from './assets';
import { actionOf, decide, type DecidedAction, type Form } from './decide';
import { formCheck, formLimit, hostCheck, securityHeaders, tokenCheck } from './guard';
import { address, html, type Html } from './html';
import type { PageContext } from './page-context';
import { auditPage } from './pages/audit-page';
import { coveragePage } from './pages/coverage-page';
import { decidePage } from './pages/decide-page';
import { healthPage } from './pages/health-page';
import { keyPage } from './pages/key-page';
import { livePage } from './pages/live-page';
import { overviewPage } from './pages/overview-page';
import { recordsPage } from './pages/records-page';
import { refusal } from './pages/refusal';
import { schedulesPage } from './pages/schedules-page';
import { unknownPage } from './pages/unknown-page';

type Page = (context: PageContext, query: Readonly<Record<string, string>>) => Promise<Html>;

const PAGES: Readonly<Record<string, Page>> = {
  '/': overviewPage,
  '/live': livePage,
  '/unknown': unknownPage,
  '/records': recordsPage,
  '/schedules': schedulesPage,
  '/health': healthPage,
  '/coverage': coveragePage,
  '/audit': auditPage,
};

/** The page as a function of requests. `onError` hears of what nobody expected. */
export function dashboardApp(context: PageContext, access: Access, onError: (error: unknown) => void): Hono {
  const app = new Hono();
  const assets = readAssets();
  app.use(securityHeaders, hostCheck(access));
  // Before the token is asked for: whoever is refused gets a page that can be read.
  app.get('/assets/:name', (c) => {
    const asset = assets.get(c.req.param('name'));
    return asset === undefined ? c.notFound() : c.body(asset.text, 200, { 'Content-Type': asset.type });
  });
  app.use(tokenCheck(access), formLimit, formCheck(access));
  for (const [path, page] of Object.entries(PAGES))
    app.get(path, async (c) => c.html(await page(context, c.req.query())));
  app.get('/key', async (c) => shownOrNot(c, await keyPage(context, c.req.query()), c.req.query('key')));
  app.get('/decide', async (c) => {
    const action = actionOf(c.req.query('action'));
    if (context.readOnly || action === undefined) return c.notFound();
    return shownOrNot(c, await decidePage(context, action, c.req.query('key') ?? ''), c.req.query('key'));
  });
  app.post('/decide', (c) => decided(c, context));
  app.notFound((c) => refusal(c, 404, 'There is no such page', 'Choose one above.'));
  app.onError((error, c) => {
    if (error instanceof StoreUnavailableError)
      return refusal(
        c,
        503,
        'Postgres can not be asked',
        'The page shows what is there when it answers again; nothing was changed.',
      );
    if (error instanceof OnceError) return refusal(c, 400, 'That can not be shown', error.message);
    if (isNoValue(error)) return refusal(c, 400, 'That can not be asked', 'No record has such a value.');
    onError(error);
    return refusal(c, 500, 'Something went wrong', 'The command that runs this page has printed what.');
  });
  return app;
}

/** What Postgres takes for no value: a NUL in a text, a cursor beyond all numbers. */
function isNoValue(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code);
}

function shownOrNot(c: Context, page: Html | undefined, key = ''): Response | Promise<Response> {
  if (page !== undefined) return c.html(page);
  return refusal(
    c,
    404,
    'Nothing is kept of this key',
    html`It was never claimed, or its retention is over and it was swept. Keys are whole ones:
      <code>temporal once keys derive</code> prints them.
      ${key === '' ? '' : html`<a href="${address('/records', { prefix: key })}">Records whose key begins so</a>`}`,
  );
}

async function decided(c: Context, context: PageContext): Promise<Response> {
  if (context.readOnly)
    return refusal(c, 403, 'Nothing can be decided here', 'The page was started with --read-only.');
  const form = await c.req.parseBody();
  const action = actionOf(form['action']);
  if (action === undefined) return c.notFound();
  const key = typeof form['key'] === 'string' ? form['key'] : '';
  try {
    const { cache } = await decide(context.once, action, form);
    return c.redirect(address('/key', { key, done: action, ...(cache === 'missed' ? { cache } : {}) }), 303);
  } catch (error) {
    if (!(error instanceof OnceError) || error instanceof StoreUnavailableError) throw error;
    return again(c, context, action, form, error);
  }
}

/** The form once more, as it was filled in, with why nothing was done. */
async function again(
  c: Context,
  context: PageContext,
  action: DecidedAction,
  form: Form,
  error: OnceError,
): Promise<Response> {
  const key = typeof form['key'] === 'string' ? form['key'] : '';
  const page = await decidePage(context, action, key, { why: error.message, form });
  return page === undefined
    ? shownOrNot(c, page, key)
    : c.html(page, error instanceof CodecServerError ? 502 : 409);
}
