import { HostWallClock, realMonotonicClock } from './clock.ts'
import type { HostEnvironment } from './host.ts'
import type { LogGate, LogRecord } from './log.ts'
import { Log } from './log.ts'
import type { HostNetwork, TlsIdentity } from './network.ts'
import { openNetwork } from './open-network.ts'
import { seededRandom, systemRandom } from './random.ts'
import type { Resolver } from './resolve.ts'
import { NameNotResolved } from './resolve.ts'
import type { TraceEvent, TraceLevel } from './trace.ts'
import { callbackTraceSink, Trace } from './trace.ts'

/** A host of a test on the loopback network, on the real monotonic clock, and what it traced and logged so far. */
export interface TestHost {
  readonly environment: HostEnvironment
  readonly network: HostNetwork
  readonly wall: HostWallClock
  readonly events: TraceEvent[]
  readonly records: LogRecord[]
}

export interface TestHostOptions {
  readonly address: string
  readonly otherAddresses?: readonly string[]
  /** Default: the address. */
  readonly name?: string
  /** All the DNS it knows: name → IPv4 address, or for SRV `_x._tcp.domain` → `host:port`. */
  readonly names?: Readonly<Record<string, string>>
  /** Trusted CA certificates, PEM. */
  readonly trust?: readonly string[]
  readonly identity?: TlsIdentity
  /** Default messages. */
  readonly traceLevel?: TraceLevel
  /** Before its log's records. */
  readonly logGate?: LogGate
}

export function testHost(options: TestHostOptions): TestHost {
  const {
    address,
    otherAddresses = [],
    name = address,
    names = {},
    trust = [],
    traceLevel = 'messages',
    logGate,
  } = options
  const wall = new HostWallClock(realMonotonicClock, new Date())
  const clocks = { monotonic: realMonotonicClock, wall }
  const events: TraceEvent[] = []
  const records: LogRecord[] = []
  const sink = callbackTraceSink((event) => void events.push(event))
  const trace = new Trace({ host: name, level: traceLevel, clocks, sink })
  const random = systemRandom()
  const addresses = [address, ...otherAddresses]
  const network = openNetwork({ host: name, addresses, resolver: tableResolver(names), trust, trace, clocks, random })
  const log = new Log({
    sink: (record) => void records.push(record),
    gate: logGate,
    clock: wall,
    host: name,
    module: 'system',
  })
  const environment: HostEnvironment = {
    name,
    fqdn: `${name}.example.com`,
    address,
    loopback: undefined,
    refusedNetworks: [],
    domain: 'example.com',
    data: '',
    identity: options.identity,
    network,
    clocks,
    random,
    seeded: seededRandom(name),
    log,
    trace,
  }
  return { environment, network, wall, events, records }
}

function tableResolver(names: Readonly<Record<string, string>>): Resolver {
  const qualified = (name: string) => (name.includes('.') ? name : `${name}.example.com`)
  return {
    servers: [],
    qualified,
    async addresses(name) {
      if (/^[\d.]+$/.test(name)) return [name]
      const address = names[qualified(name)]
      if (address === undefined) throw new NameNotResolved(`${name} has no address`)
      return [address]
    },
    async services(name) {
      const target = names[name]
      if (target === undefined) return []
      const [host, port] = target.split(':')
      return [{ name: host!, port: Number(port), priority: 10, weight: 10 }]
    },
    async records(name, type) {
      const found = names[name]
      if (found === undefined) return []
      const [host, port] = found.split(':')
      if (type === 'A' && port === undefined) return [{ type, address: host!, ttl: 60 }]
      if (type === 'SRV' && port !== undefined)
        return [{ type, name: host!, port: Number(port), priority: 10, weight: 10 }]
      return []
    },
  }
}
