import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Clocks } from './clock.ts'
import { HostWallClock, realMonotonicClock } from './clock.ts'
import { readConfiguration } from './configuration.ts'
import type { LogSink } from './log.ts'
import { Log } from './log.ts'
import { LogFile } from './log-file.ts'
import type { Management } from './management.ts'
import type { HostNetwork, TlsIdentity } from './network.ts'
import { openNetwork } from './open-network.ts'
import type { Random } from './random.ts'
import { seededRandom, systemRandom } from './random.ts'
import { openResolver } from './resolve.ts'
import type { Service } from './service.ts'
import type { TraceSink } from './trace.ts'
import { fileTraceSink, Trace } from './trace.ts'

/** Where a host stands: everything about it that is not its product configuration. JSON, so that it crosses processes. */
export const hostSpecification = v.strictObject({
  /** Short name, for example `vcse1`. */
  name: v.string(),
  fqdn: v.string(),
  /** The host's own addresses; the first is the default one. */
  addresses: v.pipe(v.array(v.pipe(v.string(), v.ipv4())), v.minLength(1)),
  /** Private loopback address of this host. */
  loopback: v.optional(v.pipe(v.string(), v.ipv4())),
  /** Networks (CIDR) a proxy on this host must not reach whatever its allow list says: hosts' private loopbacks, the DMZ. */
  refusedNetworks: v.optional(v.array(v.string())),
  dns: v.strictObject({ servers: v.array(v.string()), domain: v.string() }),
  /** PEM texts of trusted CAs. */
  trust: v.array(v.string()),
  /** PEM key and certificate the host presents. */
  identity: v.optional(v.strictObject({ key: v.string(), cert: v.string() })),
  /** Folder for state, logs, trace and the management socket. */
  data: v.string(),
  traceLevel: v.picklist(['off', 'messages', 'bytes']),
  seed: v.union([v.string(), v.number()]),
  /** How wrong the host's clock is at its start, milliseconds. */
  clockOffsetMs: v.optional(v.number(), 0),
})
export type HostSpecification = v.InferOutput<typeof hostSpecification>

/** What a host program is given: its place, clocks, network, log and trace. Nothing else is ambient. */
export interface HostEnvironment {
  readonly name: string
  readonly fqdn: string
  readonly address: string
  readonly loopback: string | undefined
  readonly refusedNetworks: readonly string[]
  readonly domain: string
  readonly data: string
  readonly identity: TlsIdentity | undefined
  readonly network: HostNetwork
  readonly clocks: Clocks
  /** For keys, nonces and tags. */
  readonly random: Random
  /** For choices a run repeats from its seed (SRV weights, tones). */
  readonly seeded: Random
  readonly log: Log
  readonly trace: Trace
}

/** A running host program. */
export interface Host extends Service {
  readonly management: Management
}

/** A host program's only entry. */
export type StartHost = (environment: HostEnvironment, configuration: unknown, signal: AbortSignal) => Promise<Host>

export interface Sinks {
  readonly trace: TraceSink
  readonly log: LogSink
  /** The host has stopped. */
  readonly close?: () => void
}

/** Trace and log go to files in the host's data folder: `<name>.trace.jsonl`, `<name>.log`. */
export function fileSinks(specification: HostSpecification): Sinks {
  const log = new LogFile(join(specification.data, `${specification.name}.log`), realMonotonicClock)
  return {
    trace: fileTraceSink(join(specification.data, `${specification.name}.trace.jsonl`)),
    log: (record) => log.write(record),
    close: () => log.close(),
  }
}

/** Starts a program in its environment and adds the management methods every host has (clock, flush). */
export async function startHost(
  start: StartHost,
  document: unknown,
  configuration: unknown,
  signal: AbortSignal,
  given?: Sinks,
): Promise<Host> {
  const specification = readConfiguration('host', hostSpecification, document)
  const sinks = given ?? fileSinks(specification)
  mkdirSync(specification.data, { recursive: true, mode: 0o700 })
  const wall = new HostWallClock(realMonotonicClock, new Date())
  wall.setOffset(specification.clockOffsetMs)
  const environment = openEnvironment(specification, wall, sinks)
  const host = await start(environment, configuration, signal).catch((error: unknown) => {
    sinks.close?.()
    throw error
  })
  const stop = async () => {
    await host.stop()
    wall.stop()
    environment.trace.flush()
    sinks.close?.()
  }
  return {
    name: host.name,
    management: { ...clockManagement(wall), flush: async () => environment.trace.flush(), ...host.management },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function openEnvironment(specification: HostSpecification, wall: HostWallClock, sinks: Sinks): HostEnvironment {
  const { name, fqdn, addresses, loopback, refusedNetworks, dns, trust, identity, data, traceLevel, seed } =
    specification
  const clocks: Clocks = { monotonic: realMonotonicClock, wall }
  const trace = new Trace({ host: name, level: traceLevel, clocks, sink: sinks.trace })
  const seeded = seededRandom(`${seed}/${name}`)
  const random = systemRandom()
  const address = addresses[0]!
  const resolver = openResolver({ ...dns, localAddress: address, random: seeded })
  const network = openNetwork({ host: name, addresses, resolver, trust, trace, clocks, random })
  const log = new Log({ sink: sinks.log, clock: wall, host: name, module: 'system' })
  return {
    name,
    fqdn,
    address,
    loopback,
    refusedNetworks: refusedNetworks ?? [],
    domain: dns.domain,
    data,
    identity,
    network,
    clocks,
    random,
    seeded,
    log,
    trace,
  }
}

function clockManagement(wall: HostWallClock): Management {
  return {
    async clock() {
      return { now: wall.now().toISOString(), untilNextMs: wall.untilNext() ?? null }
    },
    async setClockOffset({ milliseconds }: { milliseconds: number }) {
      wall.setOffset(milliseconds)
    },
    async advanceClock({ milliseconds }: { milliseconds: number }) {
      await wall.advance(milliseconds)
    },
    async moveClock({ milliseconds }: { milliseconds: number }) {
      wall.move(milliseconds)
    },
    async runDue() {
      await wall.runDue()
    },
  }
}
