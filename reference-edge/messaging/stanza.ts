/** An element of an XML stream: names are resolved, prefixes are gone. */
export interface Stanza {
  /** Local name. */
  readonly name: string
  readonly namespace: string
  readonly attributes: readonly StanzaAttribute[]
  readonly children: ReadonlyArray<Stanza | string>
}

export interface StanzaAttribute {
  readonly name: string
  /** Empty for an attribute without prefix. */
  readonly namespace: string
  readonly value: string
}

export const Namespace = {
  client: 'jabber:client',
  component: 'jabber:component:accept',
  stream: 'http://etherx.jabber.org/streams',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  xml: 'http://www.w3.org/XML/1998/namespace',
  /** Session frames between the XCP routers: ours, not Cisco's. */
  xcp: 'urn:mra:xcp',
} as const

/** Makes an element; attributes whose value is undefined are left out. */
export function stanza(
  name: string,
  namespace: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  children: ReadonlyArray<Stanza | string> = [],
): Stanza {
  const present = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    name,
    namespace,
    attributes: present.map(([key, value]) => ({ name: key, namespace: '', value })),
    children,
  }
}

export function attributeOf({ attributes }: Stanza, name: string): string | undefined {
  return attributes.find((attribute) => attribute.namespace === '' && attribute.name === name)?.value
}

export function childrenOf({ children }: Stanza): Stanza[] {
  return children.filter((child) => typeof child !== 'string')
}

export function childOf(parent: Stanza, name: string, namespace = parent.namespace): Stanza | undefined {
  return childrenOf(parent).find((child) => child.name === name && child.namespace === namespace)
}

export function textOf({ children }: Stanza): string {
  return children.filter((child) => typeof child === 'string').join('')
}

export function isStanza({ name, namespace }: Stanza, wantedName: string, wantedNamespace: string): boolean {
  return name === wantedName && namespace === wantedNamespace
}

/**
 * Writes an element anew for a stream whose default namespace is `context`; the prefix `stream` is taken as declared.
 * Undefined where the text would exceed `limitChars`: an element may be longer written than it was read
 * (entities, namespace declarations), and the difference is the attacker's to choose.
 */
export function writeStanza(element: Stanza, context: string, limitChars: number): string | undefined {
  const parts: string[] = []
  let size = 0
  const put = (text: string) => {
    parts.push(text)
    size += text.length
    return size <= limitChars
  }
  return writeInto(element, context, put) ? parts.join('') : undefined
}

/** `<message> alice@example.com → bob@example.com`: what a trace shows. Never text content, which may be a password. */
export function summaryOf(element: Stanza): string {
  if (element.namespace === Namespace.sasl) return saslSummary(element)
  const [from, to, type] = ['from', 'to', 'type'].map((name) => attributeOf(element, name))
  const inner = element.name === 'iq' ? (childrenOf(element)[0]?.name ?? '') : ''
  const head = ['<' + element.name, ...(type === undefined ? [] : [`type=${type}`])].join(' ') + '>'
  const parties = from === undefined && to === undefined ? [] : [from ?? '', '→', to ?? '']
  return shortened([head, ...(inner === '' ? [] : [inner]), ...parties].join(' ').trim())
}

function saslSummary(element: Stanza): string {
  const mechanism = attributeOf(element, 'mechanism')
  const condition = element.name === 'failure' ? childrenOf(element)[0]?.name : undefined
  const detail = mechanism === undefined ? (condition ?? '') : `mechanism=${mechanism}`
  return shortened(`<${[element.name, detail].join(' ').trim()}>`)
}

function shortened(text: string): string {
  return text.length <= 200 ? text : text.slice(0, 199) + '…'
}

function writeInto(element: Stanza, context: string, put: (text: string) => boolean): boolean {
  const isPrefixed = element.namespace === Namespace.stream
  const name = isPrefixed ? `stream:${element.name}` : element.name
  const inner = isPrefixed ? context : element.namespace
  let open = '<' + name
  if (inner !== context) open += ` xmlns='${escapeAttribute(inner)}'`
  let prefixes = 0
  for (const { name: key, namespace, value } of element.attributes) {
    const prefix = namespace === '' ? '' : namespace === Namespace.xml ? 'xml:' : `a${++prefixes}:`
    if (prefix.startsWith('a')) open += ` xmlns:a${prefixes}='${escapeAttribute(namespace)}'`
    open += ` ${prefix}${key}='${escapeAttribute(value)}'`
  }
  if (element.children.length === 0) return put(open + '/>')
  if (!put(open + '>')) return false
  for (const child of element.children) {
    if (!(typeof child === 'string' ? put(escapeText(child)) : writeInto(child, inner, put))) return false
  }
  return put(`</${name}>`)
}

function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => escapes[character]!)
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>'\r\n\t]/g, (character) => escapes[character]!)
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
}
