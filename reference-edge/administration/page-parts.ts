import type { Fields } from '../configuration/field.ts'
import type { ActionDescription, AnyPage, ViewDescription } from '../configuration/page.ts'
import type { Problem } from '../configuration/problem.ts'
import { readGiven } from '../configuration/read-given.ts'
import type { ActionAnswer, ActionHandler, AdministeredSystem, ViewRow } from './administered-system.ts'
import type { Row } from './shown-values.ts'

/** A view of a page with what fills it. */
export interface PageView {
  readonly name: string
  readonly description: ViewDescription
  readonly rows: () => readonly ViewRow[] | Promise<readonly ViewRow[]>
}

/** A button of a page with what it does. */
export interface PageAction {
  readonly name: string
  readonly description: ActionDescription
  readonly fields: Fields
  readonly handler: ActionHandler
}

/** The views of a page that this system can fill now: its applications come and go with the mode. */
export function viewsOf(system: AdministeredSystem, page: AnyPage): PageView[] {
  return Object.keys(page.views ?? {}).flatMap((name) => viewOf(system, page, name) ?? [])
}

export function viewOf({ views }: AdministeredSystem, page: AnyPage, name: string): PageView | undefined {
  const description = page.views?.[name]
  const rows = views[page.resource]?.[name]
  return description === undefined || rows === undefined ? undefined : { name, description, rows }
}

/** Label of each column by key: those of a cluster too where a row has one. */
export function columnsOf(
  { columns, inCluster = {} }: ViewDescription,
  rows: readonly ViewRow[],
): Readonly<Record<string, string>> {
  const filled = Object.entries(inCluster).filter(([key]) => rows.some((row) => row[key] !== undefined))
  return { ...columns, ...Object.fromEntries(filled) }
}

/** The rows of a view; only those about one thing where the view knows such and one is asked for. */
export async function rowsAbout(
  { description, rows }: PageView,
  about: string | undefined,
): Promise<readonly ViewRow[]> {
  const all = await rows()
  const column = description.about
  return about === undefined || column === undefined ? all : all.filter((row) => row[column] === about)
}

/** The actions of a page that this system can do now. */
export function actionsOf(system: AdministeredSystem, page: AnyPage): PageAction[] {
  return Object.keys(page.actions ?? {}).flatMap((name) => actionOf(system, page, name) ?? [])
}

export function actionOf({ actions }: AdministeredSystem, page: AnyPage, name: string): PageAction | undefined {
  const description = page.actions?.[name]
  const handler = actions[page.resource]?.[name]
  if (description === undefined || handler === undefined) return undefined
  return { name, description, fields: description.fields ?? {}, handler }
}

/** Views and actions that are described and that nobody provides, as `<resource>/views/<name>`. */
export function missingParts(system: AdministeredSystem): string[] {
  return system.configuration.pages.flatMap((page) => {
    const [views, actions] = [viewsOf(system, page), actionsOf(system, page)]
    const without = (kind: string, described: object | undefined, present: readonly { name: string }[]) =>
      Object.keys(described ?? {})
        .filter((name) => !present.some((part) => part.name === name))
        .map((name) => `${page.resource}/${kind}/${name}`)
    return [...without('views', page.views, views), ...without('actions', page.actions, actions)]
  })
}

/** Reads what was entered and does it. */
export async function perform(page: AnyPage, action: PageAction, given: Row, by: string): Promise<ActionAnswer> {
  const initial = Object.fromEntries(Object.entries(action.fields).map(([key, field]) => [key, field.initial]))
  const { values, problems } = readGiven({ path: page.path, fields: action.fields }, given, initial)
  return problems.length > 0 ? { ok: false, problems } : action.handler(values, by)
}

/** What the API and the pages say where nothing more exact is known. */
export function problemAt({ path }: Pick<AnyPage, 'path'>, says: string, action: string): Problem {
  return { page: path, field: '', says, action }
}
