import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, TlsFacts } from '#runtime/network.ts'
import { viaTowards } from '../control/hop.ts'
import type { OwnSipNames, SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable, sipSourcePorts } from '../control/sip-peer.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { SipConnection } from '../protocol/sip/connection.ts'
import { createRequest } from '../protocol/sip/message.ts'
import type { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { checkNodeName } from '../unified-cm/node-certificate.ts'
import type { ZoneReason } from '../unified-cm/zone-reason.ts'
import { problemOfCaller, reasonOf } from '../unified-cm/zone-reason.ts'

/** A neighbor zone as configured. */
export interface ConfiguredNeighbor {
  readonly name: string
  /** Peer 1 to 6 address as far as filled in: asked in this order. */
  readonly peers: readonly string[]
  readonly port: number
  readonly transport: 'TLS' | 'TCP'
  readonly tlsVerify: boolean
}

export interface NeighborStatus {
  readonly name: string
  readonly type: 'Neighbor'
  readonly transport: 'TLS' | 'TCP'
  readonly port: number
  /** The peer that is connected, else the first. */
  readonly node: string
  readonly address: string | undefined
  /** Of all peers, as far as their names were resolved. */
  readonly addresses: readonly string[]
  readonly state: 'Active' | 'Failed' | 'Checking'
  /** In words, where the zone has failed. */
  readonly reason?: string
  readonly action?: string
  readonly configurable: true
}

/** What takes the connections of a zone into use. */
export interface NeighborSip {
  readonly layer: TransactionLayer
  adopt(
    connection: Connection,
    zone: Neighbor,
    options: { readonly isDialled: boolean; readonly onClose: (why: string) => void },
  ): SipConnection
}

export interface NeighborOptions {
  readonly zone: ConfiguredNeighbor
  readonly environment: HostEnvironment
  readonly sip: NeighborSip
  /** Address to dial from; the host's first otherwise. */
  readonly from?: string
  readonly own: OwnSipNames
}

/** A neighbor zone of an administrator: a connection to the first peer that answers, kept alive by OPTIONS. */
export class Neighbor implements SipPeer {
  readonly side = 'inside'
  readonly zone: ConfiguredNeighbor
  readonly #options: NeighborOptions
  readonly #stopping = new AbortController()
  readonly #addresses = new Map<string, string>()
  #connection: { readonly flow: SipConnection; readonly peer: string } | undefined
  #dialling: Promise<SipConnection> | undefined
  #isAnswering = false
  #reason: ZoneReason | undefined
  #pauseMs = firstPauseMs
  #nextCheck: Timer | undefined

  constructor(options: NeighborOptions) {
    this.zone = options.zone
    this.#options = options
  }

  get zoneName(): string {
    return this.zone.name
  }

  get transport(): 'TLS' | 'TCP' {
    return this.zone.transport
  }

  /** Where its peers are, as far as their names were resolved. */
  get addresses(): readonly string[] {
    return this.zone.peers.flatMap((peer) => (isAddress.test(peer) ? [peer] : (this.#addresses.get(peer) ?? [])))
  }

  connect(): Promise<SipConnection> {
    if (this.#connection?.flow.isOpen === true) return Promise.resolve(this.#connection.flow)
    this.#dialling ??= this.#dialFirst().finally(() => (this.#dialling = undefined))
    return this.#dialling
  }

  /** Asks now whether the zone works, and again after a while. */
  check(): void {
    this.#nextCheck?.cancel()
    this.#nextCheck = undefined
    this.connect().then(
      (flow) => this.#ask(flow),
      () => this.#checkLater(this.#nextPause()),
    )
  }

  /** Why a TLS connection that one of the peers has dialled is not taken for one of the zone; undefined where it is. */
  problemOfCaller(tls: TlsFacts): string | undefined {
    if (!this.zone.tlsVerify) return undefined
    const problems = this.zone.peers.map((peer) => problemOfCaller(tls, peer))
    return problems.includes(undefined) ? undefined : problems[0]
  }

  status(): NeighborStatus {
    const { name, transport, port, peers } = this.zone
    const isUp = this.#connection !== undefined && this.#isAnswering
    const state = isUp ? 'Active' : this.#reason === undefined ? 'Checking' : 'Failed'
    const node = this.#connection?.peer ?? peers[0]!
    const { says, action } = state === 'Failed' ? this.#reason! : {}
    return {
      name,
      type: 'Neighbor',
      transport,
      port,
      node,
      address: isAddress.test(node) ? node : this.#addresses.get(node),
      addresses: this.addresses,
      state,
      ...(says === undefined ? {} : { reason: says }),
      ...(action === undefined ? {} : { action }),
      configurable: true,
    }
  }

  stop(): void {
    this.#stopping.abort()
    this.#nextCheck?.cancel()
    this.#connection?.flow.close('zone removed')
  }

  async #dialFirst(): Promise<SipConnection> {
    const failures: ZoneReason[] = []
    for (const peer of this.zone.peers) {
      try {
        return this.#adopt(await this.#open(peer), peer)
      } catch (error) {
        if (this.#stopping.signal.aborted) throw new PeerUnreachable(`${this.zoneName} was removed`)
        const { says, ...more } = reasonOf(error, peer)
        failures.push({ says: this.zone.peers.length === 1 ? says : `${peer}: ${says}`, ...more })
      }
    }
    const says = failures.map((each) => each.says).join('; ')
    this.#failed({ ...failures[0], says })
    throw new PeerUnreachable(`${this.zoneName}: ${says}`)
  }

  async #open(peer: string): Promise<Connection> {
    const { network, identity } = this.#options.environment
    const { transport, port, tlsVerify } = this.zone
    const address = isAddress.test(peer) ? peer : (await network.resolver.addresses(peer))[0]
    if (address === undefined) throw new Error(`${peer} has no address`)
    this.#addresses.set(peer, address)
    const options = {
      to: { address, port },
      protocol: 'SIP',
      ...(this.#options.from === undefined ? {} : { from: this.#options.from }),
      sourcePorts: sipSourcePorts,
      timeoutMs: dialMs,
      signal: this.#stopping.signal,
    }
    if (transport === 'TCP') return network.dialTcp(options)
    const checked = tlsVerify ? { checkName: checkNodeName } : { acceptAny: true }
    const tls = { serverName: peer, ...checked, ...(identity === undefined ? {} : { identity }) }
    return network.dialTls({ ...options, tls })
  }

  #adopt(connection: Connection, peer: string): SipConnection {
    const flow = this.#options.sip.adopt(connection, this, {
      isDialled: true,
      onClose: (why) => this.#lost(flow, why),
    })
    this.#connection = { flow, peer }
    // Whoever dials for a call need not wait until the next check.
    if (this.#nextCheck !== undefined) this.check()
    return flow
  }

  /** RFC 3261 §11: any answer tells that somebody is there, but that there is no service. */
  #ask(flow: SipConnection): void {
    const { own, environment, sip } = this.#options
    const { random } = environment
    const { port, transport } = this.zone
    const target = `sip:${this.#connection?.peer ?? this.zone.peers[0]}:${port};transport=${transport.toLowerCase()}`
    const request = createRequest({
      method: 'OPTIONS',
      requestUri: target,
      headers: [
        ['Via', viaTowards(this, own, random, random.uuid())],
        ['Max-Forwards', '0'],
        ['From', `<sip:${own.address}>;tag=${newTag(random)}`],
        ['To', `<${target}>`],
        ['Call-ID', `${random.hex(32)}@${own.address}`],
        ['CSeq', `${random.integer(1, 65_535)} OPTIONS`],
      ],
    })
    const noAnswer = (says: string) => {
      if (this.#connection?.flow !== flow) return
      this.#failed({ says })
      flow.close(says)
    }
    sip.layer.request(request, flow, {
      onResponse: ({ status, reason }) => {
        if (status < 200) return
        if (status === 503 || status === 408) return noAnswer(`${status} ${reason} to OPTIONS`)
        this.#isAnswering = true
        this.#reason = undefined
        this.#pauseMs = firstPauseMs
        this.#checkLater(keepaliveMs)
      },
      onTimeout: () => noAnswer('no answer to OPTIONS'),
      onTransportError: () => undefined,
    })
  }

  #lost(flow: SipConnection, why: string): void {
    if (this.#connection?.flow !== flow) return
    this.#connection = undefined
    this.#isAnswering = false
    if (this.#stopping.signal.aborted) return
    this.#reason ??= { says: `connection lost: ${why}` }
    this.#log.info('TCP Connection Closed', { Zone: this.zoneName, Reason: why })
    this.#checkLater(this.#nextPause())
  }

  #failed(reason: ZoneReason): void {
    this.#reason = reason
    this.#isAnswering = false
    if (this.#stopping.signal.aborted) return
    const details = { Zone: this.zoneName, 'Dst-port': this.zone.port, Reason: reason.says }
    this.#log.warn('External Server Communication Failure', details)
  }

  #nextPause(): number {
    const pause = this.#pauseMs
    this.#pauseMs = Math.min(longestPauseMs, pause * 2)
    return pause
  }

  #checkLater(milliseconds: number): void {
    if (this.#stopping.signal.aborted) return
    this.#nextCheck?.cancel()
    this.#nextCheck = this.#options.environment.clocks.monotonic.after(milliseconds, () => this.check())
  }

  get #log() {
    return this.#options.environment.log.child('network.tcp')
  }
}

const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/

/** Real time. */
const firstPauseMs = 250
const longestPauseMs = 30_000
const keepaliveMs = 60_000
const dialMs = 5_000
