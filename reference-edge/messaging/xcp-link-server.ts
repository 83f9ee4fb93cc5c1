import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Listener } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import { isCertificateFor } from '../certificates/peer-name.ts'
import type { Attachment, MessagingSession, MessagingSessionEvents } from './edge-session.ts'
import { EdgeSession } from './edge-session.ts'
import type { XcpFrame } from './xcp-frame.ts'
import { XcpLink } from './xcp-link.ts'

export interface XcpLinkServerOptions {
  readonly environment: HostEnvironment
  /** Default 7400. */
  readonly port?: number
  /** The internal interface of a dual-NIC Expressway; the first address otherwise. */
  readonly address?: string
  /** TLS verify subject name of the traversal zone; undefined: no zone, nobody may connect. */
  readonly peerName: () => string | undefined
  /** See `linkSecret`. */
  readonly secret: () => string | undefined
  /** CAs that may have signed the Control's certificate; the host's trust otherwise. */
  readonly trust?: readonly string[]
  /** Default 2500. */
  readonly maximumSessions?: number
  /** Within which a Control answers a stream, before another one is asked. Default 5 000. */
  readonly answerMs?: number
}

export interface XcpLinkServer extends Service {
  /** Some Control is linked and says that an IM and Presence node is reachable. */
  readonly isAvailable: boolean
  /** Undefined: not available, or too many sessions. */
  openSession(
    facts: { address: string; domain: string },
    events: MessagingSessionEvents,
  ): MessagingSession | 'unavailable' | 'full'
  status(): XcpLinkServerStatus
}

export interface XcpLinkServerStatus {
  readonly local: { address: string; port: number }
  readonly links: ReadonlyArray<{ address: string; isServiceAvailable: boolean; isSilent: boolean; sessions: number }>
  readonly sessions: number
  readonly refusals: number
  readonly lastRefusal?: string
}

/** Expressway: accepts the XCP links of the Controls on 7400 (mutual TLS) and gives client streams to them in turn. */
export async function startXcpLinkServer(options: XcpLinkServerOptions): Promise<XcpLinkServer> {
  const server = new LinkServer(options)
  return server.start()
}

class LinkServer {
  readonly #options: XcpLinkServerOptions
  readonly #attachments = new Set<Attachment>()
  #nextId = 1
  #turn = 0
  #refusals = 0
  #lastRefusal: string | undefined

  constructor(options: XcpLinkServerOptions) {
    this.#options = options
  }

