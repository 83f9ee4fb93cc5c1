import type { Account, ClientSession } from '#simulators/protocol/xmpp/client-session.ts'
import { copied, ns, parseJid } from '#simulators/protocol/xmpp/stanzas.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import type { OneTimePasswords } from '../one-time-passwords.ts'

/** A node of this domain at the other end of a link. */
export interface NodeLink {
  /** FQDN. */
  readonly node: string
  /** Of another cluster: users are told each other, private data are not. */
  readonly isOfOtherCluster: boolean
  send(frame: Element): void
}

/** A session bound at another node. */
export interface RemoteSession {
  readonly node: string
  readonly userId: string
  readonly resource: string
  readonly jid: string
  /** Its last broadcast; there is none of a session that is not available. */
  readonly presence: Element
  readonly priority: number
  send(stanza: Element): void
}

/** What other nodes' news mean for this one. */
export interface LocalServer {
  readonly domain: string
  readonly oneTimePasswords: OneTimePasswords
  readonly ownUsers: readonly Account[]
  readonly sessions: readonly ClientSession[]
  readonly privateData: ReadonlyMap<string, string>
  /** Presence of somebody at another node, for our sessions. */
  presenceElsewhere(presence: Element, userId: string): void
  /** A stanza for one of our sessions, which another node has routed. */
  deliver(jid: string, stanza: Element): void
  keepPrivate(owned: string, text: string): void
  /** The same resource was bound elsewhere. */
  boundElsewhere(jid: string): void
}

/**
 * What this node knows of the others: who is there, and whose home they are. Cisco's own traffic between XCP routers is
 * not public; ours are `<node-data xmlns='urn:mra:xcp' of='…'>` frames on the links between the nodes.
 */
export class OtherNodes {
  readonly #local: LocalServer
  readonly #links = new Set<NodeLink>()
  readonly #sessions = new Map<string, RemoteSession>()
  /** Users at home in other clusters, by node: known for as long as nobody says otherwise. */
  readonly #users = new Map<string, readonly Account[]>()

  constructor(local: LocalServer) {
    this.#local = local
  }

  get links(): ReadonlyArray<{ node: string }> {
    return [...this.#links].map(({ node }) => ({ node }))
  }

  get sessions(): readonly RemoteSession[] {
    return [...this.#sessions.values()]
  }

  /** Users at home in other clusters. */
  get users(): readonly Account[] {
    const byId = new Map([...this.#users.values()].flat().map((user) => [user.userId.toLowerCase(), user] as const))
    return [...byId.values()]
  }

  sessionsOf(userId: string): RemoteSession[] {
    return this.sessions.filter((session) => session.userId.toLowerCase() === userId.toLowerCase())
  }

  /** A link has come up: both ends tell everything. */
  joined(link: NodeLink): void {
    this.#links.add(link)
    this.#tellUsers(link)
    for (const { presence } of this.#local.sessions) {
      if (presence !== undefined) link.send(frame('presence', {}, copied(presence)))
    }
    if (link.isOfOtherCluster) return
    for (const [owned, text] of this.#local.privateData) link.send(frame('private', { owned }, text))
  }

  /** Who was there is unavailable. */
  lost(link: NodeLink): void {
    if (!this.#links.delete(link)) return
    for (const session of this.sessions) if (session.node === link.node) this.#gone(session)
  }

  usersChanged(): void {
    for (const link of this.#links) this.#tellUsers(link)
  }

  presence(presence: Element): void {
    this.#tell(() => frame('presence', {}, copied(presence)))
  }

  bound(jid: string): void {
    this.#tell(() => frame('bound', { jid }))
  }

  passwordIssued(userId: string, password: string): void {
    this.#tell(() => frame('password', { user: userId }, password))
  }

  passwordUsed(password: string): void {
    this.#tell(() => frame('password-used', {}, password))
  }

  stored(owned: string, text: string): void {
    for (const link of this.#links) if (!link.isOfOtherCluster) link.send(frame('private', { owned }, text))
  }

  /** A frame of another node. */
  received(link: NodeLink, data: Element): void {
    const { of, jid = '', user = '', owned = '' } = data.attrs
    const [stanza] = data.getChildElements()
    switch (of) {
      case 'presence':
        return stanza === undefined ? undefined : this.#takePresence(link, stanza)
      case 'stanza':
        return stanza === undefined ? undefined : this.#local.deliver(jid, stanza)
      case 'bound':
        return this.#local.boundElsewhere(jid)
      case 'password':
        return this.#local.oneTimePasswords.issuedElsewhere(user, data.getText())
      case 'password-used':
        return this.#local.oneTimePasswords.usedElsewhere(data.getText())
      case 'private':
        return link.isOfOtherCluster ? undefined : this.#local.keepPrivate(owned, data.getText())
      case 'users':
        return link.isOfOtherCluster ? this.#takeUsers(link, data) : undefined
    }
  }

  #takePresence(link: NodeLink, presence: Element): void {
    const { from = '', type } = presence.attrs
    const jid = parseJid(from)
    if (jid?.domain !== this.#local.domain || jid.resource === '') return
    const known = this.#sessions.get(from)
    if (type === 'unavailable') return known?.node === link.node ? this.#gone(known, presence) : undefined
    if (type !== undefined || this.#sessions.size >= mostSessions) return
    const userId = from.slice(0, from.indexOf('@'))
    this.#sessions.set(from, {
      node: link.node,
      userId,
      resource: jid.resource,
      jid: from,
      presence,
      priority: Number.parseInt(presence.getChildText('priority') ?? '0', 10) || 0,
      send: (stanza) => link.send(frame('stanza', { jid: from }, copied(stanza))),
    })
    this.#local.presenceElsewhere(presence, userId)
  }

  #gone({ jid, userId }: RemoteSession, presence = xml('presence', { type: 'unavailable', from: jid })): void {
    this.#sessions.delete(jid)
    this.#local.presenceElsewhere(presence, userId)
  }

  #tellUsers(link: NodeLink): void {
    if (!link.isOfOtherCluster) return
    const users = this.#local.ownUsers.map(({ userId, displayName }) =>
      xml('user', { id: userId, ...(displayName === undefined ? {} : { name: displayName }) }),
    )
    link.send(frame('users', {}, ...users))
  }

  /** Nobody signs in with a password here whose home is elsewhere: it is not told. */
  #takeUsers(link: NodeLink, data: Element): void {
    const users = data.getChildren('user').flatMap(({ attrs: { id, name } }) => {
      return id === undefined ? [] : [{ userId: id, password: '', displayName: name }]
    })
    this.#users.set(link.node, users.slice(0, mostSessions))
  }

  #tell(data: () => Element): void {
    for (const link of this.#links) link.send(data())
  }
}

const mostSessions = 10_000

function frame(of: string, attributes: Record<string, string>, ...children: Array<Element | string>): Element {
  return xml('node-data', { xmlns: ns.xcp, of, ...attributes }, ...children)
}
