import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HostSpecification } from '#runtime/host.ts'
import { connectManagement } from '#runtime/management.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Lab } from '../lab.ts'
import type { Place } from '../topology/topology.ts'
import { startChild } from '../roles/child.ts'
import { fqdnOf, homeNodeOf } from './places.ts'
import type { LoadUser } from './population.ts'

/** Figures of how long something took, milliseconds. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** `progress` of a load host. */
export interface LoadProgress {
  /** Ramps that are not at their end. */
  readonly underWay: number
  readonly done: number
  readonly registered: number
  readonly callsUp: number
  readonly chatsUp: number
  readonly failures: number
  readonly lost: { readonly registrations: number; readonly calls: number; readonly chats: number }
}

/** `measures` of a load host. */
export interface LoadMeasures {
  readonly stages: Readonly<Record<string, Percentiles>>
  readonly failures: Readonly<Record<string, number>>
  readonly audio: {
    readonly sent: number
    readonly received: number
    readonly lost: number
    readonly foreign: number
    readonly silent: number
    readonly late: number
  }
  /** Of audio packets, from sender to receiver. */
  readonly transit: Percentiles
  /** How late the generator itself was to send. */
  readonly lateness: Percentiles
}

/** A load generator that runs, in a process of its own. */
export interface LoadHost extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly addresses: readonly string[]
  begin(what: string, parameters?: object): Promise<void>
  progress(): Promise<LoadProgress>
  measures(): Promise<LoadMeasures>
  isRunning(): boolean
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../../simulators/load/main.ts', import.meta.url))

/** Starts a generator at addresses of the lab's own fabric. */
export async function startLoadHost(
  lab: Lab,
  host: { name: string; place: Place; numbers: readonly number[]; users: readonly LoadUser[] },
): Promise<LoadHost> {
  const { name, place, numbers, users } = host
  const addresses = numbers.map((number) => lab.fabric.address(place, number))
  const data = join(lab.data, name)
  const edge = place === 'internet' ? { edge: { host: fqdnOf(lab, 'vcse1'), port: 8443 } } : {}
  const specification: HostSpecification = {
    ...lab.endpoint(place === 'internet' ? 'alice' : 'bob').specification,
    name,
    addresses,
    data,
    traceLevel: 'off',
  }
  const configuration = { domain: lab.topology.domain, node: homeNodeOf(lab), users, ...edge }
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const path = join(data, `${name}.json`)
  writeFileSync(path, JSON.stringify({ host: specification, configuration }), { mode: 0o600 })
  const child = await startChild(name, main, path)
  const management = await connectManagement(child.socket)
  const stop = async () => {
    await management.close()
    await child.end()
  }
  const ask = async <T>(method: string, parameters: object = {}): Promise<T> => {
    try {
      return await management.call<T>(method, parameters)
    } catch (error) {
      // Its end and its last words come a moment behind the end of its connection.
      const hasEnded = await waitFor('', () => !child.isRunning() && child.lastWords() !== '', {
        limitMs: 1_000,
      }).catch(() => !child.isRunning())
      if (!hasEnded) throw error
      throw new Error(`${name} ended by itself: ${child.lastWords().trim()}`, { cause: error })
    }
  }
  return {
    name,
    pid: child.pid,
    addresses,
    begin: ask,
    progress: () => ask('progress'),
    measures: () => ask('measures'),
    isRunning: child.isRunning,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
