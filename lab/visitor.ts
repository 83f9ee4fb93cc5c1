import type { HostNetwork } from '#runtime/network.ts'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { openNetwork } from '#runtime/open-network.ts'
import { systemRandom } from '#runtime/random.ts'
import type { SrvTarget } from '#runtime/resolve.ts'
import { openResolver } from '#runtime/resolve.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { callbackTraceSink, Trace } from '#runtime/trace.ts'

/** Where a visitor stands and what he knows of the deployment. */
export interface VisitorPlace {
  readonly name: string
  readonly address: string
  /** `address:port` of the DNS servers of that place. */
  readonly dnsServers: readonly string[]
  readonly domain: string
  readonly trust: readonly string[]
}

export interface PageAnswer {
  readonly status: number
  readonly reason: string
  readonly body: string
}

/** A computer that is no part of the deployment: somebody on the internet, or an administrator's browser. */
export class Visitor {
  readonly name: string
  readonly network: HostNetwork
  readonly #place: VisitorPlace
  readonly #wall: HostWallClock
  #events: TraceEvent[] = []

  constructor(place: VisitorPlace) {
    const random = systemRandom()
    const wall = new HostWallClock(realMonotonicClock, new Date())
    const clocks = { monotonic: realMonotonicClock, wall }
    const sink = callbackTraceSink((event) => this.#events.push(event))
    const trace = new Trace({ host: place.name, level: 'bytes', clocks, sink })
    const { name, address, trust } = place
    const resolver = openResolver({ ...this.#dns(place, place.dnsServers), random })
    this.name = name
    this.network = openNetwork({ host: name, addresses: [address], resolver, trust, trace, clocks, random })
    this.#place = place
    this.#wall = wall
  }

  /** What a DNS server says of an SRV record; empty where there is none. */
  services(server: string, record: string): Promise<SrvTarget[]> {
    const { random } = this.network
    return openResolver({ ...this.#dns(this.#place, [`${server}:53`]), random }).services(record)
  }

  /** What a DNS server says of a host name; rejects where it has no address. */
  addresses(server: string, name: string): Promise<string[]> {
    const { random } = this.network
    return openResolver({ ...this.#dns(this.#place, [`${server}:53`]), random }).addresses(name)
  }

  /** One HTTPS request; the certificate has to fit the name. */
  async page(
    { address, port, name }: { address: string; port: number; name: string },
    request: { target: string; method?: string; headers?: Record<string, string> },
  ): Promise<PageAnswer> {
    const { network } = this
    const tls = { serverName: name }
    await using client = network.httpClient(() => network.dialTls({ to: { address, port }, protocol: 'HTTPS', tls }))
    const { target, method = 'GET', headers = {} } = request
    const { status, reason, body } = await client.send({ method, target, headers: { Host: name, ...headers } })
    return { status, reason, body: body.toString('utf8') }
  }

  takeTrace(): TraceEvent[] {
    const taken = this.#events
    this.#events = []
    return taken
  }

  stop(): void {
    this.#wall.stop()
  }

  #dns({ address, domain }: VisitorPlace, servers: readonly string[]) {
    return { servers, domain, localAddress: address }
  }
}
