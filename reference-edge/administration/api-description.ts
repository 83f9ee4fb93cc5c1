import type { Field, Fields } from '../configuration/field.ts'
import { conditionsOf } from '../configuration/field.ts'
import type { AnyPage } from '../configuration/page.ts'
import type { AdministeredSystem } from './administered-system.ts'
import { actionsOf, viewsOf } from './page-parts.ts'

/** The pages of a VCS for programs: `GET /api/provisioning`. */
export function apiDescription(system: AdministeredSystem) {
  const { product, configuration } = system
  return { product, pages: configuration.pages.map((page) => describePage(system, page)) }
}

function describePage(system: AdministeredSystem, page: AnyPage) {
  const { path, resource, kind, intro, effect } = page
  return {
    path,
    resource,
    url: `/api/provisioning/${resource}`,
    kind,
    intro,
    effect,
    ...(page.kind === 'tool' ? {} : { fields: describeFields(page.fields) }),
    ...(page.kind === 'table' ? { key: page.fields[page.key]!.label, isOpen: page.isOpen, create: page.create } : {}),
    views: viewsOf(system, page).map(({ name, description: { title, columns } }) => ({ name, title, columns })),
    actions: actionsOf(system, page).map(({ name, description: { label, says }, fields }) => ({
      name,
      label,
      says,
      fields: describeFields(fields),
    })),
  }
}

function describeFields(fields: Fields) {
  return Object.entries(fields).map(([key, field]) => describeField(fields, key, field))
}

function describeField(fields: Fields, key: string, field: Field) {
  const { label, input, choices, unit, initial, isMandatory, isAdvanced, effect, section, help } = field
  const conditions = conditionsOf(field).map(({ field: name, is }) => ({ field: fields[name]?.label ?? name, is }))
  return {
    label,
    key,
    input,
    choices,
    unit,
    default: initial,
    isMandatory,
    isAdvanced,
    effect,
    section,
    when: conditions.length === 0 ? undefined : conditions,
    help,
  }
}
