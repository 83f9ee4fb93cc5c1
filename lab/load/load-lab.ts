import { join } from 'node:path'
import { systemRandom } from '#runtime/random.ts'
import { Lab } from '../lab.ts'
import type { EndpointProcesses } from '../roles/endpoints.ts'
import type { HostPlan } from '../roles/role.ts'
import type { VcsPlan } from '../vcs/vcs-document.ts'
import type { LoadHost } from './load-host.ts'
import { startLoadHost } from './load-host.ts'
import type { Population } from './population.ts'
import { makePopulation, populated } from './population.ts'

export interface LoadLabOptions {
  readonly pkiFolder: string
  readonly endpoints: EndpointProcesses
  /** Users outside, phones inside. */
  readonly callers: number
  readonly answerers: number
  /** SIP Station TCP Port Throttle Threshold, kilobytes a second; the guide's 750 where it is left out. */
  readonly throttleKilobytes?: number | undefined
  /** Registrations that both VCSs have room for; that of the product where it is left out. */
  readonly registrationLimit?: number | undefined
}

/** A deployment of its own with its load generators, each host in a process. */
export interface LoadLab extends AsyncDisposable {
  readonly lab: Lab
  readonly population: Population
  readonly outside: LoadHost
  readonly inside: LoadHost
  /** Process ids by host. */
  readonly processes: ReadonlyMap<string, number>
  /** A path in the lab's folder, gone with it. */
  path(name: string): string
}

/** Brings it up; the generators wait for what they are told. */
export async function startLoadLab(options: LoadLabOptions): Promise<LoadLab> {
  const { pkiFolder, endpoints, callers, answerers } = options
  const population = makePopulation({ callers, answerers }, systemRandom())
  await using started = new AsyncDisposableStack()
  const lab = started.use(
    await Lab.start({
      placement: 'process',
      seed: 'load',
      traceLevel: 'off',
      endpoints,
      pkiFolder,
      adapt: (plan) => withLimit(populated(plan, population, options.throttleKilobytes), options.registrationLimit),
    }),
  )
  const numbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)
  const sources = Math.max(leastSources, Math.ceil(callers / clientsPerSource))
  const outside = started.use(
    await startLoadHost(lab, {
      name: 'load',
      place: 'internet',
      numbers: numbers(firstSource, sources),
      users: population.callers,
    }),
  )
  const inside = started.use(
    await startLoadHost(lab, {
      name: 'answer',
      place: 'inside',
      numbers: numbers(firstSource, answererSources),
      users: population.answerers,
    }),
  )
  const running = started.move()
  return {
    lab,
    population,
    outside,
    inside,
    processes: new Map([...lab.hosts(), outside, inside].map(({ name, pid }) => [name, pid])),
    path: (name) => join(lab.data, name),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function withLimit(plan: HostPlan, registrations: number | undefined): HostPlan {
  const isVcs = plan.role === 'control' || plan.role === 'expressway'
  if (!isVcs || registrations === undefined) return plan
  const { installation, document } = plan.configuration as VcsPlan
  return { ...plan, configuration: { installation: { ...installation, capacity: { registrations } }, document } }
}

/** An address may have 200 connections to a listener of the Expressway. */
const clientsPerSource = 150
const leastSources = 13
const firstSource = 100
/** The answerers' signalling counts by address at Unified CM as well. */
const answererSources = 4
