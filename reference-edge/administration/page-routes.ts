import type { Hono } from 'hono'
import type { AnyPage, FormPage, TablePage } from '../configuration/page.ts'
import { problemLine } from '../configuration/problem.ts'
import { actionUrl } from './action-view.ts'
import type { ActionAnswer, AdministeredSystem } from './administered-system.ts'
import { attachment, createdKey } from './api.ts'
import type { Desk } from './layout.ts'
import { leavingView } from './login-view.ts'
import { urlOf } from './menu.ts'
import type { PageContext, PageVariables } from './page-guard.ts'
import { actionOf, type PageAction, perform } from './page-parts.ts'
import { type Asked, confirmView, editRowView, newRowView, pageView } from './page-views.ts'

type Answer = Response | Promise<Response>

/** The addresses of one page: itself, its rows, its buttons. What was taken leads back to the page, which says so. */
export function pageRoutes(pages: Hono<PageVariables>, system: AdministeredSystem, page: AnyPage): void {
  const url = urlOf(page.path)
  pages.get(url, (context) => show(context, system, page))
  if (page.kind === 'form') pages.post(url, (context) => saveForm(context, system, page))
  if (page.kind === 'table') rowRoutes(pages, system, page)
  for (const name of Object.keys(page.actions ?? {})) {
    pages.post(actionUrl(page, { name }), (context) => {
      const action = actionOf(system, page, name)
      return action === undefined
        ? back(context, page, ['This cannot be done now.'], 'bad')
        : act(context, system, page, action)
    })
  }
}

async function show(context: PageContext, system: AdministeredSystem, page: AnyPage, asked: Partial<Asked> = {}) {
  const withAdvanced = context.req.query('advanced') === 'on'
  const problems = asked.refusedAction?.problems ?? asked.entered?.problems ?? []
  return context.html(
    await pageView(deskOf(context, system), page, { withAdvanced, ...asked }),
    problems.length > 0 ? 400 : 200,
  )
}

function saveForm(context: PageContext, system: AdministeredSystem, page: FormPage): Answer {
  const { entered: given, isRefresh } = sent(context)
  if (isRefresh) return show(context, system, page, { entered: { given, problems: [] } })
  const outcome = system.configuration.save(page, given, by(context))
  if (!outcome.ok) return show(context, system, page, { entered: { given, problems: outcome.problems } })
  return back(context, page, savedLines('Saved', outcome.needsRestart))
}

function rowRoutes(pages: Hono<PageVariables>, system: AdministeredSystem, page: TablePage): void {
  const url = urlOf(page.path)
  const { configuration } = system
  const known = (handler: (context: PageContext, key: string) => Answer) => (context: PageContext) => {
    const key = context.req.query('row') ?? ''
    if (configuration.storedRow(page, key) !== undefined) return handler(context, key)
    const generated = system.generatedRow?.(page.resource, key)
    if (generated !== undefined) return back(context, page, [problemLine(generated)], 'bad')
    return back(context, page, [`There is no ${page.rowName} "${key}"`], 'bad')
  }
  pages.get(
    `${url}/edit`,
    known((context, key) => context.html(editRowView(deskOf(context, system), page, key))),
  )
  pages.post(
    `${url}/edit`,
    known((context, key) => update(context, system, page, key)),
  )
  if (!page.isOpen) return
  pages.get(`${url}/new`, (context) => context.html(newRowView(deskOf(context, system), page)))
  pages.post(`${url}/new`, (context) => create(context, system, page))
  pages.post(
    `${url}/delete`,
    known((context, key) => remove(context, system, page, key)),
  )
}

async function create(context: PageContext, system: AdministeredSystem, page: TablePage): Promise<Response> {
  const { entered: given, isRefresh } = sent(context)
  const desk = deskOf(context, system)
  if (isRefresh) return context.html(newRowView(desk, page, { given, problems: [] }))
  const outcome = system.configuration.create(page, given, by(context))
  if (!outcome.ok) return context.html(newRowView(desk, page, { given, problems: outcome.problems }), 400)
  const more = await system.onCreated?.(page.resource, createdKey(outcome))
  const lines = [...savedLines('Saved', outcome.needsRestart), ...(more === undefined ? [] : linesOf(more))]
  return back(context, page, lines, more?.ok === false ? 'bad' : 'good')
}

function update(context: PageContext, system: AdministeredSystem, page: TablePage, key: string): Answer {
  const { entered: given, isRefresh } = sent(context)
  const desk = deskOf(context, system)
  if (isRefresh) return context.html(editRowView(desk, page, key, { given, problems: [] }))
  const outcome = system.configuration.update(page, key, given, by(context))
  if (!outcome.ok) return context.html(editRowView(desk, page, key, { given, problems: outcome.problems }), 400)
  return back(context, page, savedLines('Saved', outcome.needsRestart))
}

function remove(context: PageContext, system: AdministeredSystem, page: TablePage, key: string): Answer {
  if (!sent(context).isConfirmed) {
    const target = `${urlOf(page.path)}/delete?row=${encodeURIComponent(key)}`
    const says = `The ${page.rowName} "${key}" will be deleted.`
    return context.html(confirmView(deskOf(context, system), page, { says, label: 'Delete', target, given: {} }))
  }
  const outcome = system.configuration.remove(page, key, by(context))
  if (!outcome.ok) return back(context, page, outcome.problems.map(problemLine), 'bad')
  return back(context, page, savedLines(`Deleted "${key}"`, outcome.needsRestart))
}

async function act(context: PageContext, system: AdministeredSystem, page: AnyPage, action: PageAction) {
  const { entered: given, isConfirmed } = sent(context)
  const { confirm, label, onRowOf } = action.description
  if (confirm !== undefined && !isConfirmed) {
    const target = actionUrl(page, action)
    return context.html(confirmView(deskOf(context, system), page, { says: confirm, label, target, given }))
  }
  const answer = await perform(page, action, given, by(context))
  if (answer.ok && action.description.endsSessions === true)
    return context.html(leavingView(system.product, answer.says))
  if (answer.ok) {
    return answer.download === undefined ? back(context, page, linesOf(answer)) : attachment(answer.download)
  }
  if (onRowOf !== undefined) return back(context, page, linesOf(answer), 'bad')
  return show(context, system, page, { refusedAction: { name: action.name, given, problems: answer.problems } })
}

/** To the page itself, which says what became of it. */
function back(context: PageContext, page: AnyPage, lines: readonly string[], kind: 'good' | 'bad' = 'good'): Response {
  context.get('session').notice = { kind, lines }
  return context.redirect(urlOf(page.path), 303)
}

function savedLines(says: string, needsRestart: boolean): string[] {
  return needsRestart ? [says, 'Changes are waiting for a restart of the system.'] : [says]
}

function linesOf(answer: ActionAnswer): string[] {
  return answer.ok ? [answer.says] : answer.problems.map(problemLine)
}

function deskOf(context: PageContext, system: AdministeredSystem): Desk {
  const about = context.req.query('about')
  return { system, session: context.get('session'), ...(about === undefined ? {} : { about }) }
}

function by(context: PageContext): string {
  return context.get('session').username
}

function sent(context: PageContext) {
  const controls = context.get('controls')
  return {
    entered: context.get('entered'),
    isRefresh: controls['_refresh'] !== undefined,
    isConfirmed: controls['_confirmed'] !== undefined,
  }
}
