import type { HostEnvironment } from '#runtime/host.ts'
import type { Listener } from '#runtime/network.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import type { StanzaCondition } from '#simulators/protocol/xmpp/stanzas.ts'
import { errorOf, inNamespace, ns } from '#simulators/protocol/xmpp/stanzas.ts'
import { dialbackNs } from './dialback.ts'
import { IncomingStream } from './incoming-stream.ts'
import { OutgoingStream } from './outgoing-stream.ts'

/** The messaging server that stanzas of other domains come from and go to. */
export interface LocalDomain {
  readonly domain: string
  /** A stanza of another domain for ours, or the error that came of ours for it. */
  takeForeign(stanza: Element): void
}

export interface FederationState {
  /** Domains whose servers have verified us. */
  readonly outgoing: readonly { readonly domain: string; readonly isVerified: boolean }[]
  readonly incoming: readonly { readonly address: string; readonly domains: readonly string[] }[]
}

/**
 * Cisco XCP XMPP Federation Connection Manager: streams to and from the servers of other domains on 5269, both
 * verified by dialback. TCP in clear; no TLS and no SASL EXTERNAL.
 */
export class Federation {
  readonly #environment: HostEnvironment
  readonly #local: LocalDomain
  readonly #secret: string
  readonly #incoming = new Set<IncomingStream>()
  readonly #outgoing = new Map<string, OutgoingStream>()
  #listener: Listener | undefined
  #isStopped = false

  constructor(environment: HostEnvironment, local: LocalDomain) {
    this.#environment = environment
    this.#local = local
    this.#secret = environment.random.hex(64)
  }

  async start(port: number): Promise<void> {
    this.#listener = await this.#environment.network.listenTcp({
      port,
      protocol: 'XMPP',
      limits: { perSource: 16, total: 64 },
      onConnection: (connection) => {
        const stream: IncomingStream = new IncomingStream(
          {
            environment: this.#environment,
            local: this.#local.domain,
            secret: this.#secret,
            onStanza: (stanza) => this.#local.takeForeign(inNamespace(stanza, dialbackNs.server)),
            onClosed: () => this.#incoming.delete(stream),
          },
          connection,
        )
        this.#incoming.add(stream)
      },
    })
  }

  get listener(): Listener | undefined {
    return this.#listener
  }

  get state(): FederationState {
    return {
      outgoing: [...this.#outgoing].map(([domain, { isVerified }]) => ({ domain, isVerified })),
      incoming: [...this.#incoming].map(({ address, domains }) => ({ address, domains })),
    }
  }

  /** Sends a stanza to its domain; what cannot get there comes back to the sender as an error. */
  send(stanza: Element, domain: string): void {
    if (this.#isStopped) return this.#giveBack(stanza, 'remote-server-not-found')
    const stream = this.#outgoing.get(domain) ?? this.#open(domain)
    const isTaken = stream?.send(inNamespace(stanza, ns.client)) ?? false
    if (!isTaken) this.#giveBack(stanza, 'resource-constraint')
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const stream of [...this.#outgoing.values()]) stream.close()
    for (const stream of [...this.#incoming]) stream.close('system-shutdown')
    await this.#listener?.stop()
  }

  #open(domain: string): OutgoingStream | undefined {
    if (this.#outgoing.size >= mostDomains) return undefined
    const stream: OutgoingStream = new OutgoingStream({
      environment: this.#environment,
      local: this.#local.domain,
      foreign: domain,
      secret: this.#secret,
      onEnded: (undelivered, condition) => {
        this.#outgoing.delete(domain)
        for (const stanza of undelivered) this.#giveBack(stanza, condition)
      },
    })
    this.#outgoing.set(domain, stream)
    return stream
  }

  #giveBack(stanza: Element, condition: StanzaCondition): void {
    if (!unanswered.has(stanza.attrs['type'] ?? '')) this.#local.takeForeign(errorOf(stanza, condition))
  }
}

/** RFC 6120 §8.3.1: an error never answers an error, nor is there one for what asks nothing. */
const unanswered: ReadonlySet<string> = new Set(['error', 'result', 'unavailable'])

const mostDomains = 100
