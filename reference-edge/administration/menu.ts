import type { AnyPage } from '../configuration/page.ts'

/** A place in the menu: a page, a heading with places below it, or both. */
export interface MenuEntry {
  readonly title: string
  readonly page?: AnyPage
  readonly entries: readonly MenuEntry[]
}

/** `Configuration > Zones > Zones` → `/configuration/zones/zones` */
export function urlOf(path: string): string {
  return `/${stepsOf(path).map(slug).join('/')}`
}

export function stepsOf(path: string): string[] {
  return path.split('>').map((step) => step.trim())
}

export function titleOf(path: string): string {
  return stepsOf(path).at(-1)!
}

/** `Unified Communications configuration`: a step that says nothing by itself takes the one before it along. */
export function headingOf(path: string): string {
  const [title, before] = stepsOf(path).toReversed()
  return title === 'Configuration' && before !== undefined ? `${before} configuration` : title!
}

/** The menu of the guide: Status, System, Configuration, Maintenance, in the order of the pages. */
export function menuOf(pages: readonly AnyPage[]): readonly MenuEntry[] {
  return entriesBelow(pages, [])
}

/** The page at a menu path, whatever the case of its letters. */
export function pageAt(pages: readonly AnyPage[], path: string): AnyPage | undefined {
  const url = urlOf(path)
  return pages.find((page) => urlOf(page.path) === url)
}

/** Pages one step below. */
export function pagesBelow(pages: readonly AnyPage[], { path }: AnyPage): readonly AnyPage[] {
  const depth = stepsOf(path).length + 1
  return pages.filter((page) => page.path.startsWith(`${path} > `) && stepsOf(page.path).length === depth)
}

function entriesBelow(pages: readonly AnyPage[], above: readonly string[]): MenuEntry[] {
  const inside = pages.filter(({ path }) => above.every((step, depth) => stepsOf(path)[depth] === step))
  const titles = new Set(inside.flatMap(({ path }) => stepsOf(path)[above.length] ?? []))
  return [...titles].map((title) => {
    const steps = [...above, title]
    const page = inside.find(({ path }) => path === steps.join(' > '))
    return { title, ...(page === undefined ? {} : { page }), entries: entriesBelow(inside, steps) }
  })
}

function slug(step: string): string {
  return step
    .toLowerCase()
    .replaceAll('&', 'and')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
