import type { HostPlan } from '../roles/role.ts'
import type { Random } from '#runtime/random.ts'

/** A user made for load alone. */
export interface LoadUser {
  readonly id: string
  readonly password: string
  readonly line: string
  readonly device: string
}

/** `callers` live outside and come through the edge; `answerers` are phones inside. */
export interface Population {
  readonly callers: readonly LoadUser[]
  readonly answerers: readonly LoadUser[]
}

export function makePopulation(sizes: { callers: number; answerers: number }, random: Random): Population {
  const four = (index: number) => String(index + 1).padStart(4, '0')
  return {
    callers: Array.from({ length: sizes.callers }, (_, index) => ({
      id: `load${four(index)}`,
      password: random.hex(16),
      line: `2${four(index)}`,
      device: `CSFLOAD${four(index)}`,
    })),
    answerers: Array.from({ length: sizes.answerers }, (_, index) => ({
      id: `answer${four(index)}`,
      password: random.hex(16),
      line: `3${four(index)}`,
      device: `SEP00000003${four(index)}`,
    })),
  }
}

interface CucmDocument {
  readonly users: readonly unknown[]
  readonly devices: readonly unknown[]
  readonly lines: readonly unknown[]
  readonly serviceParameters: object
}

/** A host's plan with the population entered where its product keeps users: Unified CM, and IM and Presence. */
export function populated(plan: HostPlan, population: Population, throttleKilobytes: number | undefined): HostPlan {
  if (plan.role === 'cucm') {
    return { ...plan, configuration: withLines(plan.configuration as CucmDocument, population, throttleKilobytes) }
  }
  if (plan.role !== 'imp') return plan
  const document = plan.configuration as { readonly users: readonly unknown[] }
  const users = population.callers.map(({ id, password }) => ({ userId: id, password, displayName: id }))
  return { ...plan, configuration: { ...document, users: [...document.users, ...users] } }
}

function withLines(
  document: CucmDocument,
  { callers, answerers }: Population,
  throttleKilobytes: number | undefined,
): CucmDocument {
  const user = (isJabber: boolean) => (each: LoadUser) => ({
    id: each.id,
    password: each.password,
    displayName: each.id,
    line: each.line,
    imAndPresence: isJabber,
    devices: [each.device],
  })
  const device = (model: string) => (each: LoadUser) => ({
    name: each.device,
    model,
    line: each.line,
    owner: each.id,
  })
  const jabber = 'Cisco Unified Client Services Framework'
  return {
    ...document,
    users: [...document.users, ...callers.map(user(true)), ...answerers.map(user(false))],
    devices: [...document.devices, ...callers.map(device(jabber)), ...answerers.map(device('Cisco 7962'))],
    lines: [
      ...document.lines,
      ...[...callers, ...answerers].map(({ line, id }) => ({ number: line, displayName: id })),
    ],
    serviceParameters: {
      ...document.serviceParameters,
      ...(throttleKilobytes === undefined ? {} : { sipStationTcpPortThrottleThreshold: throttleKilobytes }),
    },
  }
}
