import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TraceEvent } from '#runtime/trace.ts'
import { Lab } from '../lab.ts'
import { demonstrate } from '../operator/demonstration.ts'
import { openEndpointProcesses } from '../roles/endpoints.ts'

const endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
let lab: Lab
let events: readonly TraceEvent[]
const stages: string[] = []

beforeAll(async () => {
  lab = await Lab.start({
    seed: 'connections',
    endpoints,
    pkiFolder: fileURLToPath(new URL('../../.mra/pki', import.meta.url)),
    traceLevel: 'bytes',
  })
  for await (const { title, passed, detail } of demonstrate(lab)) if (!passed) stages.push(`${title}: ${detail}`)
  events = await lab.events()
}, 60_000)

afterAll(async () => {
  await lab?.stop()
  await endpoints.stop()
})

/** Ends of everything that was opened or exchanged, with who saw it. */
function ends(): { host: string; local: string; remote: string; event: TraceEvent }[] {
  return events.flatMap((event) => {
    const { host, local, remote } = event
    return local === undefined || remote === undefined ? [] : [{ host, local, remote, event }]
  })
}

const addressOf = (end: string) => end.slice(0, end.lastIndexOf(':'))

test('sign-in, chat and calls worked', () => expect(stages).toEqual([]))

test('every host was seen, over TCP and UDP', () => {
  const opened = new Set(events.filter(({ kind }) => kind === 'open').map(({ host }) => host))
  expect([...opened].toSorted()).toEqual(
    expect.arrayContaining(['alice', 'bob', 'boardroom', 'carol', 'cuc1', 'cucm1', 'imp1', 'vcsc1', 'vcse1']),
  )
  expect(events.some(({ transport, host }) => transport === 'udp' && host === 'vcse1')).toBe(true)
})

test('no end of any connection is 127.0.0.1, a wildcard or outside the lab', () => {
  const ofLab = new RegExp(`^127\\.${lab.fabric.lab}\\.\\d+\\.\\d+$`)
  const strange = ends().filter(({ local, remote }) => !ofLab.test(addressOf(local)) || !ofLab.test(addressOf(remote)))
  expect([...new Set(strange.map(({ host, local, remote }) => `${host}: ${local} and ${remote}`))]).toEqual([])
})

test('every host speaks from its own addresses', () => {
  const own = new Map<string, readonly string[]>([
    ...lab.hosts().map(({ name }) => [name, lab.plan(name).specification.addresses] as const),
    ...lab.endpoints().map(({ user, specification }) => [user.id, specification.addresses] as const),
  ])
  const foreign = ends().filter(({ host, local }) => !own.get(host)!.includes(addressOf(local)))
  expect([...new Set(foreign.map(({ host, local }) => `${host} from ${local}`))]).toEqual([])
})

test('the Expressway opened no TCP connection at all', () => {
  const opened = events.filter(
    ({ kind, host, direction }) => kind === 'open' && host === 'vcse1' && direction === 'sent',
  )
  expect(opened.map(({ connection }) => connection)).toEqual([])
  const accepted = events.filter(({ kind, host }) => kind === 'open' && host === 'vcse1')
  expect(accepted.length).toBeGreaterThan(5)
})

test('nobody on the inside was reached from the internet', () => {
  const internet = `127.${lab.fabric.lab}.1.`
  const inside = `127.${lab.fabric.lab}.3.`
  const direct = ends().filter(({ local, remote }) => local.startsWith(internet) && remote.startsWith(inside))
  expect(direct.map(({ host, remote }) => `${host} to ${remote}`)).toEqual([])
})
