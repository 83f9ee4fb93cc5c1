import { html } from 'hono/html'
import type { AnyPage } from '../configuration/page.ts'
import type { Problem } from '../configuration/problem.ts'
import { fieldsView } from './form-view.ts'
import { type Html, nothing } from './html.ts'
import { type Desk, postForm } from './layout.ts'
import { urlOf } from './menu.ts'
import { actionsOf, type PageAction } from './page-parts.ts'
import type { Row } from './shown-values.ts'

/** What was sent with a button and not taken. */
export interface RefusedAction {
  readonly name: string
  readonly given: Row
  readonly problems: readonly Problem[]
}

/** The buttons of a page: those that ask for something first each as a form of its own, the others side by side. */
export function actionsView(desk: Desk, page: AnyPage, refused?: RefusedAction): Html | string {
  const actions = actionsOf(desk.system, page).filter(({ description }) => description.onRowOf === undefined)
  if (actions.length === 0) return nothing
  const plain = actions.filter(({ fields }) => Object.keys(fields).length === 0)
  const asking = actions.filter(({ fields }) => Object.keys(fields).length > 0)
  return html`${asking.map((action) => askingForm(desk, page, action, refused))}
  ${
    plain.length === 0
      ? nothing
      : html`<section class="toolbar" aria-label="Actions">
          ${plain.map((action) => postForm(desk, actionUrl(page, action), button(action)))}
        </section>`
  }`
}

/** The question before something that cannot be taken back. */
export function confirmForm(desk: Desk, page: AnyPage, target: string, label: string, given: Row): Html {
  return postForm(desk, target, [
    ...Object.entries(given).map(
      ([key, value]) => html`<input type="hidden" name="${key}" value="${String(value)}" />`,
    ),
    html`<p class="buttons">
      <button name="_confirmed" value="1">${label}</button>
      <a class="button quiet" href="${urlOf(page.path)}">Cancel</a>
    </p>`,
  ])
}

export function actionUrl(page: AnyPage, { name }: Pick<PageAction, 'name'>): string {
  return `${urlOf(page.path)}/actions/${name}`
}

/** Before the ids of an action's fields. */
export function actionPrefix(name: string): string {
  return `action-${name}`
}

function askingForm(desk: Desk, page: AnyPage, action: PageAction, refused: RefusedAction | undefined): Html {
  const { name, fields, description } = action
  const initial = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.initial]))
  const mine = refused?.name === name ? refused : undefined
  const view = {
    fields,
    values: { ...initial, ...mine?.given },
    prefix: actionPrefix(name),
    withAdvanced: true,
    heading: description.label,
    ...(mine === undefined ? {} : { problems: mine.problems }),
  }
  const body = [...fieldsView(view), html`<div class="buttons">${button(action)}</div>`]
  return html`<section class="asking">${postForm(desk, actionUrl(page, action), body)}</section>`
}

function button({ description: { label, says } }: PageAction): Html {
  return html`<button>${label}</button>${says === undefined ? nothing : html` <span class="help">${says}</span>`}`
}
