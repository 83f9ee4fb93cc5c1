/** One element with its content in document order. Made by `readXml`. */
export interface XmlElement {
  /** As written, with its prefix. */
  readonly name: string
  /** Without its prefix. */
  readonly local: string
  /** Namespace of the element; empty where there is none. */
  readonly namespace: string
  /** By the name as written. Namespace declarations are not among them. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
}

export type XmlNode = XmlElement | string

export function childElements({ children }: XmlElement): XmlElement[] {
  return children.filter((node) => typeof node !== 'string')
}

/** First child of that local name, in that namespace where one is given. */
export function child(parent: XmlElement | undefined, local: string, namespace?: string): XmlElement | undefined {
  if (parent === undefined) return undefined
  return childElements(parent).find(
    (node) => node.local === local && (namespace === undefined || node.namespace === namespace),
  )
}

/** Every element of that local name below `root`, in document order. */
export function descendants(root: XmlElement, local: string): XmlElement[] {
  return childElements(root).flatMap((node) => [...(node.local === local ? [node] : []), ...descendants(node, local)])
}

/** All character data of the element, descendants included; empty text for no element. */
export function textOf(parent: XmlElement | undefined): string {
  return parent === undefined
    ? ''
    : parent.children.map((node) => (typeof node === 'string' ? node : textOf(node))).join('')
}

/** Attribute names come from the network: a record without a prototype has no `__proto__` to lose. */
export function record(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const made: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of entries) made[name] = value
  return made
}
