import type { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { loginView } from './login-view.ts'
import {
  isFromOwnPage,
  type PageContext,
  type PageVariables,
  plainPage,
  readForm,
  sessionCookie,
} from './page-guard.ts'
import type { PagesOptions } from './pages-options.ts'
import { systemName } from './system-name.ts'

/** The way in: everything else is behind the guard. */
export function loginRoutes(pages: Hono<PageVariables>, options: PagesOptions): void {
  const { system, gate, sessions, onLoginFailure } = options
  const page = (context: PageContext, to: string, says?: string) =>
    context.html(
      loginView({ product: system.product, name: systemName(system), to, ...(says === undefined ? {} : { says }) }),
      says ? 401 : 200,
    )
  pages.get('/login', (context) => page(context, wayBack(context.req.query('to'))))
  pages.post('/login', async (context) => {
    const form = await readForm(context)
    if (form === undefined) return plainPage(context, 415, 'This is no form of these pages')
    if (!isFromOwnPage(context)) return plainPage(context, 403, 'This was sent by a page of another site')
    const { username, password, to } = form.entered
    const { source } = context.env
    const credentials = { username: String(username ?? ''), password: String(password ?? '') }
    const verdict = await gate.judgeCredentials(credentials, source)
    if (verdict === 'busy') return plainPage(context, 503, 'Too many logins are being checked. Try again later')
    if (verdict === 'refused') {
      onLoginFailure(source)
      return page(context, wayBack(to), 'Invalid username or password')
    }
    const before = getCookie(context, sessionCookie)
    if (before !== undefined) sessions.close(before)
    const { passwordHash } = system.administrator()
    const session = sessions.open({ username: credentials.username, source, passwordHash })
    setCookie(context, sessionCookie, session.id, cookieRules)
    return context.redirect(wayBack(to), 303)
  })
}

/** Behind the guard. */
export function logoutRoute(pages: Hono<PageVariables>, { sessions }: PagesOptions): void {
  pages.post('/logout', (context) => {
    sessions.close(context.get('session').id)
    deleteCookie(context, sessionCookie, cookieRules)
    return context.redirect('/login', 303)
  })
}

/** A path of this VCS and nothing else. */
function wayBack(to: unknown): string {
  return typeof to === 'string' && /^\/[a-z0-9]/.test(to) && /^[\w/-]+$/.test(to) ? to : '/'
}

const cookieRules = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const
