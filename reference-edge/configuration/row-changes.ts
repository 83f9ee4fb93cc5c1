import type { Change } from './change-store.ts'
import type { Fields } from './field.ts'
import type { FormPage, TablePage } from './page.ts'

export type Row = Record<string, unknown>
/** By resource, then by key of the row; the row of a form is "". */
export type State = Map<string, Map<string, Row>>

export function initialOf(fields: Fields): Row {
  return Object.fromEntries(Object.entries(fields).map(([name, { initial }]) => [name, initial]))
}

/** A new row writes all of its fields, a changed one those that differ. */
export function changesOf(page: FormPage | TablePage, row: string, before: Row | undefined, after: Row): Change[] {
  const birth = before === undefined ? [{ page: page.resource, row, field: '', new: true }] : []
  const fields = Object.keys(page.fields).filter((field) => before === undefined || before[field] !== after[field])
  return [...birth, ...fields.map((field) => ({ page: page.resource, row, field, new: after[field] }))]
}

export function removalOf(page: TablePage, row: string, before: Row): Change[] {
  const gone = Object.keys(before).map((field) => ({ page: page.resource, row, field, new: null }))
  // A row that a new system has would be there again behind the next start.
  const isInitial = page.initialRows.some((initial) => String(initial[page.key as never]) === row)
  return [...gone, { page: page.resource, row, field: '', new: isInitial ? false : null }]
}

export function apply(state: State, { page, row, field, new: value }: Change): void {
  const rows = state.get(page)!
  if (field === '' && (value === null || value === false)) rows.delete(row)
  else if (field === '') rows.set(row, rows.get(row) ?? {})
  else if (value !== null) rows.set(row, { ...rows.get(row), [field]: value })
}

export function copyOf(state: State): State {
  return new Map([...state].map(([page, rows]) => [page, new Map([...rows].map(([key, row]) => [key, { ...row }]))]))
}
