import type { MonotonicClock } from '#runtime/clock.ts'
import type { Connection, HostNetwork, TlsIdentity } from '#runtime/network.ts'
import type { Random } from '#runtime/random.ts'
import { dialogIdOf } from './dialog.ts'
import { parameter } from './grammar.ts'
import type { SipLinkLimits } from './link.ts'
import { SipLink } from './link.ts'
import type { SipRequest } from './message.ts'
import { addresses } from './message.ts'
import type { ServerTransaction } from './server-transaction.ts'
import type { SessionAgent, SessionUser } from './session.ts'
import { Session } from './session.ts'
import { TransactionLayer } from './transaction-layer.ts'
import { parseUri } from './uri.ts'

export interface SipAgentUser {
  /** A request outside any dialog, INVITE included; it has to be answered. */
  onRequest(request: SipRequest, transaction: ServerTransaction): void
  /** A request in a dialog that no session has, a subscription's NOTIFY; answered 481 where this is missing. */
  onDialogRequest?(request: SipRequest, transaction: ServerTransaction): void
  onProblem?(problem: { readonly clause: string; readonly problem: string }, link: SipLink): void
  onLinkClosed?(link: SipLink): void
}

export interface SipAgentOptions {
  readonly network: HostNetwork
  readonly clock: MonotonicClock
  readonly random: Random
  readonly user: SipAgentUser
  readonly limits: SipLinkLimits
  /** Ports this agent listens on, for Via and Contact; a connection's own port where it listens on none. */
  readonly ports: { readonly tcp: number | undefined; readonly tls: number | undefined }
  /** Another port of ours than these for a connection, where there is one. */
  readonly portFor?: (link: SipLink) => number | undefined
  /** Shown when it dials TLS. */
  readonly identity?: TlsIdentity
}

export interface NextHop {
  readonly transport: 'TCP' | 'TLS'
  readonly address: string
  readonly port: number
  /** Checked against the certificate where the transport is TLS. */
  readonly serverName: string
}

/** A SIP endpoint on reliable transports: connections, transactions, and the dialogs of its sessions. */
export class SipAgent implements SessionAgent {
  readonly clock: MonotonicClock
  readonly transactions: TransactionLayer
  readonly #options: SipAgentOptions
  readonly #links = new Set<SipLink>()
  /** Whom the certificate of a connection we dialled was checked for. */
  readonly #checkedNames = new Map<SipLink, string>()
  readonly #dialling = new Map<string, Promise<SipLink>>()
  readonly #sessions = new Map<string, Session>()
  readonly #incoming = new Map<ServerTransaction, Session>()

  constructor(options: SipAgentOptions) {
    this.#options = options
    this.clock = options.clock
    this.transactions = new TransactionLayer({
      clock: options.clock,
      random: options.random,
      sentBy: (link) => this.contactOf(link),
      user: {
        onRequest: (request, transaction) => this.#request(request, transaction),
        onAck: (request) => this.#sessions.get(dialogIdOf(request) ?? '')?.receiveAck(request),
        onCancel: (_, invite) => this.#incoming.get(invite)?.receiveCancel(),
      },
    })
  }

  /** Host and port of ours on a link, as Via and Contact name it. */
  contactOf(link: SipLink): { host: string; port: number } {
    const { tcp, tls } = this.#options.ports
    const special = this.#options.portFor?.(link)
    const { address, port } = link.connection.local
    return { host: address, port: special ?? (link.transport === 'TLS' ? tls : tcp) ?? port }
  }

  /** Takes over a connection somebody else opened to us. */
  take(connection: Connection): SipLink {
    const link = new SipLink(connection, {
      clock: this.clock,
      limits: this.#options.limits,
      user: {
        onMessage: (message, from) => this.transactions.receive(message, from),
        onProblem: (problem, from) => this.#options.user.onProblem?.(problem, from),
        onClosed: (closed) => this.#linkClosed(closed),
      },
    })
    this.#links.add(link)
    return link
  }

