import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import type { Account, ClientSession, SessionServer, Via } from '#simulators/protocol/xmpp/client-session.ts'
import { localUser } from '#simulators/protocol/xmpp/client-session.ts'
import type { Changes, ImAndPresenceConfiguration, Services, User } from './configuration.ts'
import type { IqServer } from '#simulators/protocol/xmpp/iq.ts'
import { answerServerIq } from '#simulators/protocol/xmpp/iq.ts'
import { OneTimePasswords } from './one-time-passwords.ts'
import type { LocalServer } from './nodes/other-nodes.ts'
import { OtherNodes } from './nodes/other-nodes.ts'
import type { ForeignDomains, LocalSessions, Receiver } from './foreign-stanzas.ts'
import { ForeignStanzas } from './foreign-stanzas.ts'
import { addressed, errorOf, parseJid } from '#simulators/protocol/xmpp/stanzas.ts'

export interface DeliveredMessage {
  readonly from: string
  readonly to: string
  readonly body: string
  /** Host time. */
  readonly at: string
  /** How the sender's stream came in. */
  readonly via: Via | 'federation' | 'other node'
}

export interface LoginRecord {
  readonly userId: string | undefined
  readonly mechanism: string
  readonly address: string
  readonly via: Via
  readonly at: string
}

/**
 * Users, sessions, presence and messages of one presence domain, as one node has them: who is at other nodes it knows from
 * them. Everybody is in everybody's roster.
 */
export class MessagingServer implements SessionServer, IqServer, LocalSessions, LocalServer {
  readonly domain: string
  readonly product = 'IM and Presence'
  readonly oneTimePasswords: OneTimePasswords
  readonly #clock: WallClock
  readonly #random: Random
  readonly #sessions = new Set<ClientSession>()
  readonly #privateStorage = new Map<string, string>()
  readonly messages: DeliveredMessage[] = []
  readonly logins: LoginRecord[] = []
  services: Services
  /** Set while federation with other domains runs. */
  foreignDomains: ForeignDomains | undefined
  readonly #foreign: ForeignStanzas
  readonly otherNodes: OtherNodes
  #users: ReadonlyMap<string, User>
  #usersElsewhere: ReadonlySet<string>
  /** Users set while the Sync Agent is off: they come in when it runs again. */
  #usersToSync: readonly User[] | undefined

  constructor(configuration: ImAndPresenceConfiguration, clock: WallClock, random: Random) {
    this.domain = configuration.domain.toLowerCase()
    this.services = configuration.services
    this.#clock = clock
    this.#random = random
    this.#users = usersById(configuration.users)
    this.#usersElsewhere = lowerCase(configuration.usersAtOtherNodes)
    this.#foreign = new ForeignStanzas(this)
    this.otherNodes = new OtherNodes(this)
    this.oneTimePasswords = new OneTimePasswords(clock, random)
  }

