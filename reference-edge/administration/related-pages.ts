import { html, raw } from 'hono/html'
import type { AnyPage } from '../configuration/page.ts'
import { type Html, nothing } from './html.ts'
import type { Desk } from './layout.ts'
import { pageAt, pagesBelow, titleOf, urlOf } from './menu.ts'

const unifiedCommunications = 'Configuration > Unified Communications'

/** Links the guide asks for besides those to the pages below a page: menu path to the link's text. */
const others: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Configuration > Zones > Zones': {
    'Configuration > Authentication > Devices > Local database': 'Add/Edit local authentication database',
  },
  [`${unifiedCommunications} > Configuration`]: {
    [`${unifiedCommunications} > Unified CM servers`]: 'Unified CM servers',
    [`${unifiedCommunications} > IM and Presence servers`]: 'IM and Presence servers',
  },
}

const headings: Readonly<Record<string, string>> = { 'Status > Unified Communications': 'Advanced status information' }

/** Links from a page to those that belong to it; beside a form, in a tab of their own so that nothing entered is lost. */
export function relatedPages({ system }: Desk, page: AnyPage, where: 'here' | 'beside a form' = 'here'): Html | string {
  const { pages } = system.configuration
  const links = [
    ...pagesBelow(pages, page).map(({ path }) => ({ path, text: titleOf(path) })),
    ...Object.entries(others[page.path] ?? {}).map(([path, text]) => ({ path, text })),
  ].filter(({ path }) => pageAt(pages, path) !== undefined)
  if (links.length === 0) return nothing
  const target = where === 'here' ? nothing : raw('target="_blank" rel="noopener"')
  return html`<section class="related" aria-labelledby="related-title">
    <h2 id="related-title">${headings[page.path] ?? 'Related tasks'}</h2>
    <ul>
      ${links.map(({ path, text }) => html`<li><a href="${urlOf(path)}" ${target}>${text}</a></li>`)}
    </ul>
  </section>`
}
