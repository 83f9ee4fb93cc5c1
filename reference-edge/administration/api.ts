import type { Context, Handler, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Outcome } from '../configuration/configuration.ts'
import type { AnyPage, FormPage, TablePage } from '../configuration/page.ts'
import { type Problem, problemLine } from '../configuration/problem.ts'
import type { ActionAnswer, AdministeredSystem } from './administered-system.ts'
import { apiDescription } from './api-description.ts'
import type { Origin } from './origin.ts'
import { actionOf, columnsOf, perform, problemAt, rowsAbout, viewOf } from './page-parts.ts'
import { configurationTree, pendingFields, type Row, rowsOf, shownRow } from './shown-values.ts'
import { xmlAt } from './xml-document.ts'

/** Who asks: known before any of these is reached. */
export type ApiVariables = Origin & { Variables: { by: string } }
type ApiContext = Context<ApiVariables>
type Methods = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Handler<ApiVariables>>>

/**
 * The configuration, the actions and the status for programs. Everything below `/api/` speaks JSON: refusals are
 * `{ problems: [{ page, field, says, action }] }`.
 */
export function apiOf(system: AdministeredSystem, guard: MiddlewareHandler<ApiVariables>): Hono<ApiVariables> {
  const api = new Hono<ApiVariables>()
  api.use('*', guard)
  const { configuration, product } = system
  resource(api, '/api/status', { GET: (context) => context.json(system.status() as object) })
  resource(api, '/api/configuration', { GET: (context) => context.json(configuration.dump()) })
  resource(api, '/api/provisioning', { GET: (context) => context.json(apiDescription(system)) })
  resource(api, '/getxml', {
    GET(context) {
      const documents = { Status: system.status(), Configuration: configurationTree(configuration) }
      const xml = xmlAt(product, documents, context.req.query('location') ?? '/Status')
      return xml === undefined
        ? absent(context, { path: '' }, 'there is nothing at this location')
        : context.body(xml, 200, { 'Content-Type': 'text/xml; charset=utf-8' })
    },
  })
  for (const page of configuration.pages) {
    if (page.kind === 'form') formRoutes(api, system, page)
    if (page.kind === 'table') tableRoutes(api, system, page)
    partRoutes(api, system, page)
  }
  api.notFound((context) => absent(context, { path: '' }, 'there is no such resource'))
  return api
}

/** Refusals before a resource is reached. */
export function refusal(context: Context, status: ContentfulStatusCode, says: string, action: string): Response {
  return refused(context, [problemAt({ path: '' }, says, action)], status)
}

function formRoutes(api: Hono<ApiVariables>, system: AdministeredSystem, page: FormPage): void {
  const { configuration } = system
  const content = (context: ApiContext) => ({
    page: page.path,
    values: shownRow(page.fields, configuration.storedValues(page), isAdvancedAsked(context)),
    pending: pendingFields(configuration, page),
  })
  const save: Handler<ApiVariables> = async (context) => {
    const given = await givenIn(context)
    if (given === undefined) return notAnObject(context, page)
    const outcome = configuration.save(page, given, context.get('by'))
    return outcome.ok
      ? context.json({ ...content(context), ...told(outcome, system, page) })
      : refused(context, outcome.problems)
  }
  resource(api, `/api/provisioning/${page.resource}`, {
    GET: (context) => context.json(content(context)),
    PUT: save,
    PATCH: save,
  })
}

function tableRoutes(api: Hono<ApiVariables>, system: AdministeredSystem, page: TablePage): void {
  const { configuration } = system
  resource(api, `/api/provisioning/${page.resource}`, {
    GET: (context) =>
      context.json({
        page: page.path,
        rows: rowsOf(configuration, page).map((row) => shownRow(page.fields, row)),
        pending: configuration.pending().filter((change) => change.page === page.path),
      }),
    POST: (context) => create(context, system, page),
  })
  const content = (key: string) => ({
    page: page.path,
    values: shownRow(page.fields, configuration.storedRow(page, key)!),
    pending: pendingFields(configuration, page, key),
  })
  const update = onRow(system, page, async (context, key) => {
    const given = await givenIn(context)
    if (given === undefined) return notAnObject(context, page)
    const outcome = configuration.update(page, key, given, context.get('by'))
    if (!outcome.ok) return refused(context, outcome.problems)
    const now = outcome.records.find(({ field, new: value }) => field === '' && value === true)?.row ?? key
    return context.json({ ...content(now), ...told(outcome, system, page) })
  })
  resource(api, `/api/provisioning/${page.resource}/:key`, {
    GET: onRow(system, page, (context, key) => context.json(content(key))),
    PUT: update,
    PATCH: update,
    DELETE: onRow(system, page, (context, key) => {
      const outcome = configuration.remove(page, key, context.get('by'))
      return outcome.ok
        ? context.json({ page: page.path, ...told(outcome, system, page) })
        : refused(context, outcome.problems)
    }),
  })
}

