import { Hono } from 'hono'
import { loginRoutes, logoutRoute } from './login-routes.ts'
import { pageAt, urlOf } from './menu.ts'
import { pageGuard, type PageVariables, plainPage } from './page-guard.ts'
import { pageRoutes } from './page-routes.ts'
import type { PagesOptions } from './pages-options.ts'
import { absentView } from './page-views.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** The pages for people: one address for each menu path, behind a login. */
export function pagesFor(options: PagesOptions): Hono<PageVariables> {
  const { system, sessions, onError } = options
  const pages = new Hono<PageVariables>()
  pages.get('/style.css', (context) => context.body(style, 200, kept('text/css')))
  pages.get('/script.js', (context) => context.body(script, 200, kept('text/javascript')))
  pages.get('/favicon.ico', (context) => context.body(null, 204))
  loginRoutes(pages, options)
  pages.use(
    '*',
    pageGuard(sessions, () => system.administrator().passwordHash),
  )
  logoutRoute(pages, options)
  const first = pageAt(system.configuration.pages, 'Status > Unified Communications') ?? system.configuration.pages[0]!
  pages.get('/', (context) => context.redirect(urlOf(first.path), 303))
  for (const page of system.configuration.pages) pageRoutes(pages, system, page)
  pages.notFound((context) => context.html(absentView({ system, session: context.get('session') }), 404))
  pages.onError((error, context) => {
    onError(error)
    return plainPage(context, 500, 'This failed unexpectedly. See Status > Logs > Event Log')
  })
  return pages
}

/** The same for everybody and for a while: a page shown during a restart has it too. */
function kept(type: string): Record<string, string> {
  return { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'max-age=600' }
}
