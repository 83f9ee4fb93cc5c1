import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'

export const ns = {
  client: 'jabber:client',
  stream: 'http://etherx.jabber.org/streams',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  session: 'urn:ietf:params:xml:ns:xmpp-session',
  roster: 'jabber:iq:roster',
  private: 'jabber:iq:private',
  ping: 'urn:xmpp:ping',
  discoInfo: 'http://jabber.org/protocol/disco#info',
  discoItems: 'http://jabber.org/protocol/disco#items',
  vcard: 'vcard-temp',
  xcp: 'urn:mra:xcp',
} as const

/** Stanza error conditions used here with their types, RFC 6120 §8.3.3. */
const errorTypes = {
  'bad-request': 'modify',
  'feature-not-implemented': 'cancel',
  'not-allowed': 'cancel',
  'remote-server-not-found': 'cancel',
  'remote-server-timeout': 'wait',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
} as const
export type StanzaCondition = keyof typeof errorTypes

export function resultOf(request: Element, ...children: Element[]): Element {
  const { id, from, to } = request.attrs
  return xml('iq', { type: 'result', id, from: to, to: from }, ...children)
}

export function errorOf(request: Element, condition: StanzaCondition): Element {
  const { id, from, to } = request.attrs
  const error = xml('error', { type: errorTypes[condition] }, xml(condition, { xmlns: ns.stanzaErrors }))
  return xml(request.getName(), { type: 'error', id, from: to, to: from }, error)
}

/** The guide's literal (p. 37): neither `from` nor the resource come back. */
export function bindConflict({ attrs: { id } }: Element): Element {
  return xml(
    'iq',
    { id, type: 'error' },
    xml('bind', { xmlns: ns.bind }),
    xml('error', { code: '409', type: 'cancel' }, xml('conflict', { xmlns: ns.stanzaErrors })),
  )
}

export interface Jid {
  readonly user: string
  readonly domain: string
  readonly resource: string
}

/** RFC 7622 without its string preparation: user and domain are compared in lower case. */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf('/')
  const bare = slash === -1 ? text : text.slice(0, slash)
  const resource = slash === -1 ? '' : text.slice(slash + 1)
  const at = bare.indexOf('@')
  const domain = bare.slice(at + 1).toLowerCase()
  const isLegal = text.length <= 3071 && domain !== '' && !domain.includes('@') && !(at === 0) && !text.endsWith('/')
  return isLegal ? { user: bare.slice(0, Math.max(0, at)).toLowerCase(), domain, resource } : undefined
}

/**
 * A stanza of its own for another stream: the default namespace of the stream it comes from is no longer named, so
 * that the other stream's holds in its place.
 */
export function inNamespace(stanza: Element, defaultNamespace: string): Element {
  const { xmlns, ...attributes } = stanza.attrs
  const isDefault = xmlns === undefined || xmlns === defaultNamespace
  const children = stanza.children.map((child) => {
    if (typeof child === 'string') return child
    return isDefault ? inNamespace(child, defaultNamespace) : copied(child)
  })
  return xml(stanza.name, isDefault ? attributes : { ...stanza.attrs }, ...children)
}

/** Appending an element moves it; a stanza that goes several ways needs one of its own each time. */
export function copied(element: Element): Element {
  const children = element.children.map((child) => (typeof child === 'string' ? child : copied(child)))
  return xml(element.name, { ...element.attrs }, ...children)
}

/** A presence of its own for one receiver. */
export function addressed(presence: Element, to: string): Element {
  const { name, attrs, children } = copied(presence)
  return xml(name, { ...attrs, xmlns: ns.client, to }, ...children)
}