async function create(context: ApiContext, system: AdministeredSystem, page: TablePage): Promise<Response> {
  const given = await givenIn(context)
  if (given === undefined) return notAnObject(context, page)
  const outcome = system.configuration.create(page, given, context.get('by'))
  if (!outcome.ok) return refused(context, outcome.problems)
  const key = createdKey(outcome)
  const more = await system.onCreated?.(page.resource, key)
  const values = shownRow(page.fields, system.configuration.storedRow(page, key) ?? {})
  const answer = { page: page.path, values, ...told(outcome, system, page), ...(more === undefined ? {} : said(more)) }
  const location = `/api/provisioning/${page.resource}/${encodeURIComponent(key)}`
  return context.json(answer, 201, { Location: location })
}

/** Key of the row that was made. */
export function createdKey(outcome: Extract<Outcome, { ok: true }>): string {
  return outcome.records[0]?.row ?? ''
}

/** The handler with the key of a row that is there. */
function onRow(
  { configuration, generatedRow }: AdministeredSystem,
  page: TablePage,
  handler: (context: ApiContext, key: string) => Response | Promise<Response>,
): Handler<ApiVariables> {
  return (context) => {
    const key = context.req.param('key') ?? ''
    if (configuration.storedRow(page, key) !== undefined) return handler(context, key)
    const generated = generatedRow?.(page.resource, key)
    return generated !== undefined
      ? refused(context, [generated], 403)
      : absent(context, page, `has no ${page.rowName} "${key}"`)
  }
}

function partRoutes(api: Hono<ApiVariables>, system: AdministeredSystem, page: AnyPage): void {
  const base = `/api/provisioning/${page.resource}`
  for (const name of Object.keys(page.views ?? {})) {
    resource(api, `${base}/views/${name}`, {
      async GET(context) {
        const view = viewOf(system, page, name)
        if (view === undefined) return absent(context, page, `cannot show ${name} now`)
        const rows = await rowsAbout(view, context.req.query('about'))
        const columns = columnsOf(view.description, rows)
        return context.json({ page: page.path, title: view.description.title, columns, rows })
      },
    })
  }
  for (const name of Object.keys(page.actions ?? {})) {
    resource(api, `${base}/actions/${name}`, { POST: (context) => act(context, system, page, name) })
  }
}

async function act(context: ApiContext, system: AdministeredSystem, page: AnyPage, name: string): Promise<Response> {
  const action = actionOf(system, page, name)
  if (action === undefined) return absent(context, page, `cannot do ${name} now`)
  const given = await givenIn(context)
  if (given === undefined) return notAnObject(context, page)
  const answer = await perform(page, action, given, context.get('by'))
  if (!answer.ok) return refused(context, answer.problems)
  return answer.download === undefined ? context.json(said(answer)) : attachment(answer.download)
}

/** A file to be kept, not shown. */
export function attachment({ name, type, body }: NonNullable<(ActionAnswer & { ok: true })['download']>): Response {
  const fileName = name.replaceAll(/[^\w.-]/g, '_')
  const headers = { 'Content-Type': type, 'Content-Disposition': `attachment; filename="${fileName}"` }
  return new Response(typeof body === 'string' ? body : Buffer.from(body), { headers })
}

function resource(api: Hono<ApiVariables>, path: string, methods: Methods): void {
  for (const [method, handler] of Object.entries(methods)) api.on(method, path, handler)
  const allow = Object.keys(methods).join(', ')
  api.all(path, (context) => {
    context.header('Allow', allow)
    return refusal(context, 405, `cannot be asked with ${context.req.method}`, `Use ${allow}`)
  })
}

/** The object of the body; none stands for an empty one. */
async function givenIn(context: ApiContext): Promise<Row | undefined> {
  const text = await context.req.text()
  if (text.trim() === '') return {}
  try {
    const given: unknown = JSON.parse(text)
    return typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Row) : undefined
  } catch {
    return undefined
  }
}

function isAdvancedAsked(context: ApiContext): boolean {
  return context.req.query('advanced') === 'on'
}

/** What came of a save, and what stands above the page in a browser: that a change waits, or will be overwritten. */
function told({ records, needsRestart }: Extract<Outcome, { ok: true }>, system: AdministeredSystem, page: AnyPage) {
  const banners = system.banners(page.path)
  return { changed: records.length, needsRestart, ...(banners.length === 0 ? {} : { banners }) }
}

function said(answer: ActionAnswer) {
  return answer.ok
    ? { says: answer.says }
    : { problems: answer.problems, says: answer.problems.map(problemLine).join(' ') }
}

function refused(context: Context, problems: readonly Problem[], status: ContentfulStatusCode = 400): Response {
  return context.json({ problems }, status)
}

function absent(context: Context, page: Pick<AnyPage, 'path'>, says: string): Response {
  return refused(context, [problemAt(page, says, 'See GET /api/provisioning for what there is')], 404)
}

function notAnObject(context: Context, page: AnyPage): Response {
  return refused(context, [problemAt(page, 'did not get a JSON object', 'Send { "<label>": <value>, … }')])
}
