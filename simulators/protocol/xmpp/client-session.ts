import { createHash, timingSafeEqual } from 'node:crypto'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import { bindConflict, ns, parseJid } from './stanzas.ts'

/** Where a client's stream comes from: the server's own 5222, or an XCP link of the Control. */
export type Via = 'direct' | 'xcp'

export interface SessionOutput {
  send(text: string): void
  /** Ends the stream, with a stream error where there is a condition. */
  close(condition?: string): void
}

export interface Account {
  readonly userId: string
  readonly password: string
  readonly displayName?: string | undefined
}

/** What a session needs of the messaging server it belongs to. */
export interface SessionServer {
  readonly domain: string
  /** SASL mechanisms on offer. PLAIN is judged by the account's password, others by `redeem`. */
  readonly mechanisms: readonly string[]
  user(userId: string): Account | undefined
  /** The user id that a token is for, decoded from base64; undefined: not good, or not any more. */
  redeem(mechanism: string, token: string): string | undefined
  /** A resource for a client that named none. */
  newResource(): string
  recordLogin(session: ClientSession, mechanism: string, userId: string | undefined): void
  /** False: another session stands in the way. */
  bind(session: ClientSession, resource: string): boolean
  route(session: ClientSession, stanza: Element): void
  left(session: ClientSession): void
}

/** Client stream behind TLS: SASL, restart, bind, and then stanzas for the messaging server. */
export class ClientSession {
  readonly via: Via
  readonly address: string
  readonly #server: SessionServer
  readonly #output: SessionOutput
  #pendingMechanism: string | undefined
  #isClosed = false
  userId: string | undefined
  resource: string | undefined
  /** The last broadcast presence; undefined while not available. */
  presence: Element | undefined

  constructor(server: SessionServer, via: Via, address: string, output: SessionOutput) {
    this.#server = server
    this.via = via
    this.address = address
    this.#output = output
  }

  get jid(): string {
    return `${this.bareJid}/${this.resource ?? ''}`
  }

  get bareJid(): string {
    return `${this.userId ?? ''}@${this.#server.domain}`
  }

  get priority(): number {
    return Number.parseInt(this.presence?.getChildText('priority') ?? '0', 10) || 0
  }

  get isBound(): boolean {
    return this.resource !== undefined && !this.#isClosed
  }

  /** A stream header for `domain` has come in: the features of this stage. */
  opened(domain: string): void {
    if (domain.toLowerCase() !== this.#server.domain) return this.close('host-unknown')
    if (this.isBound) return this.close('policy-violation')
    if (this.userId !== undefined) {
      const features = [xml('bind', { xmlns: ns.bind }), xml('session', { xmlns: ns.session }, xml('optional'))]
      return this.send(xml('stream:features', {}, ...features))
    }
    const offered = this.#server.mechanisms.map((name) => xml('mechanism', {}, name))
    const list = xml('mechanisms', { xmlns: ns.sasl }, ...offered)
    this.send(xml('stream:features', {}, list))
  }

  /** One element of the stream. */
  received(element: Element): void {
    if (this.#isClosed) return
    if (this.userId === undefined) return this.#takeSasl(element)
    if (element.getNS() !== ns.client) return this.close('unsupported-stanza-type')
    if (this.resource === undefined) return this.#takeBind(element)
    if (!this.#stamp(element)) return this.close('invalid-from')
    this.#server.route(this, element)
  }

  send(element: Element): void {
    if (this.#isClosed) return
    if (!element.name.includes(':') && element.attrs['xmlns'] === undefined) element.attrs['xmlns'] = ns.client
    this.#output.send(element.toString())
  }

  close(condition?: string): void {
    if (this.#isClosed) return
    this.ended()
    this.#output.close(condition)
  }

  /** The stream is gone without our doing. */
  ended(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#server.left(this)
  }

  #takeSasl(element: Element): void {
    if (element.getNS() !== ns.sasl) return this.close('not-authorized')
    if (element.getName() === 'abort') return this.#fail('aborted')
    if (element.getName() === 'response' && this.#pendingMechanism !== undefined) {
      return this.#authenticate(this.#pendingMechanism, element.getText())
    }
    if (element.getName() !== 'auth') return this.close('not-authorized')
    const mechanism = element.attrs['mechanism'] ?? ''
    if (!this.#server.mechanisms.includes(mechanism)) return this.#fail('invalid-mechanism')
    if (element.getText() !== '') return this.#authenticate(mechanism, element.getText())
    this.#pendingMechanism = mechanism
    this.send(xml('challenge', { xmlns: ns.sasl }))
  }

  #authenticate(mechanism: string, encoded: string): void {
    this.#pendingMechanism = undefined
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) {
      return this.#fail('incorrect-encoding')
    }
    const given = Buffer.from(encoded, 'base64').toString()
    const userId = mechanism === 'PLAIN' ? this.#checkPlain(given.split('\0')) : this.#server.redeem(mechanism, given)
    this.#server.recordLogin(this, mechanism, userId)
    if (userId === undefined) return this.#fail('not-authorized')
    this.send(xml('success', { xmlns: ns.sasl }))
    this.userId = userId
  }

  /** RFC 4616: authorization identity, user, password; nobody acts for somebody else. */
  #checkPlain([authzid = '', authcid = '', password, ...more]: string[]): string | undefined {
    if (password === undefined || more.length > 0) return undefined
    const userId = this.#localUser(authcid)
    if (authzid !== '' && this.#localUser(authzid) !== userId) return undefined
    const user = this.#server.user(userId)
    return user !== undefined && isSame(user.password, password) ? user.userId : undefined
  }

  #localUser(name: string): string {
    return localUser(name, this.#server.domain)
  }

  #fail(condition: string): void {
    this.#pendingMechanism = undefined
    this.send(xml('failure', { xmlns: ns.sasl }, xml(condition)))
  }

  #takeBind(element: Element): void {
    const bind = element.getChild('bind', ns.bind)
    if (element.getName() !== 'iq' || element.attrs['type'] !== 'set' || bind === undefined) {
      return this.close('not-authorized')
    }
    const wanted = bind.getChildText('resource')
    const resource = wanted === null || wanted === '' ? this.#server.newResource() : wanted.slice(0, 1023)
    if (!this.#server.bind(this, resource)) return this.send(bindConflict(element))
    this.resource = resource
    const bound = xml('bind', { xmlns: ns.bind }, xml('jid', {}, this.jid))
    this.send(xml('iq', { type: 'result', id: element.attrs['id'] }, bound))
  }

  /** RFC 6120 §8.1.2.1: a wrong `from` ends the stream; the right one is written by the server, never by the client. */
  #stamp(element: Element): boolean {
    const claimed = element.attrs['from']
    if (claimed !== undefined && claimed !== this.jid && claimed !== this.bareJid) return false
    element.attrs['from'] = this.jid
    return true
  }
}

/** `alice` and `alice@example.com` are the same user of example.com; another domain's is nobody. */
export function localUser(name: string, domain: string): string {
  const jid = parseJid(name.includes('@') ? name : `${name}@${domain}`)
  return jid?.domain === domain ? jid.user : ''
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(left!, right!)
}
