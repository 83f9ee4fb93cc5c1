import { AdministratorPages } from '#lab/vcs/administrator-pages.ts'
import type { LabWorld } from './world.ts'

/** Somebody logged in to the pages of a VCS, for as long as `look` takes. */
export async function onPages<T>(
  world: LabWorld,
  host: string,
  look: (pages: AdministratorPages) => Promise<T>,
): Promise<T> {
  const { admin } = (await world.lab()).describe().hosts[host]!
  await using pages = await AdministratorPages.logIn(admin!)
  return await look(pages)
}

/** A field of a form with its star. */
export interface ShownField {
  readonly name: string
  readonly label: string
  readonly isMandatory: boolean
}

/** The labels of the form, in the order of the page. */
export function fieldsIn(html: string): ShownField[] {
  return [...html.matchAll(/<label for="field-([^"]+)"\s*>([\s\S]*?)<\/label/g)].map(([, name, inner]) => ({
    name: name!,
    label: textOf(inner!.replaceAll(/<span class="star"[\s\S]*?<\/span>/g, '')),
    isMandatory: inner!.includes('class="star"'),
  }))
}

/** Texts of the buttons and of the links that look like one. */
export function buttonsIn(html: string): string[] {
  const main = html.slice(html.indexOf('<main'))
  return [...main.matchAll(/<(button|a class="button[^"]*")[^>]*>([\s\S]*?)<\/(button|a)>/g)].map(([, , inner]) =>
    textOf(inner!),
  )
}

/** Rows of a page's tables, each with its HTML. */
export function tableRowsIn(html: string): { readonly text: string; readonly html: string }[] {
  return [...html.matchAll(/<tr[^>]*>[\s\S]*?<\/tr>/g)].map(([row]) => ({ text: textOf(row), html: row }))
}

/** What is read: no tags, entities as characters, single blanks. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<wbr \/>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
