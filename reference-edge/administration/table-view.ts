import { html } from 'hono/html'
import type { AnyPage, TablePage, ViewDescription } from '../configuration/page.ts'
import { isShown } from '../configuration/read-given.ts'
import { type Html, nothing } from './html.ts'
import { type Desk, postForm } from './layout.ts'
import { pageAt, urlOf } from './menu.ts'
import type { ViewRow } from './administered-system.ts'
import { actionsOf, columnsOf, type PageAction, type PageView, rowsAbout } from './page-parts.ts'
import { pendingFields, type Row, rowsOf, shownValue } from './shown-values.ts'

/** The rows of a table page with what can be done with each. */
export function rowsView(desk: Desk, page: TablePage): Html {
  const { configuration } = desk.system
  const url = urlOf(page.path)
  const rows = rowsOf(configuration, page)
  const labels = page.columns.map((key) => page.fields[key]!.label)
  return html`<section>
    ${tableFrame(
      counted(rows.length, page.rowName),
      [...labels, 'Actions'],
      rows.map((row) => {
        const key = String(row[page.key])
        const isWaiting = pendingFields(configuration, page, key).length > 0
        return html`<tr>
          ${page.columns.map((column) => cell(page, column, row, isWaiting))}
          <td class="actions">${rowActions(desk, page, key)}</td>
        </tr>`
      }),
      `No ${page.rowName} is configured`,
    )}
    ${page.isOpen ? html`<p class="buttons"><a class="button" href="${url}/new">New</a></p>` : nothing}
  </section>`
}

/** A table that comes from the running system, with the buttons that belong to its rows. */
export async function viewTable(desk: Desk, page: AnyPage, view: PageView): Promise<Html> {
  const { title, empty, link } = view.description
  const rows = await rowsAbout(view, desk.about)
  const columns = columnsOf(view.description, rows)
  const actions = actionsOf(desk.system, page).filter(({ description }) => description.onRowOf === view.name)
  const target = link === undefined ? undefined : pageAt(desk.system.configuration.pages, link.path)
  const hasButtons = actions.length > 0 || target !== undefined
  const headings = [...Object.values(columns), ...(hasButtons ? ['Actions'] : [])]
  return html`<section>
    ${tableFrame(
      title,
      headings,
      rows.map(
        (row) =>
          html`<tr class="${isRecent(row) ? 'recent' : nothing}">
            ${Object.keys(columns).map((column) => viewCell(desk, column, row[column]))}
            ${
              hasButtons
                ? html`<td class="actions">
                    ${target === undefined ? nothing : rowLink(target, link!, row)}
                    ${actions.map((action) => viewRowAction(desk, page, action, row))}
                  </td>`
                : nothing
            }
          </tr>`,
      ),
      empty,
    )}
  </section>`
}

/** `1 zone`, `2 categories` */
function counted(count: number, name: string): string {
  return `${count} ${count === 1 ? name : name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`}`
}

function tableFrame(caption: string, headings: readonly string[], rows: readonly Html[], empty: string): Html {
  return html`<div class="table" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings.map((heading) => html`<th scope="col">${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${
          rows.length === 0
            ? html`<tr class="empty">
                <td colspan="${headings.length}">${empty}</td>
              </tr>`
            : rows
        }
      </tbody>
    </table>
  </div>`
}

function cell(page: TablePage, column: string, row: Row, isWaiting: boolean): Html {
  const field = page.fields[column]!
  const value = isShown(field, row) ? String(shownValue(field, row[column]) ?? '') : ''
  if (column !== page.key) return html`<td>${value}</td>`
  return html`<th scope="row">
    <a href="${editUrl(page, value)}">${value}</a> ${isWaiting ? html`<small>waits for a restart</small>` : nothing}
  </th>`
}

function rowActions(desk: Desk, page: TablePage, key: string): Html {
  const edit = html`<a class="button quiet" href="${editUrl(page, key)}" aria-label="Edit ${key}">Edit</a>`
  if (!page.isOpen) return edit
  const target = `${urlOf(page.path)}/delete?row=${encodeURIComponent(key)}`
  return html`${edit} ${postForm(desk, target, html`<button class="quiet" aria-label="Delete ${key}">Delete</button>`)}`
}

function editUrl(page: TablePage, key: string): string {
  return `${urlOf(page.path)}/edit?row=${encodeURIComponent(key)}`
}

function viewCell({ system }: Desk, column: string, value: ViewRow[string]): Html {
  const text = typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value ?? '')
  const page = column === 'page' ? pageAt(system.configuration.pages, text) : undefined
  if (page !== undefined) return html`<td><a href="${urlOf(page.path)}">${text}</a></td>`
  if (column === 'state' || column === 'status')
    return html`<td>${text === '' ? nothing : html`<span class="state ${moodOf(text)}">${text}</span>`}</td>`
  if (isoTime.test(text)) {
    const [date, time] = [text.slice(0, 10), text.slice(11, 19)]
    return html`<td>
      <time datetime="${text}"><span>${date}</span> <span>${time}</span></time>
    </td>`
  }
  if (text.includes('\n') || column === 'line') return html`<td><pre>${text}</pre></td>`
  return html`<td>${/\S{40}/.test(text) ? html`<span class="long">${text}</span>` : breakable(text)}</td>`
}

/** Names and addresses of records may be broken where their parts meet. */
function breakable(text: string): Html | string {
  if (!/\S{14}/.test(text)) return text
  return html`${text.split(/(?<=@)|(?=\.[a-z])/).map((part, index) => html`${index === 0 ? nothing : html`<wbr />`}${part}`)}`
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

function rowLink(target: AnyPage, { label, by }: NonNullable<ViewDescription['link']>, row: ViewRow): Html | string {
  const about = row[by]
  if (about === undefined) return nothing
  const url = `${urlOf(target.path)}?about=${encodeURIComponent(String(about))}`
  return html`<a class="button quiet" href="${url}" aria-label="${label} ${String(about)}">${label}</a>`
}

/** A row that does not hold the value of the field has no button. */
function viewRowAction(desk: Desk, page: AnyPage, action: PageAction, row: ViewRow): Html | string {
  const { name, description, fields } = action
  const [field = ''] = Object.keys(fields)
  if (row[field] === undefined) return nothing
  const value = String(row[field])
  const named = String(Object.values(row)[0] ?? value)
  return postForm(
    desk,
    `${urlOf(page.path)}/actions/${name}`,
    html`<input type="hidden" name="${field}" value="${value}" />
      <button class="quiet" aria-label="${description.label} ${named}">${description.label}</button>`,
  )
}

/** Guide: recent provisioning sessions are shown in red. */
function isRecent({ state }: ViewRow): boolean {
  return String(state).toLowerCase().startsWith('recent')
}

function moodOf(state: string): string {
  if (
    /^(active|up|ok|on\b|synchroni[sz]ed|configured$|running|connected|accepted|in force|in step|current|mobile and remote access$)/i.test(
      state,
    )
  )
    return 'good'
  if (
    /^(fail|down|error|inactive|invalid|reject|unreachable|raised|recent|unsynchroni|not in step)|with errors/i.test(
      state,
    )
  )
    return 'bad'
  return ''
}
