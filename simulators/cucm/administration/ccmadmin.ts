import { Hono } from 'hono'
import type { Context } from 'hono'
import { ConfigurationError } from '#runtime/configuration.ts'
import type { Log } from '#runtime/log.ts'
import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { basicCredentials } from '#simulators/protocol/axl/basic-credentials.ts'
import type { Cluster } from '../cluster.ts'
import { isSamePassword, tomcatError, unauthorized } from '../web/tomcat.ts'
import { homePage, rowPage, style, tablePage } from './markup.ts'
import type { Page } from './page.ts'
import type { Values } from './page-values.ts'
import { add, applyConfig, remove, rowsOf, save, valueOf } from './page-values.ts'
import { pages } from './pages.ts'

export const administratorRole = 'Standard CCM Super Users'

/** Cisco Unified CM Administration for a person with a browser, under /ccmadmin: the pages of `pages.ts` as forms. */
export class CcmAdministration {
  readonly #cluster: Cluster
  readonly #log: Log
  readonly #pages: Hono

  constructor(cluster: Cluster, log: Log) {
    this.#cluster = cluster
    this.#log = log
    this.#pages = pagesOf(cluster)
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const user = this.#administrator(request)
    if (user === undefined) {
      this.#log.warn('login failed', { from: request.remote.address })
      return unauthorized('Cisco Unified CM Administration')
    }
    if (!user.roles.includes(administratorRole)) return tomcatError(403, `The role ${administratorRole} is needed`)
    // Browsers send Basic credentials with requests of other sites too.
    if (request.method === 'POST' && !isFromHere(request)) return tomcatError(403, 'The form is of another site')
    if (request.method === 'POST') this.#log.info('configuration changed', { by: user.id, page: request.target })
    return serve(this.#pages, request)
  }

  #administrator(request: HttpRequest): { id: string; roles: readonly string[] } | undefined {
    const credentials = basicCredentials(request)
    const user = this.#cluster.configuration.applicationUsers.find((each) => each.id === credentials?.user)
    return user !== undefined && isSamePassword(user.password, credentials!.password) ? user : undefined
  }
}

function isFromHere({ headers }: HttpRequest): boolean {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  return origin === undefined || origin === `https://${String(host)}`
}

function pagesOf(cluster: Cluster): Hono {
  const app = new Hono()
  const node = () => `${cluster.configuration.nodeName}, ${cluster.configuration.version}`
  const base = '/ccmadmin'
  app.get(base, (context) => context.redirect(`${base}/`, 302))
  app.get(`${base}/`, (context) => context.html(homePage(node(), pages)))
  app.get(`${base}/style.css`, (context) => context.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  for (const page of pages) {
    const place = `${base}/${page.slug}`
    app.get(place, (context) => show(context, page))
    if (page.mayAdd) app.get(`${place}/new`, (context) => showNew(context, page))
    if (page.mayAdd) app.post(`${place}/new`, (context) => change(context, page, undefined))
    app.get(`${place}/:row{[0-9]{1,6}}`, (context) => showRow(context, page, Number(context.req.param('row'))))
    app.post(`${place}/:row{[0-9]{1,6}}`, (context) => change(context, page, Number(context.req.param('row'))))
  }
  return app

  function show(context: Context, page: Page) {
    if (page.title === undefined) return showRow(context, page, 0)
    const status = context.req.query('done')
    return context.html(tablePage(node(), { page, pages, rows: rowsOf(page, cluster.configuration), status }))
  }

  function showNew(context: Context, page: Page) {
    const values = Object.fromEntries(page.fields.map(({ key, initial }) => [key, initial]))
    return context.html(rowPage(node(), { page, pages, row: undefined, values, problems: [] }))
  }

  function showRow(context: Context, page: Page, index: number) {
    const row = rowsOf(page, cluster.configuration)[index]
    if (row === undefined) return context.notFound()
    const status = context.req.query('done')
    return context.html(
      rowPage(node(), { page, pages, row: { index, title: row.title }, values: row.values, problems: [], status }),
    )
  }

  /** Save, Delete and Add New: a good one leads back to the list, a bad one to the same form with what is wrong. */
  async function change(context: Context, page: Page, index: number | undefined) {
    const known = index === undefined ? undefined : rowsOf(page, cluster.configuration)[index]
    if (index !== undefined && known === undefined) return context.notFound()
    const typed = await context.req.parseBody()
    const isDelete = typed['action'] === 'Delete'
    const isApply = typed['action'] === 'Apply Config'
    const values = typedValues(page, typed)
    try {
      if (isDelete) await remove(cluster, page, index!)
      else if (isApply) await applyConfig(cluster, page, index!)
      else {
        refuseEmpty(page, typed)
        if (index === undefined) await add(cluster, page, values)
        else await save(cluster, page, index, values)
      }
    } catch (error) {
      const problems = problemsOf(page, error)
      const row = index === undefined ? undefined : { index, title: known!.title }
      return context.html(rowPage(node(), { page, pages, row, values: { ...known?.values, ...values }, problems }), 400)
    }
    const done = isApply
      ? 'Apply Config successful'
      : isDelete
        ? 'Delete successful'
        : index === undefined
          ? 'Add successful'
          : savedOn(page)
    return context.redirect(`${base}/${page.slug}?done=${encodeURIComponent(done)}`, 303)
  }
}

function savedOn(page: Page): string {
  return page.hasApplyConfig
    ? 'Update successful. Click on Apply Config to have the changes take effect'
    : 'Update successful'
}

function typedValues(page: Page, typed: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    page.fields.map((field) => {
      const given = typed[field.key]
      return [field.key, valueOf(field, typeof given === 'string' ? given : '')]
    }),
  )
}

function refuseEmpty(page: Page, typed: Readonly<Record<string, unknown>>): void {
  const empty = page.fields.filter(({ key, isMandatory }) => isMandatory && String(typed[key] ?? '').trim() === '')
  if (empty.length === 0) return
  const problems = empty.map(({ key }) => ({ path: key, says: 'must be filled in' }))
  throw new ConfigurationError(page.menu, problems)
}

/** In the words of the page; what a service could not do, such as listen on a port, is a problem too. */
function problemsOf(page: Page, error: unknown): string[] {
  if (!(error instanceof ConfigurationError)) return [error instanceof Error ? error.message : String(error)]
  return error.problems.map(({ path, says }) => {
    const field = page.fields.find(({ key }) => key === path.split('.').at(-1))
    return field === undefined ? says : `${field.label}: ${says}`
  })
}

async function serve(app: Hono, { method, target, headers, body }: HttpRequest): Promise<HttpResponse> {
  const answer = await app.fetch(
    new Request(`https://cucm${target}`, {
      method,
      headers: { 'Content-Type': String(headers['content-type'] ?? 'text/plain') },
      ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
    }),
  )
  return {
    status: answer.status,
    headers: { ...Object.fromEntries(answer.headers), 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' },
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

const policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
