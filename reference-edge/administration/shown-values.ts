import type { Configuration } from '../configuration/configuration.ts'
import type { Field, Fields } from '../configuration/field.ts'
import type { AnyPage, TablePage } from '../configuration/page.ts'
import { stepsOf } from './menu.ts'

export type Row = Readonly<Record<string, unknown>>

/** A value as anybody may see it: of a secret only whether there is one. */
export function shownValue(field: Field, value: unknown): unknown {
  if (field.input !== 'secret') return value
  return value === '' || value === undefined ? 'not set' : 'set'
}

/** A row by labels. Advanced fields are left out unless they are asked for. */
export function shownRow(fields: Fields, row: Row, withAdvanced = true): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => withAdvanced || !field.isAdvanced)
      .map(([key, field]) => [field.label, shownValue(field, row[key])]),
  )
}

export function rowsOf(configuration: Configuration, page: TablePage): readonly Row[] {
  return configuration.storedRows(page)
}

/** Labels of the fields of a form or row whose stored value waits for a restart; "" where the whole row does. */
export function pendingFields(configuration: Configuration, { path }: AnyPage, key = ''): string[] {
  return configuration
    .pending()
    .filter(({ page, row }) => page === path && row === key)
    .map(({ field }) => field)
}

/** What is stored for `getxml`: one step of the menu below the other, names without blanks, no secret. */
export function configurationTree(configuration: Configuration): Record<string, unknown> {
  const tree: Record<string, unknown> = {}
  for (const [path, content] of Object.entries(configuration.dump())) {
    let place = tree
    for (const step of stepsOf(path)) place = (place[elementName(step)] ??= {}) as Record<string, unknown>
    Object.assign(place, Array.isArray(content) ? { Row: content.map(named) } : named(content as Row))
  }
  return tree
}

function named(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([label, value]) => [elementName(label), value]))
}

/** `HTTP server allow list` → `HTTPServerAllowList` */
function elementName(label: string): string {
  return label
    .split(/[^A-Za-z0-9.]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
