import { X509Certificate } from 'node:crypto'
import type { HostEnvironment } from '#runtime/host.ts'
import type { ClientTls, Connection } from '#runtime/network.ts'
import { identityUnacceptable, isCertificateFor } from '../../certificates/peer-name.ts'
import { sipSourcePorts } from '../../control/sip-peer.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { PartnerPlace } from './partner-places.ts'

export interface PartnerDiallerOptions {
  readonly environment: HostEnvironment
  /** The LAN interface towards the internet. */
  readonly from: string
  /** Makes a connection one of the Default Zone. */
  readonly open: (connection: Connection) => SipConnection
}

/** Where to, and what has to be proved there. */
export interface PartnerToReach {
  readonly place: PartnerPlace
  /** The domain that was called. */
  readonly domain: string
  /** TLS verify mode of the DNS zone. */
  readonly verifies: boolean
}

/** The connections that a VCS opens to other companies. Calls to one place share one while it is open. */
export class PartnerDialler {
  readonly #options: PartnerDiallerOptions
  readonly #underWay = new Map<string, Promise<SipConnection>>()
  readonly #open = new Map<string, SipConnection>()
  readonly #stopping = new AbortController()

  constructor(options: PartnerDiallerOptions) {
    this.#options = options
  }

  /** Rejects with the reason where there is no way to the place. */
  async reach(partner: PartnerToReach): Promise<SipConnection> {
    const key = keyOf(partner)
    for (const [other, flow] of this.#open) if (!flow.isOpen) this.#open.delete(other)
    const known = this.#open.get(key) ?? this.#underWay.get(key)
    if (known !== undefined) return known
    if (this.#stopping.signal.aborted) throw new Error('stopped')
    if (this.#underWay.size >= mostDials || this.#open.size >= mostConnections) {
      throw new Error('too many connections to other companies')
    }
    const dialling = this.#dial(key, partner).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, dialling)
    return dialling
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const flow of this.#open.values()) flow.destroy('stopped')
    await Promise.allSettled(this.#underWay.values())
  }

  async #dial(key: string, partner: PartnerToReach): Promise<SipConnection> {
    const connection = await this.#connect(partner)
    if (this.#stopping.signal.aborted) {
      connection.destroy()
      throw new Error('stopped')
    }
    const flow = this.#options.open(connection)
    this.#open.set(key, flow)
    return flow
  }

  #connect(partner: PartnerToReach): Promise<Connection> {
    const { environment, from } = this.#options
    const { address, port, transport } = partner.place
    const common = { to: { address, port }, from, protocol: 'SIP', sourcePorts: sipSourcePorts, timeoutMs: dialMs }
    const options = { ...common, signal: this.#stopping.signal }
    if (transport === 'TCP') return environment.network.dialTcp(options)
    return environment.network.dialTls({ ...options, tls: this.#tlsFor(partner) })
  }

  #tlsFor({ place, domain, verifies }: PartnerToReach): ClientTls {
    const { identity } = this.#options.environment
    return {
      serverName: place.name,
      ...(identity === undefined ? {} : { identity }),
      ...(verifies
        ? { checkName: (_, { raw }) => nameProblem(new X509Certificate(raw), [place.name, domain]) }
        : { acceptAny: true }),
    }
  }
}

/** RFC 5922 §7.1 wants the domain; certificates of many companies name the host that DNS gives. Either will do. */
function nameProblem(certificate: X509Certificate, names: readonly string[]): Error | undefined {
  if (names.some((name) => isCertificateFor(certificate, name))) return undefined
  return Object.assign(new Error(identityUnacceptable), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}

/** What was proved for one domain is not proved for another. */
function keyOf({ place, domain, verifies }: PartnerToReach): string {
  const proved = place.transport === 'TLS' && verifies ? `${place.name} ${domain.toLowerCase()}` : 'nothing'
  return `${place.transport} ${place.address}:${place.port} ${proved}`
}

const dialMs = 4_000
/** Under way at one time. */
const mostDials = 32
const mostConnections = 500
