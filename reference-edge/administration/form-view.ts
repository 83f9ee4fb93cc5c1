import { html, raw } from 'hono/html'
import type { Field, Fields } from '../configuration/field.ts'
import { conditionsOf } from '../configuration/field.ts'
import type { Problem } from '../configuration/problem.ts'
import { isShown } from '../configuration/read-given.ts'
import { type Html, nothing } from './html.ts'
import type { Row } from './shown-values.ts'

/** The fields of a form and what stands in them. */
export interface FieldsView {
  readonly fields: Fields
  /** Stored values, or what was entered. */
  readonly values: Row
  /** What is stored: tells whether a secret is set. */
  readonly stored?: Row
  readonly problems?: readonly Problem[]
  /** Labels of fields whose stored value waits for a restart. */
  readonly pending?: readonly string[]
  /** Before the ids of its elements where a page has more than one form. */
  readonly prefix?: string
  /** Keys of fields that are only shown. */
  readonly fixed?: readonly string[]
  readonly withAdvanced?: boolean
  /** Heading of fields without a section. */
  readonly heading?: string
}

/** Fields under the headings of their sections. */
export function fieldsView(view: FieldsView): Html[] {
  const shown = Object.entries(view.fields).filter(([, field]) => view.withAdvanced === true || !field.isAdvanced)
  const sections = new Set(shown.map(([, { section }]) => section))
  return [...sections].map((section) => {
    const inside = shown.filter(([, field]) => field.section === section)
    const heading = section ?? view.heading
    return html`<fieldset>
      ${heading === undefined ? nothing : html`<legend><h2>${heading}</h2></legend>`}
      ${inside.map(([key, field]) => fieldView(view, key, field))} ${refreshButton(inside, view.fields)}
    </fieldset>`
  })
}

/** The element of a field that a problem names. */
export function idOfField(fields: Fields, label: string, prefix = 'field'): string | undefined {
  const key = Object.keys(fields).find((name) => fields[name]!.label === label || name === label)
  return key === undefined ? undefined : `${prefix}-${key}`
}

function fieldView(view: FieldsView, key: string, field: Field): Html {
  const id = `${view.prefix ?? 'field'}-${key}`
  const problems = (view.problems ?? []).filter((problem) => problem.field === field.label)
  const hints = hintsOf(view, key, field)
  const described = [
    ...(hints.length === 0 ? [] : [`${id}-help`]),
    ...(problems.length === 0 ? [] : [`${id}-error`]),
  ].join(' ')
  return html`<div class="field ${problems.length > 0 ? 'wrong' : nothing}" ${condition(view, field)}>
    <label for="${id}"
      >${field.label}${field.isMandatory ? html` <span class="star" aria-hidden="true">*</span>` : ''}</label
    >
    <div class="entry">
      ${entry(view, key, field, {
        id,
        attributes: html`id="${id}" name="${key}" ${described === '' ? '' : html`aria-describedby="${described}"`}
        ${field.isMandatory ? raw('aria-required="true"') : ''} ${problems.length > 0 ? raw('aria-invalid="true"') : ''}`,
      })}
      ${field.unit === undefined ? nothing : html`<span class="unit">${field.unit}</span>`}
    </div>
    ${hints.length === 0 ? nothing : html`<p class="help" id="${id}-help">${hints.join('. ')}</p>`}
    ${
      problems.length === 0
        ? nothing
        : html`<p class="error" id="${id}-error">
            ${problems.map(({ says, action }) => html`${field.label} ${says}. ${action}. `)}
          </p>`
    }
  </div>`
}

function entry(view: FieldsView, key: string, field: Field, of: { id: string; attributes: Html }): Html {
  const value = String(view.values[key] ?? '')
  if (view.fixed?.includes(key)) return html`<output id="${of.id}">${value}</output>`
  switch (field.input) {
    case 'choice':
      return html`<select ${of.attributes}>
        ${(field.choices ?? []).map(
          (each) => html`<option ${each === value ? raw('selected') : ''} value="${each}">${each}</option>`,
        )}
      </select>`
    case 'multiline':
      return html`<textarea ${of.attributes} rows="8" cols="64" spellcheck="false">${'\n'}${value}</textarea>`
    case 'secret':
      return html`<input type="password" ${of.attributes} autocomplete="new-password" />`
    case 'number':
      return html`<input type="text" inputmode="numeric" class="number" ${of.attributes} value="${value}" />`
    default:
      return html`<input type="text" ${of.attributes} value="${value}" autocomplete="off" spellcheck="false" />`
  }
}

function hintsOf({ stored, pending = [] }: FieldsView, key: string, field: Field): string[] {
  const isStoredSecret = field.input === 'secret' && stored !== undefined && (stored[key] ?? '') !== ''
  return [
    ...(field.help === '' ? [] : [field.help]),
    ...(isStoredSecret ? ['Set; leave it empty to keep it'] : []),
    ...(pending.includes(field.label) ? ['The saved value waits for a restart'] : []),
  ]
}

/** Which other fields show it; hidden as long as one of them has another value. */
function condition({ values, fields }: FieldsView, field: Field): Html | string {
  const conditions = conditionsOf(field).filter((each) => fields[each.field] !== undefined)
  if (conditions.length === 0) return nothing
  return html`data-when="${JSON.stringify(conditions)}" ${isShown(field, values) ? nothing : raw('hidden')}`
}

/** Without the script, this shows the fields that belong to what was chosen. */
function refreshButton(inside: readonly (readonly [string, Field])[], fields: Fields): Html | string {
  const isAsked = inside.some(([key]) =>
    Object.values(fields).some((field) => conditionsOf(field).some((each) => each.field === key)),
  )
  return isAsked
    ? html`<noscript
        ><button name="_refresh" value="1" class="quiet">Show the fields for this choice</button></noscript
      >`
    : nothing
}
