import { html, raw } from 'hono/html'
import type { Problem } from '../configuration/problem.ts'
import type { AdministeredSystem } from './administered-system.ts'
import { type Html, nothing } from './html.ts'
import { type MenuEntry, menuOf, pageAt, stepsOf, urlOf } from './menu.ts'
import type { Session } from './sessions.ts'
import { systemName } from './system-name.ts'

/** What every page of a logged-in administrator stands on. */
export interface Desk {
  readonly system: AdministeredSystem
  readonly session: Session
  /** The one thing that its page is asked about. */
  readonly about?: string
}

export interface Frame {
  /** Menu path of the page, and steps behind it that are no page: `New`, `Edit`. */
  readonly path: string
  readonly behind?: readonly string[]
  readonly title: string
  readonly intro?: string
  /** Why what was sent was not taken; `idOf` gives the element of the field that is meant. */
  readonly problems?: readonly Problem[]
  /** Heading above the problems. */
  readonly refused?: 'Not saved' | 'Not done'
  readonly idOf?: (problem: Problem) => string | undefined
  readonly body: Html | readonly Html[]
}

/** A whole page: heading, menu, place, what has to be said, and its body. */
export function layout(desk: Desk, frame: Frame): Html {
  const { system } = desk
  const { title, intro, body } = frame
  const name = systemName(system)
  return document(
    `${title} - ${name} - ${system.product}`,
    html`<a class="skip" href="#content">Skip to content</a>
      ${header(desk, name)} ${menu(system, frame.path)}
      <main id="content" tabindex="-1">
        ${place(system, frame)}
        <h1>${title}</h1>
        ${banners(system, frame.path)} ${notice(desk)} ${errorSummary(system, frame)}
        ${intro === undefined ? nothing : html`<p class="intro">${intro}</p>`} ${body}
      </main>`,
  )
}

/** The frame of every page, the login page too. */
export function document(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
        <script src="/script.js" defer></script>
      </head>
      <body>
        ${body}
      </body>
    </html>`
}

/** A form that is sent with the token of the session. */
export function postForm({ session }: Desk, action: string, body: Html | readonly Html[], label?: string): Html {
  return html`<form
    method="post"
    action="${action}"
    autocomplete="off"
    ${label === undefined ? nothing : html`aria-label="${label}"`}
  >
    <input type="hidden" name="_token" value="${session.token}" />
    ${body}
  </form>`
}

function header(desk: Desk, name: string): Html {
  const { system, session } = desk
  const count = system.alarmCount()
  const alarms = pageAt(system.configuration.pages, 'Status > Alarms')
  const counter = count === 1 ? '1 alarm' : `${count === 0 ? 'No' : count} alarms`
  return html`<header class="top">
    <a class="brand" href="/"><strong>${system.product}</strong> <span>${name}</span></a>
    <div class="who">
      ${
        alarms === undefined
          ? nothing
          : html`<a class="alarms ${count > 0 ? 'raised' : nothing}" href="${urlOf(alarms.path)}">${counter}</a>`
      }
      <span class="user">${session.username}</span>
      ${postForm(desk, '/logout', html`<button class="quiet">Log out</button>`)}
    </div>
  </header>`
}

function menu({ configuration }: AdministeredSystem, path: string): Html {
  const here = stepsOf(path)[0]
  return html`<nav class="menu" aria-label="Menu">
    <ul>
      ${menuOf(configuration.pages).map(
        ({ title, entries }) =>
          html`<li>
            <details name="menu">
              <summary class="${title === here ? 'here' : nothing}">${title}</summary>
              ${menuList(entries, path)}
            </details>
          </li>`,
      )}
    </ul>
  </nav>`
}

function menuList(entries: readonly MenuEntry[], path: string): Html {
  return html`<ul>
    ${entries.map(
      ({ title, page, entries: below }) =>
        html`<li>
          ${
            page === undefined
              ? html`<span class="group">${title}</span>`
              : html`<a href="${urlOf(page.path)}" ${page.path === path ? raw('aria-current="page"') : nothing}
                  >${title}</a
                >`
          }
          ${below.length === 0 ? nothing : menuList(below, path)}
        </li>`,
    )}
  </ul>`
}

/** `You are here: Configuration > Zones > Zones > New` */
function place({ configuration }: AdministeredSystem, { path, behind = [] }: Frame): Html {
  const steps = [...stepsOf(path), ...behind]
  return html`<nav class="place" aria-label="You are here">
    <span>You are here:</span>
    <ol>
      ${steps.map((step, index) => {
        const page = pageAt(configuration.pages, steps.slice(0, index + 1).join(' > '))
        if (index === steps.length - 1) return html`<li aria-current="page">${step}</li>`
        return page === undefined ? html`<li>${step}</li>` : html`<li><a href="${urlOf(page.path)}">${step}</a></li>`
      })}
    </ol>
  </nav>`
}

function banners({ banners: sentences, configuration }: AdministeredSystem, path: string): Html | string {
  const said = sentences(path)
  if (said.length === 0) return nothing
  const needsRestart = said.some((sentence) => /restart/i.test(sentence))
  const restart = needsRestart ? pageAt(configuration.pages, 'Maintenance > Restart options') : undefined
  return html`<div class="banner" role="status">
    ${said.map((sentence) => html`<p>${sentence}</p>`)}
    ${restart === undefined ? nothing : html`<p><a href="${urlOf(restart.path)}">Restart options</a></p>`}
  </div>`
}

/** Said once: the session forgets it. */
function notice({ session }: Desk): Html | string {
  const { notice: said } = session
  session.notice = undefined
  if (said === undefined) return nothing
  return html`<div class="notice ${said.kind}" role="${said.kind === 'good' ? 'status' : 'alert'}">
    ${said.lines.map((line) => html`<p>${line}</p>`)}
  </div>`
}

function errorSummary(
  { configuration }: AdministeredSystem,
  { path, problems = [], refused = 'Not saved', idOf }: Frame,
): Html | string {
  if (problems.length === 0) return nothing
  const link = (problem: Problem) => {
    const id = problem.page === path ? idOf?.(problem) : undefined
    if (id !== undefined) return html`<a href="#${id}">${problem.field}</a> `
    const page = problem.page === path ? undefined : pageAt(configuration.pages, problem.page)
    if (page !== undefined) return html`<a href="${urlOf(page.path)}">${problem.page}</a> ${problem.field} `
    return html`${problem.field} `
  }
  return html`<div class="errors" id="errors" role="alert" aria-labelledby="errors-title" tabindex="-1" autofocus>
    <h2 id="errors-title">${refused}</h2>
    <ul>
      ${problems.map((problem) => html`<li>${link(problem)}${problem.says}. ${problem.action}.</li>`)}
    </ul>
  </div>`
}
