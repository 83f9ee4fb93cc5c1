import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { document } from './layout.ts'
import type { Origin } from './origin.ts'
import { isSameOrigin } from './same-origin.ts'
import type { Session, Sessions } from './sessions.ts'
import type { Row } from './shown-values.ts'

/** What stands behind the guard: who is logged in, and what a form sent (its fields, and its controls `_…`). */
export type PageVariables = Origin & { Variables: { session: Session; entered: Row; controls: Row } }
export type PageContext = Context<PageVariables>

/** RFC 6265bis: with this prefix a browser takes it for this host only, over HTTPS only. */
export const sessionCookie = '__Host-session'

/** A session is needed; what changes something has to come from a form of that session. */
export function pageGuard(sessions: Sessions, passwordHash: () => string): MiddlewareHandler<PageVariables> {
  return async (context, next) => {
    const session = sessions.find(getCookie(context, sessionCookie), passwordHash())
    if (session === undefined) return context.redirect(loginUrl(context), 303)
    context.set('session', session)
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next()
    const form = await readForm(context)
    if (form === undefined) return plainPage(context, 415, 'This is no form of these pages')
    if (!isFromOwnPage(context)) return plainPage(context, 403, 'This was sent by a page of another site')
    if (!isSame(String(form.controls['_token'] ?? ''), session.token)) {
      return plainPage(context, 403, 'This was sent by a page of another session')
    }
    context.set('entered', form.entered)
    context.set('controls', form.controls)
    return next()
  }
}

/** What a form sent; names that begin with `_` are no fields. */
export async function readForm(context: Context): Promise<{ entered: Row; controls: Row } | undefined> {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return undefined
  const sent = [...new URLSearchParams(await context.req.text())]
  return {
    entered: Object.fromEntries(sent.filter(([name]) => !name.startsWith('_'))),
    controls: Object.fromEntries(sent.filter(([name]) => name.startsWith('_'))),
  }
}

export function isFromOwnPage(context: Context): boolean {
  return isSameOrigin({
    host: context.req.header('host'),
    origin: context.req.header('origin'),
    secFetchSite: context.req.header('sec-fetch-site'),
  })
}

/** A page that says one thing. */
export function plainPage(
  context: Context,
  status: 400 | 403 | 415 | 500 | 503,
  says: string,
): Response | Promise<Response> {
  return context.html(
    document(
      says,
      html`<main class="login">
        <h1>${says}</h1>
        <p><a href="/">To the first page</a></p>
      </main>`,
    ),
    status,
  )
}

function loginUrl(context: Context): string {
  const isPage = context.req.method === 'GET' && context.req.path !== '/'
  return isPage ? `/login?to=${encodeURIComponent(context.req.path)}` : '/login'
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
