import type { Element } from '@xmpp/xml'
import { StreamParser } from './stream-parser.ts'

export type { Element } from '@xmpp/xml'
export { default as xml, escapeXML } from '@xmpp/xml'

/** The root of a whole document, or undefined where it is not well-formed, has a DTD, or exceeds `limitBytes`. */
export function parseDocument(text: string, limitBytes = 1024 * 1024): Element | undefined {
  if (Buffer.byteLength(text) > limitBytes) return undefined
  let root: Element | undefined
  let isEnded = false
  const parser = new StreamParser(
    {
      onHeader: (element) => (root = element),
      onElement: (element) => void root?.append(element),
      onEnd: () => (isEnded = true),
    },
    { elementBytes: limitBytes, keepsText: true },
  )
  const isRead = parser.write(Buffer.from(text.replace(/^\uFEFF/, '').trim()))
  return isRead && isEnded ? root : undefined
}

/** First descendant of that local name, in document order. */
export function descendant(root: Element | undefined, name: string): Element | undefined {
  for (const child of root?.getChildElements() ?? []) {
    const found = child.getName() === name ? child : descendant(child, name)
    if (found !== undefined) return found
  }
  return undefined
}
