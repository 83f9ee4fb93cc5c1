import type { Field } from './field.ts'
import { conditionsOf } from './field.ts'
import type { FormPage } from './page.ts'
import type { Problem } from './problem.ts'

/** A form, a row of a table, or the fields of a button. */
export type FieldsOfPage = Pick<FormPage, 'path' | 'fields'>

/**
 * What somebody entered, by label or key, on top of what stands there. Fields that another field hides keep their value
 * and are not mandatory. An empty secret keeps what is stored.
 */
export function readGiven(
  page: FieldsOfPage,
  given: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>>,
): { readonly values: Record<string, unknown>; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const values: Record<string, unknown> = { ...before }
  for (const [name, entered] of Object.entries(given)) {
    const key = fieldNamed(page, name)
    if (key === undefined) {
      problems.push({ page: page.path, field: name, says: 'is no field of this page', action: known(page) })
      continue
    }
    const field = page.fields[key]!
    if (field.input === 'secret' && entered === '') continue
    const reading = field.read(entered)
    if (reading.ok) values[key] = reading.value
    else problems.push({ page: page.path, field: field.label, says: reading.says, action: reading.action })
  }
  for (const [key, field] of Object.entries(page.fields)) {
    if (!field.isMandatory || values[key] !== '' || !isShown(field, values)) continue
    if (problems.some(({ field: label }) => label === field.label)) continue
    problems.push({ page: page.path, field: field.label, says: 'is mandatory', action: `Enter ${field.label}` })
  }
  return { values, problems }
}

/** Whether the page shows a field while its other fields have these values. */
export function isShown(field: Field, values: Readonly<Record<string, unknown>>): boolean {
  return conditionsOf(field).every((condition) => condition.is.includes(String(values[condition.field])))
}

function fieldNamed(page: FieldsOfPage, name: string): string | undefined {
  if (Object.hasOwn(page.fields, name)) return name
  return Object.keys(page.fields).find((key) => page.fields[key]!.label.toLowerCase() === name.toLowerCase())
}

function known({ fields }: FieldsOfPage): string {
  const labels = Object.values(fields).map(({ label }) => label)
  return labels.length === 0 ? 'Leave it out' : `Use one of: ${labels.join(', ')}`
}
