import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import type { ClientSession } from '#simulators/protocol/xmpp/client-session.ts'
import type { Jid } from '#simulators/protocol/xmpp/stanzas.ts'
import { addressed, errorOf, ns, parseJid, resultOf } from '#simulators/protocol/xmpp/stanzas.ts'

/** A session of this domain, at this node or at another one. */
export type Receiver = Pick<ClientSession, 'userId' | 'resource' | 'jid' | 'presence' | 'priority' | 'send'>

/** Where stanzas for other domains go. */
export interface ForeignDomains {
  send(stanza: Element, domain: string): void
}

/** Our side of an exchange with another domain. */
export interface LocalSessions {
  readonly domain: string
  /** Undefined while no federation runs. */
  readonly foreignDomains: ForeignDomains | undefined
  user(userId: string): object | undefined
  /** At all nodes. */
  sessionsOf(userId: string): Receiver[]
  receiversOf(userId: string, resource: string, type: string): Receiver[]
  recordMessage(message: Element, via: 'federation'): void
}

/**
 * Messages, presence and iq between our users and those of other domains (RFC 6121). Whoever asks for a user's presence
 * is authorised at once, as an IM and Presence node does with automatic authorisation on.
 */
export class ForeignStanzas {
  readonly #local: LocalSessions
  /** Bare JIDs elsewhere, by the user whose presence they watch. */
  readonly #watchers = new Map<string, Set<string>>()

  constructor(local: LocalSessions) {
    this.#local = local
  }

  /** A stanza of a session to `to`, which is not ours; undefined: no JID at all. */
  send(session: ClientSession, stanza: Element, to: Jid | undefined): void {
    const { foreignDomains } = this.#local
    const { type = '' } = stanza.attrs
    if (foreignDomains !== undefined && to !== undefined) {
      // RFC 6121 §3: subscriptions are between bare JIDs.
      if (stanza.getName() === 'presence' && subscriptions.has(type)) stanza.attrs['from'] = session.bareJid
      return foreignDomains.send(stanza, to.domain)
    }
    if (type !== 'error' && type !== 'result') session.send(errorOf(stanza, 'remote-server-not-found'))
  }

  /** What a session broadcasts, for those elsewhere who watch its user. */
  broadcast(session: Pick<ClientSession, 'userId'>, presence: Element): void {
    for (const watcher of this.#watchers.get(session.userId?.toLowerCase() ?? '') ?? []) {
      this.#toForeign(addressed(presence, watcher))
    }
  }

  /** A stanza of another domain; its addresses are checked. */
  received(stanza: Element): void {
    const to = parseJid(stanza.attrs['to'] ?? '')
    if (to === undefined) return
    switch (stanza.getName()) {
      case 'message':
        return this.#takeMessage(stanza, to)
      case 'presence':
        return this.#takePresence(stanza, to)
      case 'iq':
        return this.#takeIq(stanza, to)
    }
  }

  #takeMessage(message: Element, to: Jid): void {
    const { type = 'normal' } = message.attrs
    const receivers = this.#local.receiversOf(to.user, to.resource, type)
    if (receivers.length === 0) {
      if (type !== 'error' && type !== 'headline') this.#toForeign(errorOf(message, 'service-unavailable'))
      return
    }
    for (const receiver of receivers) receiver.send(message)
    if (type !== 'error') this.#local.recordMessage(message, 'federation')
  }

  #takePresence(presence: Element, to: Jid): void {
    const { type, from = '' } = presence.attrs
    const watcher = from.split('/')[0]!.toLowerCase()
    switch (type) {
      case 'subscribe':
        return this.#subscribe(to, watcher)
      case 'unsubscribe':
        return void this.#watchers.get(to.user)?.delete(watcher)
      case 'probe':
        if (this.#watchers.get(to.user)?.has(watcher) === true) return this.#sendPresence(to, from)
        return this.#answer('unsubscribed', to, watcher)
      default: {
        const sessions = this.#local.sessionsOf(to.user)
        for (const session of sessions) {
          if (to.resource === '' || session.resource === to.resource) session.send(addressed(presence, session.jid))
        }
      }
    }
  }

  #subscribe(to: Jid, watcher: string): void {
    const watchers = this.#watchers.get(to.user) ?? new Set()
    const hasRoom = watchers.has(watcher) || watchers.size < mostWatchers
    if (this.#local.user(to.user) === undefined || !hasRoom) return this.#answer('unsubscribed', to, watcher)
    this.#watchers.set(to.user, watchers.add(watcher))
    this.#answer('subscribed', to, watcher)
    this.#sendPresence(to, watcher)
  }

  #answer(type: 'subscribed' | 'unsubscribed', { user, domain }: Jid, watcher: string): void {
    this.#toForeign(xml('presence', { type, from: `${user}@${domain}`, to: watcher }))
  }

  #sendPresence({ user }: Jid, watcher: string): void {
    for (const { presence } of this.#local.sessionsOf(user)) {
      if (presence !== undefined) this.#toForeign(addressed(presence, watcher))
    }
  }

  /** Requests to a session go there; the server itself answers a ping. */
  #takeIq(iq: Element, to: Jid): void {
    const { type } = iq.attrs
    const isRequest = type === 'get' || type === 'set'
    const receiver = this.#local.sessionsOf(to.user).find(({ resource }) => resource === to.resource)
    if (receiver !== undefined) return receiver.send(iq)
    if (!isRequest) return
    const isPing = to.user === '' && type === 'get' && iq.getChild('ping', ns.ping) !== undefined
    this.#toForeign(isPing ? resultOf(iq) : errorOf(iq, 'service-unavailable'))
  }

  #toForeign(stanza: Element): void {
    const domain = parseJid(stanza.attrs['to'] ?? '')?.domain
    // What this node itself would say to a domain is not said to itself when that could not be reached.
    if (domain !== undefined && domain !== this.#local.domain) this.#local.foreignDomains?.send(stanza, domain)
  }
}

const subscriptions: ReadonlySet<string> = new Set(['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'])

const mostWatchers = 1_000
