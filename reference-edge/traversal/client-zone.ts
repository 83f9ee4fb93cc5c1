import type { Service } from '#runtime/service.ts'
import type { SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable } from '../control/sip-peer.ts'
import type { TraversalClientZone, ZoneClientOptions, ZoneClientStatus } from './zone-client.ts'
import { ZoneClient } from './zone-client.ts'

/** A traversal client zone as configured. */
export interface ConfiguredClientZone extends Omit<TraversalClientZone, 'peer'> {
  /** Peer 1 to 6 address as far as filled in. */
  readonly peers: readonly string[]
  /** Unified Communications services: Yes, over TLS. */
  readonly hasUcServices: boolean
}

export interface ClientZoneOptions extends Omit<ZoneClientOptions, 'zone' | 'alarmCase' | 'onActive'> {
  /** Read again at each attempt. */
  readonly zone: () => ConfiguredClientZone
  /** The connection to a peer has become active. */
  readonly onActive: (peer: string) => void
}

/** One peer of a zone, in the words that a zone with no other one has for itself. */
export type ClientZonePeerStatus = Omit<ZoneClientStatus, 'name' | 'type' | 'port' | 'transport'>

/** Active while one peer is. `peer` names all, `reason` what is amiss with each. */
export interface ClientZoneStatus extends ZoneClientStatus {
  readonly peers: readonly ClientZonePeerStatus[]
}

/** A traversal client zone: a connection of its own to each listed peer (guide: "Peer 1" to "Peer 6 address"). */
export class ClientZone implements Service {
  readonly name = 'traversal zone'
  /** Any peer that is active, the first of them in configured order. */
  readonly peer: SipPeer
  readonly #options: ClientZoneOptions
  readonly #clients = new Map<string, { readonly client: ZoneClient; facts: string }>()

  constructor(options: ClientZoneOptions) {
    this.#options = options
    const { zone } = options
    const active = () => this.#inOrder().filter((client) => client.status().state === 'Active')
    this.peer = {
      side: 'outside',
      get transport() {
        return zone().transport
      },
      get zoneName() {
        return zone().name
      },
      get activePeers() {
        return active().map(({ peer }) => peer)
      },
      connect: async () => {
        const [first] = active()
        if (first !== undefined) return first.peer.connect()
        throw new PeerUnreachable(`traversal zone ${zone().name} is ${this.status().state}`)
      },
    }
    this.update()
  }

  /** Peer addresses in configured order, each once. */
  get peers(): string[] {
    return [...new Set(this.#options.zone().peers)]
  }

  /** The connection to one peer. */
  at(peer: string): ZoneClient | undefined {
    return this.#clients.get(peer)?.client
  }

  /** Connects to peers that are new, closes those that are gone, begins anew with all where the zone itself has changed. */
  update(): void {
    const { peers } = this
    const facts = JSON.stringify({
      ...this.#options.zone(),
      peers: undefined,
      isForRemoteAccess: this.#options.isForRemoteAccess?.(),
    })
    for (const [peer, { client }] of this.#clients) {
      if (peers.includes(peer)) continue
      this.#clients.delete(peer)
      void client.stop()
    }
    for (const peer of peers) {
      const known = this.#clients.get(peer)
      if (known === undefined) this.#clients.set(peer, { client: this.#connect(peer), facts })
      else if (known.facts !== facts) {
        known.facts = facts
        known.client.restart()
      }
    }
  }

  status(): ClientZoneStatus {
    const all = this.#inOrder().map((client) => client.status())
    const { name, port, transport } = this.#options.zone()
    const peers = all.map(
      ({ name: _name, type: _type, port: _port, transport: _transport, ...peer }): ClientZonePeerStatus => peer,
    )
    const common = { name, type: 'Traversal client', port, transport } as const
    const [only, ...others] = peers
    if (only === undefined) return { ...common, state: 'Failed', peer: '', reason: 'No peer address', peers }
    return { ...common, ...(others.length === 0 ? only : summaryOf(peers)), peers }
  }

  retry(): void {
    for (const client of this.#inOrder()) client.retry()
  }

  async stop(): Promise<void> {
    const clients = this.#inOrder()
    this.#clients.clear()
    await Promise.all(clients.map((client) => client.stop()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #inOrder(): ZoneClient[] {
    return this.peers.flatMap((peer) => this.at(peer) ?? [])
  }

  #connect(peer: string): ZoneClient {
    const { zone, onActive, ...options } = this.#options
    return ZoneClient.start({
      ...options,
      zone: () => {
        const { peers: _peers, hasUcServices: _services, ...configured } = zone()
        return { ...configured, peer }
      },
      alarmCase: () => (this.peers.length > 1 ? `${zone().name}: ${peer}` : zone().name),
      onActive: () => onActive(peer),
    })
  }
}

function summaryOf(peers: readonly ClientZonePeerStatus[]): ClientZonePeerStatus {
  const has = (state: ClientZonePeerStatus['state']) => peers.some((peer) => peer.state === state)
  const state = has('Active') ? 'Active' : has('Connecting') ? 'Connecting' : 'Failed'
  const saying = (key: 'reason' | 'warning') => {
    const said = peers.flatMap((peer) => (peer[key] === undefined ? [] : [`${peer.peer}: ${peer[key]}`]))
    return said.length === 0 ? {} : { [key]: said.join('; ') }
  }
  const action = peers.find((peer) => peer.action !== undefined)?.action
  const [difference] = peers
    .flatMap(({ clockDifferenceSeconds = [] }) => clockDifferenceSeconds)
    .toSorted((one, other) => Math.abs(other) - Math.abs(one))
  return {
    state,
    peer: peers.map(({ peer }) => peer).join(', '),
    ...saying('reason'),
    ...(action === undefined ? {} : { action }),
    ...saying('warning'),
    ...(difference === undefined ? {} : { clockDifferenceSeconds: difference }),
  }
}
