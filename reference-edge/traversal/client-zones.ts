import type { Service } from '#runtime/service.ts'
import type { SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable } from '../control/sip-peer.ts'
import type { TraversalClientZone, ZoneClientOptions, ZoneClientStatus } from './zone-client.ts'
import { ZoneClient } from './zone-client.ts'

/** A traversal client zone as configured. */
export interface ConfiguredClientZone extends TraversalClientZone {
  /** Unified Communications services: Yes, over TLS. */
  readonly hasUcServices: boolean
}

export interface TraversalClientZonesOptions extends Omit<ZoneClientOptions, 'zone' | 'isForRemoteAccess'> {
  readonly zones: () => readonly ConfiguredClientZone[]
}

/** The traversal client zones of a VCS Control; the first with Unified Communications services carries remote access. */
export class TraversalClientZones implements Service {
  readonly name = 'traversal zones'
  /** The zone of remote access, whichever it is when it is asked. */
  readonly peer: SipPeer
  readonly #options: TraversalClientZonesOptions
  readonly #running = new Map<string, { readonly client: ZoneClient; facts: string }>()

  constructor(options: TraversalClientZonesOptions) {
    this.#options = options
    const current = () => this.uc
    this.peer = {
      side: 'outside',
      transport: 'TLS',
      get zoneName() {
        return current()?.peer.zoneName ?? ''
      },
      connect: async () => {
        const zone = current()
        if (zone === undefined) throw new PeerUnreachable('no traversal zone has Unified Communications services')
        return zone.peer.connect()
      },
    }
    this.update()
  }

  /** The zone of remote access. */
  get uc(): ZoneClient | undefined {
    const name = this.#ucName
    return name === undefined ? undefined : this.#running.get(name)?.client
  }

  /** A zone by its name; undefined where none of that name runs. */
  find(name: string): SipPeer | undefined {
    return this.#running.get(name)?.client.peer
  }

  /** Starts new zones, stops those that are gone, begins anew with those that lead elsewhere now. */
  update(): void {
    const zones = this.#options.zones()
    for (const [name, { client }] of this.#running) {
      if (zones.some((zone) => zone.name === name)) continue
      this.#running.delete(name)
      void client.stop()
    }
    for (const zone of zones) {
      const facts = JSON.stringify({ ...zone, isForRemoteAccess: zone.name === this.#ucName })
      const known = this.#running.get(zone.name)
      if (known === undefined) this.#running.set(zone.name, { client: this.#start(zone), facts })
      else if (known.facts !== facts) {
        known.facts = facts
        known.client.restart()
      }
    }
  }

  status(): ZoneClientStatus[] {
    return [...this.#running.values()].map(({ client }) => client.status())
  }

  retry(): void {
    for (const { client } of this.#running.values()) client.retry()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ client }) => client.stop()))
    this.#running.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #ucName(): string | undefined {
    return this.#options.zones().find(({ hasUcServices }) => hasUcServices)?.name
  }

  #start(first: ConfiguredClientZone): ZoneClient {
    const { zones, ...options } = this.#options
    let last = first
    const zone = () => (last = zones().find(({ name }) => name === first.name) ?? last)
    const isForRemoteAccess = () => this.#ucName === first.name
    return ZoneClient.start({
      ...options,
      zone,
      isForRemoteAccess,
      onActive: () => (isForRemoteAccess() ? options.onActive() : undefined),
    })
  }
}
