import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { LogRecord } from '#runtime/log.ts'
import { Log } from '#runtime/log.ts'
import type { TlsIdentity } from '#runtime/network.ts'
import { openNetwork } from '#runtime/open-network.ts'
import { seededRandom, systemRandom } from '#runtime/random.ts'
import type { Resolver } from '#runtime/resolve.ts'
import { NameNotResolved } from '#runtime/resolve.ts'
import { silentTraceSink, Trace } from '#runtime/trace.ts'

export interface LoopbackHost {
  readonly environment: HostEnvironment
  readonly wall: HostWallClock
  readonly records: LogRecord[]
}

/** A host of a test on one loopback address; `names` is all the DNS it knows (SRV as `_x._tcp.domain` → `host:port`). */
export function loopbackHost(options: {
  name: string
  address: string
  names?: Readonly<Record<string, string>>
  trust?: readonly string[]
  identity?: TlsIdentity
}): LoopbackHost {
  const { name, address, names = {}, trust = [], identity } = options
  const wall = new HostWallClock(realMonotonicClock, new Date())
  const clocks = { monotonic: realMonotonicClock, wall }
  const records: LogRecord[] = []
  const random = systemRandom()
  const trace = new Trace({ host: name, level: 'off', clocks, sink: silentTraceSink })
  const resolver = tableResolver(names)
  const network = openNetwork({ host: name, addresses: [address], resolver, trust, trace, clocks, random })
  const log = new Log({ sink: (record) => records.push(record), clock: wall, host: name, module: 'system' })
  const environment: HostEnvironment = {
    name,
    fqdn: `${name}.example.com`,
    address,
    loopback: undefined,
    refusedNetworks: [],
    domain: 'example.com',
    data: '',
    identity,
    network,
    clocks,
    random,
    seeded: seededRandom(name),
    log,
    trace,
  }
  return { environment, wall, records }
}

function tableResolver(names: Readonly<Record<string, string>>): Resolver {
  return {
    qualified: (name) => (name.includes('.') ? name : `${name}.example.com`),
    async addresses(name) {
      if (/^[\d.]+$/.test(name)) return [name]
      const address = names[this.qualified(name)]
      if (address === undefined) throw new NameNotResolved(`${name} has no address`)
      return [address]
    },
    async services(name) {
      const target = names[name]
      if (target === undefined) return []
      const [host, port] = target.split(':')
      return [{ name: host!, port: Number(port), priority: 10, weight: 10 }]
    },
  }
}
