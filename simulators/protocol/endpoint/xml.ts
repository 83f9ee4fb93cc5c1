import type { Element } from '../xml/element.ts'
import { escapeXML, parseDocument } from '../xml/element.ts'

export type { Element } from '../xml/element.ts'
export const escapeXml = escapeXML

/** Parses a document; throws where it is not well formed. */
export function parseXml(document: string): Element {
  const root = parseDocument(document)
  if (root === undefined) throw new Error('the document is not well-formed XML')
  return root
}

/** The first element at the end of a path of local names. */
export function childAt(element: Element | undefined, ...path: string[]): Element | undefined {
  let at = element
  for (const name of path) at = childrenNamed(at, name)[0]
  return at
}

export function childrenNamed(element: Element | undefined, name: string): Element[] {
  return element?.getChildElements().filter((child) => child.getName() === name) ?? []
}

/** Trimmed text at the end of a path; undefined where there is none. */
export function textAt(element: Element | undefined, ...path: string[]): string | undefined {
  const text = childAt(element, ...path)
    ?.getText()
    .trim()
  return text === '' ? undefined : text
}

/** Every element of that local name below, in document order. */
export function allNamed(element: Element, name: string): Element[] {
  return element
    .getChildElements()
    .flatMap((child) => [...(child.getName() === name ? [child] : []), ...allNamed(child, name)])
}

export function findElement(element: Element | undefined, name: string): Element | undefined {
  return element === undefined ? undefined : allNamed(element, name)[0]
}
