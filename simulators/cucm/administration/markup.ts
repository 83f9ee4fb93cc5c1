import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Field, Page } from './page.ts'
import { applications } from './page.ts'
import type { PageRow, Values } from './page-values.ts'

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

interface Shown {
  readonly page: Page
  readonly pages: readonly Page[]
  /** What was just done. */
  readonly status?: string | undefined
}

export function homePage(node: string, pages: readonly Page[]): Markup {
  const content = html`<h1>Cisco Unified CM Administration</h1>
    <p>
      A simulator for conformance tests. Choose a page of the menu; what you save is in force at once, or with Apply
      Config where a page has that.
    </p>`
  return frame(node, { title: 'Home', pages, current: undefined, content })
}

/** Find and List: the rows of a page. */
export function tablePage(node: string, { page, pages, rows, status }: Shown & { rows: readonly PageRow[] }): Markup {
  const columns = page.fields.filter(({ control }) => control.kind !== 'lines').slice(0, 6)
  const content = html`<h1>${page.menu}</h1>
    ${statusLine(status)}
    ${
      rows.length === 0
        ? html`<p>No records found.</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">Record</th>
                ${columns.map(({ label }) => html`<th scope="col">${label}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                ({ title, values }, index) =>
                  html`<tr>
                    <th scope="row"><a href="/ccmadmin/${page.slug}/${index}">${title}</a></th>
                    ${columns.map(({ key }) => html`<td>${shown(values[key])}</td>`)}
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${page.mayAdd ? html`<p><a class="button" href="/ccmadmin/${page.slug}/new">Add New</a></p>` : ''}`
  return frame(node, { title: page.menu, pages, current: page, content })
}

/** The form of one row, of a new one, or of a page that has no rows. */
export function rowPage(
  node: string,
  more: Shown & {
    readonly row: { readonly index: number; readonly title: string } | undefined
    readonly values: Values
    readonly problems: readonly string[]
  },
): Markup {
  const { page, pages, row, values, problems, status } = more
  const place = `/ccmadmin/${page.slug}/${row === undefined ? 'new' : row.index}`
  const title = row === undefined ? 'Add New' : row.title
  const content = html`<h1>${page.menu}</h1>
    ${title === '' ? '' : html`<h2>${title}</h2>`} ${problems.length === 0 ? statusLine(status) : problemList(problems)}
    <form method="post" action="${place}">
      ${page.fields.map((field) => fieldRow(field, values[field.key]))}
      <p class="note">* mandatory</p>
      <p>
        <button name="action" value="Save">Save</button>
        ${
          row !== undefined && page.hasApplyConfig
            ? html`<button name="action" value="Apply Config" class="quiet" formnovalidate>Apply Config</button>`
            : ''
        }
        ${
          row !== undefined && page.mayAdd
            ? html`<button name="action" value="Delete" class="quiet" formnovalidate>Delete</button>`
            : ''
        }
        ${page.title === undefined ? '' : html`<a href="/ccmadmin/${page.slug}">Back to the list</a>`}
      </p>
    </form>`
  return frame(node, { title: page.menu, pages, current: page, content })
}

function statusLine(status = 'Ready'): Markup {
  return html`<p class="status" role="status">Status: ${status}</p>`
}

function problemList(problems: readonly string[]): Markup {
  return html`<div class="problems" role="alert" tabindex="-1" autofocus>
    <p>Not saved:</p>
    <ul>
      ${problems.map((says) => html`<li>${says}</li>`)}
    </ul>
  </div>`
}

function fieldRow(field: Field, value: unknown): Markup {
  const id = `field-${field.key}`
  return html`<div class="field">
    <label for="${id}">${field.label}${field.isMandatory ? '*' : ''}</label>${control(field, id, value)}
  </div>`
}

function control({ key, control: { kind, ...more }, isMandatory }: Field, id: string, value: unknown): Markup {
  const required = isMandatory ? html` required` : html``
  const text = shown(value)
  switch (kind) {
    case 'choice': {
      const { options } = more as { options: readonly (string | number)[] }
      const isChosen = options.some((option) => String(option) === text)
      return html`<select id="${id}" name="${key}" ${required}>
        ${isChosen ? '' : html`<option value="">-- Not Selected --</option>`}
        ${options.map((each) => html`<option ${String(each) === text ? html`selected` : ''}>${each}</option>`)}
      </select>`
    }
    case 'tick':
      return html`<input id="${id}" name="${key}" type="checkbox" value="On" ${value === true ? html`checked` : ''} />`
    case 'number':
      return html`<input id="${id}" name="${key}" inputmode="numeric" value="${text}" ${required} />`
    case 'list':
      return html`<textarea id="${id}" name="${key}" rows="3" aria-describedby="${id}-hint">${text}</textarea
        ><small id="${id}-hint">one per line, in their order</small>`
    case 'lines':
      return html`<textarea id="${id}" name="${key}" rows="10" class="code" ${required}>${text}</textarea>`
    case 'text':
      return html`<input id="${id}" name="${key}" value="${text}" ${required} />`
    default:
      return kind satisfies never
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'On' : 'Off'
  return Array.isArray(value) ? value.join('\n') : String(value)
}

function frame(
  node: string,
  what: { title: string; pages: readonly Page[]; current: Page | undefined; content: Markup },
): Markup {
  const { title, pages, current, content } = what
  const entry = (page: Page) =>
    html`<li>
      <a href="/ccmadmin/${page.slug}" ${page === current ? html`aria-current="page"` : ''}>${page.menu}</a>
    </li>`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} - Cisco Unified CM Administration</title>
        <link rel="stylesheet" href="/ccmadmin/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header><a href="/ccmadmin/">Unified CM simulator</a> <span>${node}</span></header>
        <nav aria-label="Menu">
          ${applications.map(
            (application) =>
              html`<h2>${application}</h2>
                <ul>
                  ${pages.filter((page) => page.application === application).map(entry)}
                </ul>`,
          )}
        </nav>
        <main id="content">${content}</main>
      </body>
    </html>`
}

export const style = `
:root { color-scheme: light dark; --line: light-dark(#c8ced3, #4a5258); --strong: light-dark(#0b5a8a, #7cc4ee);
  --soft: light-dark(#f3f5f7, #1e2326); --bad: light-dark(#a1260d, #ff9a85); font: 15px/1.45 system-ui, sans-serif }
body { margin: 0; display: grid; grid-template: auto 1fr / minmax(15rem, auto) 1fr; min-height: 100vh }
header { grid-column: 1 / -1; padding: .6rem 1rem; border-bottom: 1px solid var(--line); display: flex; gap: 1rem }
header a { font-weight: 600; color: inherit; text-decoration: none }
nav { padding: .5rem 1rem; background: var(--soft); border-right: 1px solid var(--line) }
nav h2 { font-size: .85rem; margin: 1rem 0 .3rem } nav ul { list-style: none; margin: 0; padding: 0 }
nav li a { display: block; padding: .15rem .4rem; border-radius: 4px; text-decoration: none }
[aria-current] { background: var(--strong); color: light-dark(#fff, #000) }
a { color: var(--strong) } a:focus-visible, button:focus-visible, :is(input, select, textarea):focus-visible {
  outline: 3px solid var(--strong); outline-offset: 1px }
main { padding: 0 1.5rem 2rem; max-width: 70rem; overflow-x: auto } h1 { font-size: 1.3rem }
.skip { position: absolute; left: -100vw } .skip:focus { left: 1rem; top: .3rem }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; white-space: pre-line } thead { background: var(--soft) }
.field { display: grid; grid-template-columns: 20rem minmax(10rem, 30rem); gap: .2rem 1rem; margin: .35rem 0 }
.field small { grid-column: 2 } input[type=checkbox] { justify-self: start } .code { font-family: monospace }
:is(input, select, textarea, button) { font: inherit; padding: .25rem .4rem }
button, .button { background: var(--strong); color: light-dark(#fff, #000); border: 0; border-radius: 4px;
  padding: .35rem 1rem; text-decoration: none } .quiet { background: none; color: inherit; border: 1px solid var(--line) }
.problems { border-left: 4px solid var(--bad); padding: .1rem 1rem; color: var(--bad) } .note { opacity: .8 }
@media (max-width: 50rem) { body { display: block } .field { grid-template-columns: 1fr } .field small { grid-column: 1 } }
`
