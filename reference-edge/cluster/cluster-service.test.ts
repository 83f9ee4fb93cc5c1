import { afterEach, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { clustering } from '../configuration/pages/clustering.ts'
import { callHistory } from '../configuration/pages/status.ts'
import { unifiedCommunications } from '../configuration/pages/unified-communications.ts'
import { ClusterService } from './cluster-service.ts'

let running = new AsyncDisposableStack()
afterEach(async () => {
  await running.disposeAsync()
  running = new AsyncDisposableStack()
})

const [first, second] = ['127.77.9.21', '127.77.9.22'] as const
const values = { clusterName: 'vcsc.example.com', preSharedKey: 'k3y', peer1: first, peer2: second }

function start(address: string, given: object = values, product: Product = Product.control) {
  const { environment, wall } = testHost({ address })
  const configuration = new Configuration({
    product,
    pages: pagesOf(product),
    store: ChangeStore.open(':memory:', address),
    clock: wall,
    isInService: () => false,
    isModeOn: () => true,
  })
  const raised = new Set<string>()
  const alarms: AlarmPanel = {
    set: (id, isRaised, detail = '') => void raised[isRaised ? 'add' : 'delete'](`${id} ${detail}`),
  }
  const service = new ClusterService({
    environment,
    configuration,
    release: 'X8.1.1',
    alarms,
    fqdn: () => `vcs${address.at(-1)}.example.com`,
  })
  running.defer(() => wall.stop())
  running.use(service)
  const set = (changes: object) => {
    expect(configuration.save(clustering, { ...changes }, 'admin').ok).toBe(true)
    service.update()
  }
  if (Object.keys(given).length > 0) set(given)
  service.start()
  return { service, configuration, raised, set, rows: (view: string) => service.views()[clustering.resource]![view]!() }
}

type Started = ReturnType<typeof start>

const isInStep = ({ service }: Started) => {
  const { peers, replication } = service.status()
  return replication.inStep && peers.every(({ state }) => state === 'Active')
}

async function joined(): Promise<readonly [Started, Started]> {
  const [one, other] = [start(first), start(second)]
  await waitFor('both to be in step', () => isInStep(one) && isInStep(other))
  return [one, other]
}

test('a VCS in no cluster is its own master, in step, and says nothing', () => {
  const { service, rows } = start(first, {})
  expect(service.status()).toMatchObject({ name: '', master: null, isMaster: true, peers: [] })
  expect(service.status().replication.inStep).toBe(true)
  expect([service.name, service.banners(unifiedCommunications), rows('peers'), rows('replication')]).toEqual([
    undefined,
    [],
    [],
    [],
  ])
})

test('a cluster of one has a name and nobody to wait for', () => {
  const { service, raised } = start(first, { clusterName: 'vcsc.example.com', peer1: first })
  expect(service.name).toBe('vcsc.example.com')
  expect(service.status()).toMatchObject({ isMaster: true, peers: [{ address: first, isOwn: true }] })
  expect(service.status().replication.inStep).toBe(true)
  expect([...raised]).toEqual([])
})

test('a peer says above its pages who the master is, and lists everybody', async () => {
  const [one, other] = await joined()
  expect(one.service.banners(unifiedCommunications)).toEqual([])
  expect(other.service.banners(unifiedCommunications)).toEqual([
    expect.stringMatching('master vcs1.example.com. This page is replicated: changes made here are overwritten'),
  ])
  expect(other.service.banners(clustering)).toEqual([expect.stringContaining('This page is not replicated')])
  expect(other.service.banners(callHistory)).toEqual([])
  expect(other.rows('peers')).toMatchObject([
    { number: 1, address: first, name: 'vcs1.example.com', role: 'Configuration master', state: 'Active' },
    { number: 2, address: second, role: 'Peer, this VCS', state: 'Active' },
  ])
  expect(other.rows('replication')).toMatchObject([{ state: 'In step' }])
})

test('alarms are raised for what is wrong and lowered when it no longer is', async () => {
  const one = start(first)
  const has = (id: number) => [...one.raised].some((alarm) => alarm.startsWith(String(id)))
  await waitFor('communication failure', () => has(20004))
  const other = start(second, { ...values, clusterName: 'other.example.com' })
  await waitFor('configuration mismatch', () => has(20003) && !has(20004))
  other.set({ clusterName: 'vcsc.example.com', master: 2 })
  await waitFor('replication failure', () => has(20009) && has(20003))
  other.set({ master: 1 })
  await waitFor('no alarm', () => one.raised.size === 0)
})

test('a new master hands over its configuration, and the one of before takes it', async () => {
  const [one, other] = await joined()
  for (const vcs of [one, other]) vcs.set({ master: 2 })
  await waitFor('the other to be the master', () => isInStep(one) && isInStep(other))
  other.configuration.save(unifiedCommunications, { mode: 'Mobile and remote access' }, 'admin')
  await waitFor('the change', () => one.configuration.storedValues(unifiedCommunications).mode !== 'Off')
})

test('what an application has registered ends with it', async () => {
  const [one, other] = await joined()
  const view = other.service.view()
  view.answer('calls', () => 3)
  const asked = one.service.view()
  expect(await asked.ask('calls', null)).toMatchObject([{ ok: true, answer: 3 }])
  view[Symbol.dispose]()
  expect(await asked.ask('calls', null)).toMatchObject([{ ok: false }])
  other.service.view().answer('calls', () => 4)
  expect(await asked.ask('calls', null)).toMatchObject([{ ok: true, answer: 4 }])
})