  /** At home in this cluster. */
  get ownUsers(): readonly User[] {
    return [...this.#users.values()]
  }

  /** Those of the other clusters among them, as the Intercluster Sync Agent knows them. */
  get users(): readonly Account[] {
    const elsewhere = this.services.interclusterSyncAgent ? this.otherNodes.users : []
    return [...this.ownUsers, ...elsewhere.filter(({ userId }) => !this.#users.has(userId.toLowerCase()))]
  }

  get privateData(): ReadonlyMap<string, string> {
    return this.#privateStorage
  }

  get sessions(): readonly ClientSession[] {
    return [...this.#sessions]
  }

  user(userId: string): (Account & Pick<User, 'homeNode'>) | undefined {
    const own = this.#users.get(userId.toLowerCase())
    return own ?? this.users.find((user) => user.userId.toLowerCase() === userId.toLowerCase())
  }

  /** A one-time password that is good at every node. */
  issuePassword(userId: string): string {
    const password = this.oneTimePasswords.issue(userId)
    this.otherNodes.passwordIssued(userId, password)
    return password
  }

  /** Failing to query the authentication component leaves a client without mechanisms. */
  get mechanisms(): readonly string[] {
    return this.services.xcpAuthentication ? ['PLAIN', 'CISCO-VTG-TOKEN'] : []
  }

  /** CISCO-VTG-TOKEN: `userid=` and `token=`, a NUL between them. */
  redeem(_mechanism: string, token: string): string | undefined {
    const fields = token.split('\0')
    const named = new Map(fields.map((field) => [field.split('=', 1)[0], field.slice(field.indexOf('=') + 1)] as const))
    const user = this.user(localUser(named.get('userid') ?? '', this.domain))
    const password = named.get('token') ?? ''
    const isGood = user !== undefined && this.oneTimePasswords.redeem(user.userId, password)
    if (isGood) this.otherNodes.passwordUsed(password)
    return isGood ? user.userId : undefined
  }

  change({ services, users, usersAtOtherNodes }: Changes): void {
    this.services = { ...this.services, ...withoutUndefined(services ?? {}) }
    if (usersAtOtherNodes !== undefined) this.#usersElsewhere = lowerCase(usersAtOtherNodes)
    this.#usersToSync = users ?? this.#usersToSync
    if (!this.services.syncAgent || this.#usersToSync === undefined) return
    this.#users = usersById(this.#usersToSync)
    this.#usersToSync = undefined
    this.otherNodes.usersChanged()
  }

  newResource(): string {
    return `jabber_${this.#random.integer(1000, 9999)}`
  }

  recordLogin({ address, via }: ClientSession, mechanism: string, userId: string | undefined): void {
    this.logins.push({ userId, mechanism, address, via, at: this.#now() })
    if (this.logins.length > mostRecords) this.logins.shift()
  }

  /**
   * False: the user is known at another node too, because the Intercluster Sync Agent does not run. A session of the
   * same resource is replaced (RFC 6120 §7.7.2.2), also one at another node.
   */
  bind(session: ClientSession, resource: string): boolean {
    const { userId = '' } = session
    if (!this.services.interclusterSyncAgent && this.#isKnownElsewhere(userId.toLowerCase())) return false
    const own = this.#sessionsHereOf(userId)
    own.find((other) => other.resource === resource)?.close('conflict')
    if (own.length >= mostSessionsOfUser) own[0]!.close('resource-constraint')
    this.#sessions.add(session)
    this.otherNodes.bound(`${userId}@${this.domain}/${resource}`)
    return true
  }

  /** Marked so, or at home in another cluster as well. */
  #isKnownElsewhere(userId: string): boolean {
    return (
      this.#usersElsewhere.has(userId) || this.otherNodes.users.some((user) => user.userId.toLowerCase() === userId)
    )
  }

  left(session: ClientSession): void {
    if (!this.#sessions.delete(session) || session.presence === undefined) return
    session.presence = undefined
    this.#broadcast(session, xml('presence', { type: 'unavailable', from: session.jid }))
  }

  /** Closes the sessions of a user, or all; how many. */
  kick(userId: string | undefined, condition: string): number {
    const kicked = userId === undefined ? this.sessions : this.#sessionsHereOf(userId)
    for (const session of kicked) session.close(condition)
    return kicked.length
  }

  /** A stanza of a bound session; its `from` is stamped. */
  route(session: ClientSession, stanza: Element): void {
    switch (stanza.getName()) {
      case 'message':
        return this.#routeMessage(session, stanza)
      case 'presence':
        return this.#routePresence(session, stanza)
      case 'iq':
        return this.#routeIq(session, stanza)
      default:
        return session.close('unsupported-stanza-type')
    }
  }

  takeForeign(stanza: Element): void {
    this.#foreign.received(stanza)
  }

  storePrivate(session: ClientSession, key: string, text: string): boolean {
    const owned = `${session.userId} ${key}`
    if (text.length > privateChars || (this.#privateStorage.size >= mostRecords && !this.#privateStorage.has(owned))) {
      return false
    }
    this.#privateStorage.set(owned, text)
    this.otherNodes.stored(owned, text)
    return true
  }

  keepPrivate(owned: string, text: string): void {
    if (text.length > privateChars || (this.#privateStorage.size >= mostRecords && !this.#privateStorage.has(owned)))
      return
    this.#privateStorage.set(owned, text)
  }

  presenceElsewhere(presence: Element, userId: string): void {
    for (const session of this.#sessions) {
      if (session.presence !== undefined) session.send(addressed(presence, session.bareJid))
    }
    this.#foreign.broadcast({ userId }, presence)
  }

  deliver(jid: string, stanza: Element): void {
    const session = this.sessions.find((each) => each.jid === jid)
    session?.send(stanza)
    if (session !== undefined && stanza.getName() === 'message') this.recordMessage(stanza, 'other node')
  }

  boundElsewhere(jid: string): void {
    this.sessions.find((each) => each.jid === jid)?.close('conflict')
  }

  storedPrivate(session: ClientSession, key: string): string | undefined {
    return this.#privateStorage.get(`${session.userId} ${key}`)
  }

  #routeMessage(session: ClientSession, message: Element): void {
    const jid = parseJid(message.attrs['to'] ?? session.bareJid)
    const refuse = () => {
      if (message.attrs['type'] !== 'error') session.send(errorOf(message, 'service-unavailable'))
    }
    if (jid?.domain !== this.domain) return this.#foreign.send(session, message, jid)
    const receivers = this.receiversOf(jid.user, jid.resource, message.attrs['type'] ?? 'normal')
    // RFC 6121 §8.5.2.2: nobody there; a headline is dropped, the rest refused (nothing is stored offline).
    if (receivers.length === 0) return message.attrs['type'] === 'headline' ? undefined : refuse()
    for (const receiver of receivers) receiver.send(message)
    this.recordMessage(message, session.via)
  }

  /** RFC 6121 §8.5.2.1 and §8.5.3: the full JID's session, else the available ones of the highest priority. */
  receiversOf(userId: string, resource: string, type: string): Receiver[] {
    const own = this.sessionsOf(userId)
    const named = resource === '' ? undefined : own.find((session) => session.resource === resource)
    if (named !== undefined) return [named]
    if (type === 'groupchat' || type === 'error' || (resource !== '' && type === 'headline')) return []
    const available = own.filter(({ presence, priority }) => presence !== undefined && priority >= 0)
    const highest = Math.max(...available.map(({ priority }) => priority))
    return available.filter(({ priority }) => type === 'headline' || priority === highest)
  }

  recordMessage(message: Element, via: DeliveredMessage['via']): void {
    const { from = '', to = bareJid(from) } = message.attrs
    this.messages.push({ from, to, body: message.getChildText('body') ?? '', at: this.#now(), via })
    if (this.messages.length > mostRecords) this.messages.shift()
  }

  #routePresence(session: ClientSession, presence: Element): void {
    const { to, type } = presence.attrs
    if (to !== undefined) return this.#directPresence(session, presence, to)
    if (type === 'unavailable') {
      session.presence = undefined
      return this.#broadcast(session, presence)
    }
    if (type !== undefined) return session.send(errorOf(presence, 'bad-request'))
    const isInitial = session.presence === undefined
    session.presence = presence
    this.#broadcast(session, presence)
    if (!isInitial) return
    for (const other of [...this.#sessions, ...this.otherNodes.sessions]) {
      if (other !== session && other.presence !== undefined) session.send(addressed(other.presence, session.jid))
    }
  }

  #directPresence(session: ClientSession, presence: Element, to: string): void {
    const jid = parseJid(to)
    if (jid?.domain !== this.domain) return this.#foreign.send(session, presence, jid)
    const { type } = presence.attrs
    if (type === 'probe') {
      for (const { presence: known } of this.sessionsOf(jid.user)) {
        if (known !== undefined) session.send(addressed(known, session.jid))
      }
      return
    }
    // Everybody is subscribed to everybody by configuration: a request is answered for the contact.
    if (type === 'subscribe') {
      return session.send(
        xml('presence', { type: 'subscribed', from: `${jid.user}@${jid.domain}`, to: session.bareJid }),
      )
    }
    if (type !== undefined && type !== 'unavailable') return
    const receivers = this.sessionsOf(jid.user).filter(
      ({ resource }) => jid.resource === '' || resource === jid.resource,
    )
    for (const receiver of receivers) receiver.send(presence)
  }

  #broadcast(from: ClientSession, presence: Element): void {
    for (const session of this.#sessions) {
      if (session.presence !== undefined || session === from) session.send(addressed(presence, session.bareJid))
    }
    this.#foreign.broadcast(from, presence)
    this.otherNodes.presence(presence)
  }

  #routeIq(session: ClientSession, iq: Element): void {
    const { to, type } = iq.attrs
    const isRequest = type === 'get' || type === 'set'
    const jid = to === undefined ? undefined : parseJid(to)
    const isForServer = to === undefined || (jid !== undefined && jid.domain === this.domain && jid.resource === '')
    if (isForServer) return isRequest ? session.send(answerServerIq(this, session, iq, jid?.user ?? '')) : undefined
    if (jid?.domain !== this.domain) return this.#foreign.send(session, iq, jid)
    const receiver = this.sessionsOf(jid.user).find(({ resource }) => resource === jid.resource)
    if (receiver !== undefined) return receiver.send(iq)
    if (isRequest) session.send(errorOf(iq, 'service-unavailable'))
  }

  /** At all nodes. */
  sessionsOf(userId: string): Receiver[] {
    return [...this.#sessionsHereOf(userId), ...this.otherNodes.sessionsOf(userId)]
  }

  #sessionsHereOf(userId: string): ClientSession[] {
    return [...this.#sessions].filter((session) => session.userId?.toLowerCase() === userId.toLowerCase())
  }

  #now(): string {
    return this.#clock.now().toISOString()
  }
}

function bareJid(jid: string): string {
  return jid.split('/')[0]!
}

function usersById(users: readonly User[]): ReadonlyMap<string, User> {
  return new Map(users.map((user) => [user.userId.toLowerCase(), user]))
}

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(present) as { [K in keyof T]: Exclude<T[K], undefined> }
}

const mostRecords = 10_000
const mostSessionsOfUser = 10
const privateChars = 64 * 1024
