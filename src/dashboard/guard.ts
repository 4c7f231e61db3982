import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { isFromHere, isSame, type Access } from './access';
import { refusal } from './pages/refusal';

const COOKIE = 'temporal_once';
/** A result that somebody records by hand, and what stands around it. */
const MAX_FORM_BYTES = 3 * 1024 * 1024;

const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  // Nothing inline and nothing from elsewhere, so that no text in a record can become a script.
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Keys stand in addresses. Not `no-referrer`: then forms would say nothing of where they come from.
  'Referrer-Policy': 'same-origin',
};

/** What every answer says to the browser, errors included. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
};

/** Refuses requests that name another host: see Access.acceptsHost. */
export function hostCheck(access: Access): MiddlewareHandler {
  return async (c, next) => {
    if (access.acceptsHost(c.req.header('host'))) return next();
    return refusal(
      c,
      421,
      'Another host was asked for',
      'Open the address that the command printed, or name the host with --allow-host.',
    );
  };
}

/** Exchanges the token in the address for a cookie, and refuses whoever has neither. */
export function tokenCheck(access: Access): MiddlewareHandler {
  const { token, session } = access;
  return async (c, next) => {
    if (token === undefined) return next();
    const given = c.req.query('token');
    if (c.req.method === 'GET' && isSame(given, token)) {
      setCookie(c, cookieName(c), session, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return c.redirect(placeOf(c.req.url), 303);
    }
    if (isSame(getCookie(c, cookieName(c)), session)) return next();
    return refusal(
      c,
      401,
      'A token is needed',
      'Open the address that the command printed when it started: the token is part of it.',
    );
  };
}

/** Only forms of this server's own pages change anything. */
export function formCheck(access: Access): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const from = {
      origin: c.req.header('origin'),
      site: c.req.header('sec-fetch-site'),
      host: c.req.header('host'),
    };
    const form = isFromHere(from) ? await c.req.parseBody().catch(() => ({})) : {};
    const given = (form as Record<string, unknown>)['formToken'];
    if (typeof given === 'string' && isSame(given, access.formToken)) return next();
    return refusal(
      c,
      403,
      'This form is not of this page',
      'Nothing was changed. Load the page again: it was restarted since, or something else sent the form.',
    );
  };
}

export const formLimit = bodyLimit({
  maxSize: MAX_FORM_BYTES,
  onError: (c) => refusal(c, 413, 'Too much was sent', 'Nothing was changed.'),
});

/** Cookies know no ports: several pages on one machine must not take each other's. */
function cookieName(c: Context): string {
  const port = /:(\d+)$/.exec(c.req.header('host') ?? '')?.[1] ?? 'default';
  return `${COOKIE}_${port}`;
}

/** Path and query of an address, without the token. */
export function placeOf(url: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.delete('token');
  const rest = searchParams.toString();
  // Two slashes would be another host.
  return pathname.replace(/^\/+/, '/') + (rest === '' ? '' : `?${rest}`);
}
