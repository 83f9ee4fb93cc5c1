import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import type { Account, ClientSession, SessionServer } from '#simulators/protocol/xmpp/client-session.ts'
import { localUser } from '#simulators/protocol/xmpp/client-session.ts'
import type { IqServer } from '#simulators/protocol/xmpp/iq.ts'
import { answerServerIq } from '#simulators/protocol/xmpp/iq.ts'
import type { Jid } from '#simulators/protocol/xmpp/stanzas.ts'
import { addressed, errorOf, parseJid } from '#simulators/protocol/xmpp/stanzas.ts'
import { AccessTokens } from './access-tokens.ts'
import type { WebexConfiguration } from './configuration.ts'

export interface MessageRecord {
  readonly from: string
  readonly to: string
  readonly body: string
  /** Host time. */
  readonly at: string
}

export interface LoginRecord {
  readonly userId: string | undefined
  readonly mechanism: string
  readonly address: string
  readonly at: string
}

/** A customer's users in the cloud: sessions, presence and messages among them. Everybody is in everybody's roster. */
export class Organization implements SessionServer, IqServer {
  readonly domain: string
  readonly product = 'WebEx Messenger'
  readonly mechanisms = ['WEBEX-TOKEN', 'PLAIN'] as const
  readonly tokens: AccessTokens
  readonly messages: MessageRecord[] = []
  readonly logins: LoginRecord[] = []
  readonly #clock: WallClock
  readonly #random: Random
  readonly #sessions = new Set<ClientSession>()
  readonly #privateStorage = new Map<string, string>()
  #users: ReadonlyMap<string, Account>

  constructor({ domain, users }: WebexConfiguration, clock: WallClock, random: Random) {
    this.domain = domain.toLowerCase()
    this.#clock = clock
    this.#random = random
    this.#users = byId(users)
    this.tokens = new AccessTokens(clock, random)
  }