  async start(): Promise<XcpLinkServer> {
    const { environment, port = 7400, address, trust } = this.#options
    const { identity, network } = environment
    if (identity === undefined) throw new Error('the XCP router needs a server certificate')
    const listener = await network.listenTls({
      port,
      protocol: 'XCP',
      ...(address === undefined ? {} : { address }),
      tls: { identity, requestClientCertificate: true, ...(trust === undefined ? {} : { trust }) },
      limits: { perSource: 16, total: 64 },
      onConnection: (connection) => this.#accept(connection),
      onTlsError: (error, remote) => this.#refuse(remote.address, error.message),
    })
    const stopped = service('XCP router', async () => {
      for (const { link } of this.#attachments) link.close('stopped', 'system-shutdown')
      await listener.stop()
    })
    return this.#surface(stopped, listener)
  }

  #surface(stopped: Service, listener: Listener): XcpLinkServer {
    const openSession: XcpLinkServer['openSession'] = (facts, events) => this.#openSession(facts, events)
    const isAvailable = () => this.#available().length > 0
    return {
      ...stopped,
      [Symbol.asyncDispose]: stopped.stop,
      get isAvailable() {
        return isAvailable()
      },
      openSession,
      status: () => ({
        local: listener.local,
        links: [...this.#attachments].map(({ link, isServiceAvailable, isSilent, sessions }) => ({
          address: link.remoteAddress,
          isServiceAvailable,
          isSilent,
          sessions: sessions.size,
        })),
        sessions: this.#sessionCount(),
        refusals: this.#refusals,
        ...(this.#lastRefusal === undefined ? {} : { lastRefusal: this.#lastRefusal }),
      }),
    }
  }

  #accept(connection: Connection): void {
    const problem = this.#problemOf(connection)
    const secret = this.#options.secret()
    if (problem !== undefined || secret === undefined) {
      this.#refuse(connection.remote.address, problem ?? 'no traversal zone')
      return connection.destroy()
    }
    const { clocks, random, fqdn, trace } = this.#options.environment
    const log = this.#log
    const sessions = new Map<string, MessagingSessionEvents>()
    const link = new XcpLink({
      connection,
      role: 'acceptor',
      localName: fqdn,
      remoteName: this.#options.peerName() ?? '',
      secret,
      isTraced: trace.hasMessages,
      log,
      clocks,
      random,
      onReady: () => {
        this.#attachments.add(attachment)
        log.info('XCP link up', { remote: connection.remote.address })
      },
      onFrame: (frame) => this.#take(attachment, frame),
      onDrain: () => sessions.forEach((events) => events.onHoldBack(false)),
      onClosed: (reason) => {
        if (!this.#attachments.delete(attachment)) return this.#refuse(connection.remote.address, reason)
        log.warn('XCP link lost', { remote: connection.remote.address, reason })
        const lost = [...sessions.values()]
        sessions.clear()
        for (const events of lost) events.onClosed('remote-connection-failed')
      },
    })
    const attachment: Attachment = { link, sessions, isServiceAvailable: false, isSilent: false }
  }

  #problemOf({ tls }: Connection): string | undefined {
    if (tls?.isAuthorized !== true || tls.peerCertificate === undefined) return tls?.problem ?? 'no client certificate'
    const expected = this.#options.peerName()
    if (expected === undefined) return 'no traversal zone'
    return isCertificateFor(tls.peerCertificate, expected) ? undefined : `certificate is not for ${expected}`
  }

  #refuse(address: string, reason: string): void {
    this.#refusals++
    this.#lastRefusal = reason
    this.#log.warn('XCP link refused', { remote: address, reason })
  }

  get #log() {
    return this.#options.environment.log.child('developer.xcp')
  }

  #openSession(facts: { address: string; domain: string }, events: MessagingSessionEvents) {
    const attachment = this.#next()
    if (attachment === undefined) return 'unavailable'
    const { environment, maximumSessions = 2_500, answerMs = 5_000 } = this.#options
    if (this.#sessionCount() >= maximumSessions) return 'full'
    const id = `e${this.#nextId++}`
    const another = () => {
      const next = this.#next()
      return next?.isSilent === false ? next : undefined
    }
    return new EdgeSession({ id, facts, events, attachment, another, clock: environment.clocks.monotonic, answerMs })
  }

  /** Controls in turn; one of which nothing was heard lately only where there is no other. */
  #next(): Attachment | undefined {
    const available = this.#available()
    const answering = available.filter(({ isSilent }) => !isSilent)
    const candidates = answering.length > 0 ? answering : available
    return candidates[this.#turn++ % candidates.length]
  }

  #take(attachment: Attachment, frame: XcpFrame): void {
    attachment.isSilent = false
    if (frame.event === 'service') {
      attachment.isServiceAvailable = frame.isAvailable
      return
    }
    if (frame.event !== 'data' && frame.event !== 'close') return
    const events = attachment.sessions.get(frame.id)
    if (events === undefined) return
    if (frame.event === 'data') return events.onElement(frame.element)
    attachment.sessions.delete(frame.id)
    events.onClosed(frame.condition)
  }

  /** The newest link of each Control that has a node behind it. */
  #available(): Attachment[] {
    const byControl = new Map<string, Attachment>()
    for (const attachment of this.#attachments) {
      const { link, isServiceAvailable } = attachment
      if (isServiceAvailable && link.isReady) byControl.set(link.remoteAddress, attachment)
    }
    return [...byControl.values()]
  }

  #sessionCount(): number {
    let count = 0
    for (const { sessions } of this.#attachments) count += sessions.size
    return count
  }
}
