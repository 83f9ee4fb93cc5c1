/** One element with its content in document order. Made by the reader, or by `element`. */
export interface XmlElement {
  /** As written, with its prefix. */
  readonly name: string
  /** Without its prefix. */
  readonly local: string
  /** Namespace of the element; empty where there is none. */
  readonly namespace: string
  /** By the name as written. Namespace declarations are not among them: `prefixes` has those in use. */
  readonly attributes: Readonly<Record<string, string>>
  /** Namespace of each prefix that the element's or an attribute's name uses; `xml` is left out. */
  readonly prefixes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
}

export type XmlNode = XmlElement | string

/** Makes an element without a prefix; attributes that are undefined are left out. */
export function element(
  local: string,
  options: { namespace?: string; attributes?: Readonly<Record<string, string | undefined>> } = {},
  children: readonly XmlNode[] = [],
): XmlElement {
  const present = Object.entries(options.attributes ?? {}).filter(([, value]) => value !== undefined)
  return {
    name: local,
    local,
    namespace: options.namespace ?? '',
    attributes: record(present as Array<[string, string]>),
    prefixes: record([]),
    children,
  }
}

/** The same element with some attributes set; undefined takes one away. */
export function withAttributes(
  original: XmlElement,
  changes: Readonly<Record<string, string | undefined>>,
): XmlElement {
  const merged = Object.entries({ ...original.attributes, ...changes }).filter(([, value]) => value !== undefined)
  return { ...original, attributes: record(merged as Array<[string, string]>) }
}

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
