import { ConfigurationError } from '#runtime/configuration.ts'
import type { Cluster } from '../cluster.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { Field, Page } from './page.ts'
import { pages } from './pages.ts'

export type Values = Readonly<Record<string, unknown>>

export interface PageRow {
  readonly title: string
  readonly values: Values
}

/** By its menu path; throws `ConfigurationError` where there is none. */
export function pageNamed(menu: string): Page {
  const found = pages.find((page) => page.menu === menu)
  if (found === undefined) throw problem(menu, `is no page; known: ${pages.map((page) => page.menu).join(', ')}`)
  return found
}

/** The rows of a table; a form is one row without title. */
export function rowsOf(page: Page, configuration: UnifiedCmConfiguration): PageRow[] {
  const stored: unknown = page.path === undefined ? configuration : configuration[page.path]
  const { title } = page
  if (title === undefined) return [{ title: '', values: stored as Values }]
  return (stored as readonly Values[]).map((values) => ({ title: title(values), values }))
}

/** Where a row stands: by its title, or the only one of a form. Throws `ConfigurationError`. */
export function rowIndex(page: Page, configuration: UnifiedCmConfiguration, title: string | undefined): number {
  const titles = rowsOf(page, configuration).map((row) => row.title)
  if (page.title === undefined) return 0
  const index = title === undefined && titles.length === 1 ? 0 : titles.indexOf(title ?? '')
  if (index < 0)
    throw problem(page.menu, `has no row ${title ?? '(none given)'}; it has ${titles.join(', ') || 'none'}`)
  return index
}

/** Values by label become values by key; throws `ConfigurationError` for a label the page does not have. */
export function byKey(page: Page, given: Values): Values {
  return Object.fromEntries(
    Object.entries(given).map(([label, value]) => {
      const field = page.fields.find((each) => each.label === label)
      if (field === undefined) throw problem(page.menu, `has no field ${label}`)
      return [field.key, valueOf(field, value)]
    }),
  )
}

/** What was typed in becomes a value; what makes no sense stays as it is and is refused by the schema. */
export function valueOf({ control, isMandatory, initial }: Field, given: unknown): unknown {
  if (typeof given !== 'string') return given
  const text = given.trim()
  switch (control.kind) {
    case 'number':
      return /^-?\d{1,12}$/.test(text) ? Number(text) : text
    case 'choice':
      return control.options.find((option) => String(option) === text) ?? text
    case 'tick':
      return text === 'On' || text === 'on' ? true : text === 'Off' || text === '' ? false : text
    case 'list':
      return text.split(/[\n,]/).flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
    case 'text':
    case 'lines':
      return text === '' && !isMandatory ? initial : text
    default:
      return control satisfies never
  }
}

/** Changes some fields of a row or form at once; rejects with every problem where it would be wrong. */
export async function save(cluster: Cluster, page: Page, index: number, changes: Values): Promise<void> {
  const row = rowsOf(page, cluster.configuration)[index]!
  if (page.path === undefined) {
    for (const [key, value] of Object.entries(changes)) await cluster.set(key, value)
  } else if (page.title === undefined) await cluster.set(page.path, { ...row.values, ...changes })
  else await cluster.set(`${page.path}.${index}`, { ...row.values, ...changes })
}

/** Add New. */
export async function add(cluster: Cluster, page: Page, values: Values): Promise<void> {
  if (!page.mayAdd || page.path === undefined) throw problem(page.menu, 'takes no further rows')
  await cluster.set(page.path, [...rowsOf(page, cluster.configuration).map((row) => row.values), values])
}

export async function remove(cluster: Cluster, page: Page, index: number): Promise<void> {
  if (!page.mayAdd || page.path === undefined) throw problem(page.menu, 'rows cannot be deleted here')
  const rows = rowsOf(page, cluster.configuration).map((row) => row.values)
  await cluster.set(page.path, rows.toSpliced(index, 1))
}

/** Apply Config: brings a saved row into force; rejects where that does not work. */
export async function applyConfig(cluster: Cluster, page: Page, index: number): Promise<void> {
  if (!page.hasApplyConfig || page.path === undefined) throw problem(page.menu, 'has no Apply Config')
  await cluster.apply(page.path, rowsOf(page, cluster.configuration)[index]!.title)
}

function problem(path: string, says: string): ConfigurationError {
  return new ConfigurationError('Unified CM', [{ path, says }])
}
