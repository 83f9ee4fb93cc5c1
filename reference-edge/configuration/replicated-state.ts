import * as v from 'valibot'
import type { Change } from './change-store.ts'
import type { Field } from './field.ts'
import type { AnyPage, FormPage, TablePage } from './page.ts'
import type { Row, State } from './row-changes.ts'
import { changesOf, initialOf, removalOf } from './row-changes.ts'

const replicatedPage = v.strictObject({
  /** Resource. */
  page: v.string(),
  /** In their order, keyed as the page keys them; the row of a form is "". */
  rows: v.array(v.strictObject({ key: v.string(), values: v.record(v.string(), v.unknown()) })),
})

const replicatedState = v.array(replicatedPage)

/** What the configuration master hands to the other peers: every stored value but those that each peer has for itself. */
export type ReplicatedState = v.InferOutput<typeof replicatedState>
type ReplicatedPage = v.InferOutput<typeof replicatedPage>

/** What a peer has to change to have the master's configuration, or what of it cannot be taken. */
export type Difference =
  { readonly ok: true; readonly changes: readonly Change[] } | { readonly ok: false; readonly reason: string }

export function replicatedOf(pages: readonly AnyPage[], state: State): ReplicatedState {
  return pages.filter(isReplicated).map((page) => ({
    page: page.resource,
    rows: [...state.get(page.resource)!].map(([key, row]) => ({ key, values: shared(page, row) })),
  }))
}

/** Pages and fields have to be the same on both sides (peers run the same release); values are read as if somebody had entered them. */
export function differenceTo(given: unknown, pages: readonly AnyPage[], state: State): Difference {
  const parsed = v.safeParse(replicatedState, given)
  if (!parsed.success) return refused('what the master sent is no configuration')
  const replicated = pages.filter(isReplicated)
  const unknown = parsed.output.find(({ page }) => !replicated.some(({ resource }) => resource === page))
  if (unknown !== undefined) return refused(`there is no page ${unknown.page} to replicate`)
  const changes: Change[] = []
  for (const page of replicated) {
    const told = parsed.output.find(({ page: resource }) => resource === page.resource)
    if (told === undefined) return refused(`${page.path} is missing`)
    const problem = problemOf(page, told)
    if (problem !== undefined) return refused(`${page.path}: ${problem}`)
    changes.push(...changesOfPage(page, told, state.get(page.resource)!))
  }
  return { ok: true, changes }
}

function isReplicated(page: AnyPage): page is FormPage | TablePage {
  return page.kind !== 'tool' && page.isPerPeer !== true
}

function sharedFields(page: FormPage | TablePage): [string, Field][] {
  return Object.entries(page.fields).filter(([, { isPerPeer }]) => isPerPeer !== true)
}

function shared(page: FormPage | TablePage, row: Row): Row {
  return Object.fromEntries(sharedFields(page).map(([name]) => [name, row[name]]))
}

function problemOf(page: FormPage | TablePage, { rows }: ReplicatedPage): string | undefined {
  const keys = rows.map(({ key }) => key)
  if (new Set(keys).size < keys.length) return 'a row stands there twice'
  if (page.kind === 'form' && keys.join() !== '') return 'has other rows'
  if (page.kind === 'table' && rows.length > page.mostRows) return `has ${rows.length} rows`
  if (page.kind === 'table' && rows.some(({ key, values }) => String(values[page.key]) !== key)) return 'a key is wrong'
  const fields = sharedFields(page)
  for (const { values } of rows) {
    if (Object.keys(values).length !== fields.length) return 'has other fields'
    const wrong = fields.find(([name, field]) => !isValueOf(field, values[name]))
    if (wrong !== undefined) return `${wrong[1].label} cannot be taken`
  }
  return undefined
}

function isValueOf(field: Field, value: unknown): boolean {
  if (value === field.initial) return true
  const reading = field.read(value)
  return reading.ok && reading.value === value
}

function changesOfPage(page: FormPage | TablePage, told: ReplicatedPage, own: ReadonlyMap<string, Row>): Change[] {
  const wanted = told.rows.map(({ key, values }) => ({ key, before: own.get(key), values }))
  if (page.kind === 'form') return wanted.flatMap(({ key, before, values }) => edited(page, key, before!, values))
  const staying = new Set(inPlace([...own.keys()], told))
  const removed = [...own].filter(([key]) => !staying.has(key)).flatMap(([key, row]) => removalOf(page, key, row))
  const written = wanted.flatMap(({ key, before, values }) =>
    before !== undefined && staying.has(key)
      ? edited(page, key, before, values)
      : changesOf(page, key, undefined, { ...initialOf(page.fields), ...before, ...values }),
  )
  return [...removed, ...written]
}

function edited(page: FormPage | TablePage, key: string, before: Row, values: Row): Change[] {
  return changesOf(page, key, before, { ...before, ...values })
}

/** Rows stand in the order they were made in: one that is out of the master's order is made anew, behind the others. */
function inPlace(own: readonly string[], { rows }: ReplicatedPage): string[] {
  const wanted = rows.map(({ key }) => key)
  const kept = own.filter((key) => wanted.includes(key))
  return kept.filter(
    (key, index) => wanted[index] === key && kept.slice(0, index).every((other, at) => wanted[at] === other),
  )
}

const refused = (reason: string): Difference => ({ ok: false, reason })
