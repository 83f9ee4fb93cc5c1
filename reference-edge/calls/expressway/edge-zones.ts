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
  readonly zones: () => readonly SipEdgeZone[]
  /** The zone of remote access. */
  readonly ucZone: () => SipEdgeZone | undefined
  readonly onMessage: (message: SipMessage, flow: SipFlow) => void
  readonly onFlowClosed: (flow: SipFlow) => void
  readonly onProvisioning: (document: unknown) => unknown
  readonly onActive: () => void
  readonly alarms?: AlarmPanel
}

interface RunningZone {
  readonly server: ZoneServer
  /** Where it listens, as text. */
  readonly place: string
  /** What the Control has to prove and may do, as text; the password counts from its next challenge on. */
  terms: string
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
    for (const [name, { server, place }] of this.#running) {
      if (zones.some((zone) => zone.name === name && placeOf(zone) === place)) continue
      this.#running.delete(name)
      await server.stop()
    }
    for (const zone of zones) {
      const known = this.#running.get(zone.name)
      const terms = this.#termsOf(zone)
      if (known === undefined) {
        this.#running.set(zone.name, { server: await this.#open(zone), place: placeOf(zone), terms })
      } else if (known.terms !== terms) {
        known.terms = terms
        known.server.restart()
      }
    }
  }

  #open(first: SipEdgeZone): Promise<ZoneServer> {
    const { zones, ucZone, onProvisioning, onActive, ...options } = this.#options
    let last = first
    const isUc = () => ucZone()?.name === first.name
    return startZoneServer({
      ...options,
      zone: () => (last = zones().find(({ name }) => name === first.name) ?? last),
      isForRemoteAccess: isUc,
      onProvisioning,
      onActive: () => (isUc() ? onActive() : undefined),
    })
  }

  #termsOf({ name, username, tlsVerify, tlsVerifySubjectName }: SipEdgeZone): string {
    const isUc = this.#options.ucZone()?.name === name
    return JSON.stringify([username, tlsVerify, tlsVerifySubjectName, isUc])
  }
}

function placeOf({ port, transport, isSipOn }: SipEdgeZone): string {
  return JSON.stringify([port, transport, isSipOn])
}
