import type { HostEnvironment } from '#runtime/host.ts'
import type { Service } from '#runtime/service.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage } from '../../protocol/sip/message.ts'
import type { ZoneServer, ZoneServerStatus } from '../../traversal/zone-server.ts'
import { startZoneServer } from '../../traversal/zone-server.ts'
import type { AlarmPanel } from '../../alarms/alarm-panel.ts'
import type { SipEdgeZone } from './edge-context.ts'

export interface EdgeZonesOptions {
  readonly environment: HostEnvironment
  readonly address: string
  /** The other LAN interface, which takes Controls too. */
  readonly furtherAddress: string
  /** By what names this VCS is asked for. */
  readonly isOwnHost: (host: string) => boolean
  readonly zones: () => readonly SipEdgeZone[]
  /** The zone of remote access. */
  readonly ucZone: () => SipEdgeZone | undefined
  readonly onMessage: (message: SipMessage, flow: SipFlow) => void
  readonly onFlowClosed: (flow: SipFlow) => void
  readonly onProvisioning: (document: unknown, address: string) => unknown
  /** A Control of the zone of remote access has proved itself, or is gone. */
  readonly onActive: (address: string) => void
  readonly onLost: (address: string) => void
  /** What Controls of the zone of remote access have said counts no more: it is gone, or they have to prove themselves anew. */
  readonly onForgotten: () => void
  readonly alarms?: AlarmPanel
}

interface RunningZone {
  readonly server: ZoneServer
  /** Where it listens, as text. */
  readonly place: string
  /** What the Control has to prove and may do, as text; the password counts from its next challenge on. */
  terms: string
  isUc: boolean
}

/** The traversal server zones of a VCS Expressway: one listener each, one of them for remote access. */
export class EdgeZones implements Service {
  readonly name = 'traversal zones'
  readonly #options: EdgeZonesOptions
  readonly #running = new Map<string, RunningZone>()
  #turn: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: EdgeZonesOptions) {
    this.#options = options
  }

  get uc(): ZoneServer | undefined {
    const zone = this.#options.ucZone()
    return zone === undefined ? undefined : this.#running.get(zone.name)?.server
  }

  named(name: string): ZoneServer | undefined {
    return this.#running.get(name)?.server
  }

  /** The zone that a connection belongs to. */
  of(flow: SipFlow): ZoneServer | undefined {
    return [...this.#running.values()].find(({ server }) => server.isZoneFlow(flow))?.server
  }

  status(): ZoneServerStatus[] {
    return [...this.#running.values()].map(({ server }) => server.status())
  }

  /** Opens new zones, closes those that are gone or listen elsewhere; under other terms their Control has to come anew. */
  update(): Promise<void> {
    return (this.#turn = this.#turn.then(() => this.#update()))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#turn.catch(() => undefined)
    for (const { server } of this.#running.values()) await server.stop()
    this.#running.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #update(): Promise<void> {
    const zones = this.#isStopped ? [] : this.#options.zones()
    for (const [name, { server, place, isUc }] of this.#running) {
      if (zones.some((zone) => zone.name === name && placeOf(zone) === place)) continue
      this.#running.delete(name)
      if (isUc) this.#options.onForgotten()
      await server.stop()
    }
    for (const zone of zones) {
      const known = this.#running.get(zone.name)
      const isUc = this.#options.ucZone()?.name === zone.name
      const terms = termsOf(zone, isUc)
      if (known === undefined) {
        this.#running.set(zone.name, { server: await this.#open(zone), place: placeOf(zone), terms, isUc })
      } else if (known.terms !== terms) {
        if (known.isUc) this.#options.onForgotten()
        Object.assign(known, { terms, isUc })
        known.server.restart()
      }
    }
  }

  #open(first: SipEdgeZone): Promise<ZoneServer> {
    const { zones, ucZone, onActive, onLost, ...options } = this.#options
    let last = first
    const isUc = () => ucZone()?.name === first.name
    return startZoneServer({
      ...options,
      zone: () => (last = zones().find(({ name }) => name === first.name) ?? last),
      isForRemoteAccess: isUc,
      onActive: (address) => (isUc() ? onActive(address) : undefined),
      onLost: (address) => (isUc() ? onLost(address) : undefined),
    })
  }
}

function termsOf({ username, tlsVerify, tlsVerifySubjectName }: SipEdgeZone, isUc: boolean): string {
  return JSON.stringify([username, tlsVerify, tlsVerifySubjectName, isUc])
}

function placeOf({ port, transport, isSipOn }: SipEdgeZone): string {
  return JSON.stringify([port, transport, isSipOn])
}