  get users(): readonly Account[] {
    return [...this.#users.values()]
  }

  set users(users: readonly Account[]) {
    this.#users = byId(users)
  }

  get sessions(): readonly ClientSession[] {
    return [...this.#sessions]
  }

  user(userId: string): Account | undefined {
    return this.#users.get(userId.toLowerCase())
  }

  /** `alice@example.com` or `alice`; undefined where there is no such account. */
  account(name: string): Account | undefined {
    return this.user(localUser(name, this.domain))
  }

  redeem(_mechanism: string, token: string): string | undefined {
    const userId = this.tokens.owner(token)
    return userId === undefined ? undefined : this.user(userId)?.userId
  }

  newResource(): string {
    return `wbx_${this.#random.integer(1000, 9999)}`
  }

  recordLogin({ address }: ClientSession, mechanism: string, userId: string | undefined): void {
    this.logins.push({ userId, mechanism, address, at: this.#now() })
    if (this.logins.length > mostRecords) this.logins.shift()
  }

  /** A session of the same resource is replaced (RFC 6120 §7.7.2.2). */
  bind(session: ClientSession, resource: string): boolean {
    const own = this.#sessionsOf(session.userId ?? '')
    own.find((other) => other.resource === resource)?.close('conflict')
    if (own.length >= mostSessionsOfUser) own[0]!.close('resource-constraint')
    this.#sessions.add(session)
    return true
  }

  left(session: ClientSession): void {
    if (!this.#sessions.delete(session) || session.presence === undefined) return
    session.presence = undefined
    this.#broadcast(session, xml('presence', { type: 'unavailable', from: session.jid }))
  }

  closeAll(condition: string): void {
    for (const session of this.sessions) session.close(condition)
  }

  /** A stanza of a bound session; its `from` is stamped. */
  route(session: ClientSession, stanza: Element): void {
    const to = parseJid(stanza.attrs['to'] ?? session.bareJid)
    const isOurs = to?.domain === this.domain
    const { type } = stanza.attrs
    if (!isOurs) {
      // No federation: others are not reached from here.
      if (type !== 'error' && type !== 'result') session.send(errorOf(stanza, 'remote-server-not-found'))
      return
    }
    switch (stanza.getName()) {
      case 'message':
        return this.#routeMessage(session, stanza, to)
      case 'presence':
        return this.#routePresence(session, stanza, to)
      case 'iq':
        return this.#routeIq(session, stanza, to)
      default:
        return session.close('unsupported-stanza-type')
    }
  }

  storePrivate(session: ClientSession, key: string, text: string): boolean {
    const owned = `${session.userId} ${key}`
    const hasRoom = this.#privateStorage.has(owned) || this.#privateStorage.size < mostRecords
    if (text.length > privateChars || !hasRoom) return false
    this.#privateStorage.set(owned, text)
    return true
  }

  storedPrivate(session: ClientSession, key: string): string | undefined {
    return this.#privateStorage.get(`${session.userId} ${key}`)
  }

  /** RFC 6121 §8.5: to the session that is named, else to all available ones; nothing is stored for later. */
  #routeMessage(session: ClientSession, message: Element, { user, resource }: Jid): void {
    const own = this.#sessionsOf(user)
    const named = own.filter((each) => each.resource === resource)
    const { type = 'normal' } = message.attrs
    const available = own.filter(({ presence, priority }) => presence !== undefined && priority >= 0)
    const receivers = named.length > 0 || type === 'error' || type === 'groupchat' ? named : available
    if (receivers.length === 0) {
      if (type !== 'error' && type !== 'headline') session.send(errorOf(message, 'service-unavailable'))
      return
    }
    for (const receiver of receivers) receiver.send(message)
    const { from = '', to = session.bareJid } = message.attrs
    this.messages.push({ from, to, body: message.getChildText('body') ?? '', at: this.#now() })
    if (this.messages.length > mostRecords) this.messages.shift()
  }

  #routePresence(session: ClientSession, presence: Element, { user, resource }: Jid): void {
    const { to, type } = presence.attrs
    if (to === undefined) return this.#ownPresence(session, presence)
    // Everybody is subscribed to everybody: a request is answered for the contact.
    if (type === 'subscribe')
      return session.send(xml('presence', { type: 'subscribed', from: `${user}@${this.domain}`, to: session.bareJid }))
    const sessions = this.#sessionsOf(user)
    if (type === 'probe') return this.#tell(session, sessions)
    if (type !== undefined && type !== 'unavailable') return
    for (const each of sessions) if (resource === '' || each.resource === resource) each.send(presence)
  }

  #ownPresence(session: ClientSession, presence: Element): void {
    const { type } = presence.attrs
    if (type !== undefined && type !== 'unavailable') return session.send(errorOf(presence, 'bad-request'))
    const isInitial = session.presence === undefined
    session.presence = type === undefined ? presence : undefined
    this.#broadcast(session, presence)
    if (isInitial && type === undefined)
      this.#tell(
        session,
        this.sessions.filter((other) => other !== session),
      )
  }

  /** The presence of others, each to this session. */
  #tell(session: ClientSession, others: readonly ClientSession[]): void {
    for (const { presence } of others) if (presence !== undefined) session.send(addressed(presence, session.jid))
  }

  #broadcast(from: ClientSession, presence: Element): void {
    for (const session of this.#sessions) {
      if (session.presence !== undefined || session === from) session.send(addressed(presence, session.bareJid))
    }
  }

  #routeIq(session: ClientSession, iq: Element, { user, resource }: Jid): void {
    const { type } = iq.attrs
    const isRequest = type === 'get' || type === 'set'
    if (resource === '') {
      const userId = iq.attrs['to'] === undefined ? '' : user
      return isRequest ? session.send(answerServerIq(this, session, iq, userId)) : undefined
    }
    const receiver = this.#sessionsOf(user).find((each) => each.resource === resource)
    if (receiver !== undefined) return receiver.send(iq)
    if (isRequest) session.send(errorOf(iq, 'service-unavailable'))
  }

  #sessionsOf(userId: string): ClientSession[] {
    return this.sessions.filter((session) => session.userId?.toLowerCase() === userId.toLowerCase())
  }

  #now(): string {
    return this.#clock.now().toISOString()
  }
}

function byId(users: readonly Account[]): ReadonlyMap<string, Account> {
  return new Map(users.map((user) => [user.userId.toLowerCase(), user]))
}

const mostRecords = 10_000
const mostSessionsOfUser = 10
const privateChars = 64 * 1024
