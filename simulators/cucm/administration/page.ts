import type * as v from 'valibot'
import type { UnifiedCmConfiguration } from '../configuration.ts'

type Schema = v.GenericSchema
type Entries = Readonly<Record<string, Schema>>

/** How a field is filled in, read off the schema of the configuration: nothing is described twice. */
export type FieldKind =
  | { readonly kind: 'choice'; readonly options: readonly (string | number)[] }
  | { readonly kind: 'tick' }
  | { readonly kind: 'number' }
  | { readonly kind: 'text' }
  | { readonly kind: 'lines' }
  | { readonly kind: 'list' }

export interface Field {
  /** As on the product's page, without the star. */
  readonly label: string
  readonly key: string
  readonly isMandatory: boolean
  readonly control: FieldKind
  /** What it starts with in a new row. */
  readonly initial: unknown
}

export interface Page {
  readonly application: Application
  /** The literal menu path, which is also its name for `set`. */
  readonly menu: string
  /** The last part of its address. */
  readonly slug: string
  /** Where its values stand in the configuration; undefined: at its top. */
  readonly path: keyof UnifiedCmConfiguration | undefined
  /** One form, or rows of a table; `title` tells one row from the others. */
  readonly title: ((row: Readonly<Record<string, unknown>>) => string) | undefined
  readonly mayAdd: boolean
  /** What is saved waits for the button Apply Config. */
  readonly hasApplyConfig: boolean
  readonly fields: readonly Field[]
}

export const applications = [
  'Cisco Unified CM Administration',
  'Cisco Unified Serviceability',
  'Cisco Unified OS Administration',
] as const
export type Application = (typeof applications)[number]

/** Labels by the key of the schema; keys left out are not on the page. */
type Labels<E extends Entries> = { readonly [Key in keyof E]?: string }

interface PageOptions {
  readonly application?: Application
  readonly path: keyof UnifiedCmConfiguration | undefined
  readonly mayAdd?: boolean
  readonly hasApplyConfig?: boolean
}

/** A page that is one form. */
export function form<E extends Entries>(
  menu: string,
  schema: { readonly entries: E },
  options: PageOptions,
  labels: Labels<E>,
): Page {
  const { application = applications[0], path, hasApplyConfig = false } = options
  const slug = menu.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return {
    application,
    menu,
    slug,
    path,
    title: undefined,
    mayAdd: false,
    hasApplyConfig,
    fields: fieldsOf(schema.entries, labels),
  }
}

/** A page with rows: what the product shows under "Find and List". */
export function table<E extends Entries>(
  menu: string,
  schema: { readonly entries: E },
  options: PageOptions & { readonly title: (row: Readonly<Record<string, unknown>>) => string },
  labels: Labels<E>,
): Page {
  const { title, mayAdd = true } = options
  return { ...form(menu, schema, options, labels), title, mayAdd }
}

function fieldsOf(entries: Entries, labels: Readonly<Record<string, string | undefined>>): Field[] {
  return Object.entries(labels).flatMap(([key, label]) => {
    const schema = entries[key]
    if (schema === undefined || label === undefined) return []
    const { inner, initial } = unwrapped(schema)
    return [{ label, key, isMandatory: inner === schema, control: controlOf(inner, key), initial }]
  })
}

/** The schema inside `optional`, and what stands for nothing. */
function unwrapped(schema: Schema): { inner: Schema; initial: unknown } {
  if (schema.type !== 'optional') return { inner: schema, initial: undefined }
  const { wrapped, default: initial } = schema as Schema & { wrapped: Schema; default: unknown }
  return { inner: wrapped, initial }
}

function controlOf(schema: Schema, key: string): FieldKind {
  if (schema.type === 'picklist') {
    return { kind: 'choice', options: (schema as Schema & { options: readonly (string | number)[] }).options }
  }
  if (schema.type === 'boolean') return { kind: 'tick' }
  if (schema.type === 'number') return { kind: 'number' }
  if (schema.type === 'array') return { kind: 'list' }
  return { kind: key === 'certificate' ? 'lines' : 'text' }
}
