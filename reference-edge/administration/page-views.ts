import { html, raw } from 'hono/html'
import type { Fields } from '../configuration/field.ts'
import type { AnyPage, FormPage, TablePage } from '../configuration/page.ts'
import type { Problem } from '../configuration/problem.ts'
import { actionPrefix, actionsView, confirmForm, type RefusedAction } from './action-view.ts'
import { fieldsView, idOfField } from './form-view.ts'
import { type Html, nothing } from './html.ts'
import { type Desk, type Frame, layout, postForm } from './layout.ts'
import { headingOf, urlOf } from './menu.ts'
import { actionsOf, viewsOf } from './page-parts.ts'
import { relatedPages } from './related-pages.ts'
import { pendingFields, type Row } from './shown-values.ts'
import { rowsView, viewTable } from './table-view.ts'

/** What was entered last and why it was not taken. */
export interface Entered {
  readonly given: Row
  readonly problems: readonly Problem[]
}

export interface Asked {
  readonly withAdvanced: boolean
  readonly entered?: Entered
  readonly refusedAction?: RefusedAction
}

/** The page of a menu path: its form or its rows, its live tables, its buttons, its links. */
export async function pageView(desk: Desk, page: AnyPage, asked: Asked): Promise<Html> {
  const views = await Promise.all(viewsOf(desk.system, page).map((view) => viewTable(desk, page, view)))
  const fields = page.kind === 'tool' ? {} : page.fields
  const { refusedAction } = asked
  const actionFields = actionsOf(desk.system, page).find(({ name }) => name === refusedAction?.name)?.fields ?? {}
  return layout(desk, {
    ...frameOf(page),
    problems: refusedAction?.problems ?? inFieldOrder(fields, asked.entered?.problems),
    refused: refusedAction === undefined ? 'Not saved' : 'Not done',
    idOf: ({ field }) =>
      refusedAction === undefined
        ? idOfField(fields, field)
        : idOfField(actionFields, field, actionPrefix(refusedAction.name)),
    body: html`${page.kind === 'form' ? form(desk, page, asked) : nothing}
    ${page.kind === 'table' ? rowsView(desk, page) : nothing} ${views} ${actionsView(desk, page, refusedAction)}
    ${relatedPages(desk, page)}`,
  })
}

/** The page of a new row. */
export function newRowView(desk: Desk, page: TablePage, entered?: Entered): Html {
  const initial = Object.fromEntries(Object.entries(page.fields).map(([key, field]) => [key, field.initial]))
  return rowForm(desk, page, { values: initial, step: 'New', target: 'new', button: page.create }, entered)
}

/** The page of a row that is there. */
export function editRowView(desk: Desk, page: TablePage, key: string, entered?: Entered): Html {
  const values: Row = desk.system.configuration.storedRow(page, key) ?? {}
  const target = `edit?row=${encodeURIComponent(key)}`
  return rowForm(desk, page, { values, stored: values, key, step: 'Edit', target, button: 'Save' }, entered)
}

/** Asks before something that cannot be taken back. */
export function confirmView(
  desk: Desk,
  page: AnyPage,
  { says, label, target, given }: { says: string; label: string; target: string; given: Row },
): Html {
  return layout(desk, {
    ...frameOf(page),
    behind: [label],
    title: label,
    intro: says,
    body: confirmForm(desk, page, target, label, given),
  })
}

export function absentView(desk: Desk): Html {
  return layout(desk, {
    path: 'Not found',
    title: 'Not found',
    intro: 'There is no page at this address.',
    body: html`<p><a href="/">To the status</a></p>`,
  })
}

function frameOf(page: AnyPage): Omit<Frame, 'body'> {
  return {
    path: page.path,
    title: headingOf(page.path),
    ...(page.intro === undefined ? {} : { intro: page.intro }),
  }
}

/** In the order in which the page shows the fields. */
function inFieldOrder(fields: Fields, problems: readonly Problem[] = []): Problem[] {
  const labels = Object.values(fields).map(({ label }) => label)
  return problems.toSorted((one, other) => labels.indexOf(one.field) - labels.indexOf(other.field))
}

function form(desk: Desk, page: FormPage, { withAdvanced, entered }: Asked): Html {
  const { configuration } = desk.system
  const stored: Row = configuration.storedValues(page)
  const url = urlOf(page.path)
  const fields = fieldsView({
    fields: page.fields,
    values: { ...stored, ...entered?.given },
    stored,
    problems: entered?.problems ?? [],
    pending: pendingFields(configuration, page),
    withAdvanced,
    heading: 'Configuration',
  })
  const hasAdvanced = Object.values(page.fields).some(({ isAdvanced }) => isAdvanced)
  const other = withAdvanced
    ? html`<a class="button quiet" href="${url}">Hide advanced settings</a>`
    : html`<a class="button quiet" href="${url}?advanced=on">Show advanced settings</a>`
  return postForm(desk, withAdvanced ? `${url}?advanced=on` : url, [
    ...fields,
    html`<div class="buttons"><button>Save</button> ${hasAdvanced ? other : nothing}</div>`,
  ])
}

interface RowForm {
  readonly values: Row
  readonly stored?: Row
  readonly key?: string
  readonly step: 'New' | 'Edit'
  readonly target: string
  readonly button: string
}

function rowForm(desk: Desk, page: TablePage, row: RowForm, entered?: Entered): Html {
  const url = urlOf(page.path)
  const fields = fieldsView({
    fields: page.fields,
    values: { ...row.values, ...entered?.given },
    ...(row.stored === undefined ? {} : { stored: row.stored }),
    problems: entered?.problems ?? [],
    pending: row.key === undefined ? [] : pendingFields(desk.system.configuration, page, row.key),
    fixed: page.isOpen ? [] : [page.key],
    withAdvanced: true,
    heading: 'Configuration',
  })
  const canDelete = row.key !== undefined && page.isOpen
  const body = [
    ...fields,
    html`<div class="buttons">
      <button>${row.button}</button>
      ${
        canDelete
          ? html`<button class="quiet" ${raw(`formaction="${url}/delete?row=${encodeURIComponent(row.key!)}"`)}>
              Delete
            </button>`
          : nothing
      }
      <a class="button quiet" href="${url}">Cancel</a>
      ${
        Object.values(page.fields).some(({ isMandatory }) => isMandatory)
          ? html`<span class="mandatory"><span class="star" aria-hidden="true">*</span> mandatory</span>`
          : nothing
      }
    </div>`,
  ]
  return layout(desk, {
    ...frameOf(page),
    behind: [row.step],
    title: row.key === undefined ? `New ${page.rowName}` : `Edit ${page.rowName}: ${row.key}`,
    problems: inFieldOrder(page.fields, entered?.problems),
    idOf: ({ field }) => idOfField(page.fields, field),
    body: html`${postForm(desk, `${url}/${row.target}`, body)} ${relatedPages(desk, page, 'beside a form')}`,
  })
}
