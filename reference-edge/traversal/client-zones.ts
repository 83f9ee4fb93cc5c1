import type { Service } from '#runtime/service.ts'
import type { SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable } from '../control/sip-peer.ts'
import type { ClientZoneOptions, ClientZoneStatus, ConfiguredClientZone } from './client-zone.ts'
import { ClientZone } from './client-zone.ts'

export type { ClientZoneStatus, ConfiguredClientZone } from './client-zone.ts'

export interface TraversalClientZonesOptions extends Omit<ClientZoneOptions, 'zone' | 'isForRemoteAccess'> {
  readonly zones: () => readonly ConfiguredClientZone[]
}

/** The traversal client zones of a VCS Control; the first with Unified Communications services carries remote access. */
export class TraversalClientZones implements Service {
  readonly name = 'traversal zones'
  /** The zone of remote access, whichever it is when it is asked, and any peer of it that is active. */
  readonly peer: SipPeer
  readonly #options: TraversalClientZonesOptions
  readonly #running = new Map<string, ClientZone>()

  /** Nothing is dialled before `update`. */
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
  }

  /** The zone of remote access. */
  get uc(): ClientZone | undefined {
    const name = this.#ucName
    return name === undefined ? undefined : this.#running.get(name)
  }

  /** A zone by its name, with any of its peers that is active; undefined where none of that name runs. */
  find(name: string): SipPeer | undefined {
    return this.#running.get(name)?.peer
  }

  /** Starts new zones, stops those that are gone, begins anew with those that lead elsewhere now. */
  update(): void {
    const zones = this.#options.zones()
    for (const [name, zone] of this.#running) {
      if (zones.some((wanted) => wanted.name === name)) continue
      this.#running.delete(name)
      void zone.stop()
    }
    for (const zone of zones) {
      const known = this.#running.get(zone.name)
      if (known === undefined) this.#running.set(zone.name, this.#start(zone))
      else known.update()
    }
  }

  status(): ClientZoneStatus[] {
    return [...this.#running.values()].map((zone) => zone.status())
  }

  retry(): void {
    for (const zone of this.#running.values()) zone.retry()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((zone) => zone.stop()))
    this.#running.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #ucName(): string | undefined {
    return this.#options.zones().find(({ hasUcServices }) => hasUcServices)?.name
  }

  #start(first: ConfiguredClientZone): ClientZone {
    const { zones, ...options } = this.#options
    let last = first
    const zone = () => (last = zones().find(({ name }) => name === first.name) ?? last)
    const isForRemoteAccess = () => this.#ucName === first.name
    return new ClientZone({
      ...options,
      zone,
      isForRemoteAccess,
      onActive: (peer) => (isForRemoteAccess() ? options.onActive(peer) : undefined),
    })
  }
}