  /** An open connection to the next hop, or a new one; rejects where it cannot be reached. */
  async linkTo(hop: NextHop): Promise<SipLink> {
    for (const link of this.#links) {
      const { address, port } = link.remote
      const isThere = link.transport === hop.transport && address === hop.address && port === hop.port
      // A certificate that was right for one name says nothing about another one at the same address.
      const isChecked = (this.#checkedNames.get(link) ?? hop.serverName) === hop.serverName
      if (link.isOpen && isThere && isChecked) return link
    }
    const key = `${hop.transport} ${hop.address}:${hop.port} ${hop.serverName}`
    const dialling = this.#dialling.get(key) ?? this.#dial(hop).finally(() => this.#dialling.delete(key))
    this.#dialling.set(key, dialling)
    return dialling
  }

  /** The connection for a request by its topmost Route or, without one, its Request-URI. RFC 3261 §8.1.2. */
  async linkForRequest(request: SipRequest): Promise<SipLink> {
    return this.linkForUri(addresses(request, 'Route')[0]?.uri ?? request.uri)
  }

  async linkForUri(text: string): Promise<SipLink> {
    const uri = parseUri(text)
    if (uri === undefined) throw new Error(`${text} is not a SIP URI`)
    const isTls = uri.scheme === 'sips' || parameter(uri.parameters, 'transport')?.toLowerCase() === 'tls'
    const [address] = await this.#options.network.resolver.addresses(uri.host)
    if (address === undefined) throw new Error(`${uri.host} has no address`)
    const transport = isTls ? 'TLS' : 'TCP'
    return this.linkTo({ transport, address, port: uri.port ?? (isTls ? 5061 : 5060), serverName: uri.host })
  }

  /** Starts a call with an INVITE made by `makeRequest` (its From has to be tagged). */
  call(request: SipRequest, options: { link: SipLink; localTag: string; user: SessionUser }): Session {
    const session = new Session(this, options)
    session.begin(request)
    return session
  }

  /** Makes an INVITE given to `onRequest` into a session; nothing is answered yet. */
  acceptInvite(transaction: ServerTransaction, user: SessionUser): Session {
    const localTag = this.#options.random.hex(16)
    const session = new Session(this, { user, link: transaction.link, localTag })
    this.#incoming.set(transaction, session)
    session.receiveInvite(transaction)
    return session
  }

  /** Called by sessions: their dialog is known from now on. */
  register(session: Session): void {
    const { dialog } = session
    if (dialog !== undefined) this.#sessions.set(dialog.id, session)
  }

  /** Called by sessions that ended. */
  unregister(session: Session): void {
    const { dialog } = session
    if (dialog !== undefined) this.#sessions.delete(dialog.id)
    if (session.invite !== undefined) this.#incoming.delete(session.invite)
  }

  /** Lets go of every connection; it can be used on. */
  closeLinks(): void {
    for (const link of [...this.#links]) link.close()
  }

  stop(): void {
    this.transactions.stop()
    this.closeLinks()
  }

  #request(request: SipRequest, transaction: ServerTransaction): void {
    const id = dialogIdOf(request)
    if (id === undefined) return this.#options.user.onRequest(request, transaction)
    const session = this.#sessions.get(id)
    if (session !== undefined) return session.receive(request, transaction)
    if (this.#options.user.onDialogRequest === undefined) transaction.respond({ status: 481 })
    else this.#options.user.onDialogRequest(request, transaction)
  }

  async #dial(hop: NextHop): Promise<SipLink> {
    const { network, identity } = this.#options
    const to = { address: hop.address, port: hop.port }
    if (hop.transport === 'TCP') return this.take(await network.dialTcp({ to, protocol: 'SIP' }))
    const tls = { serverName: hop.serverName, ...(identity === undefined ? {} : { identity }) }
    const link = this.take(await network.dialTls({ to, protocol: 'SIP', tls }))
    this.#checkedNames.set(link, hop.serverName)
    return link
  }

  #linkClosed(link: SipLink): void {
    this.#links.delete(link)
    this.#checkedNames.delete(link)
    this.transactions.linkClosed(link)
    this.#options.user.onLinkClosed?.(link)
  }
}
