import { afterEach, expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { systemDns } from '../configuration/pages/system.ts'
import { unifiedCommunications } from '../configuration/pages/unified-communications.ts'
import type { ClusterPeer } from './cluster.ts'
import type { ReplicationCluster } from './replication.ts'
import { Replication } from './replication.ts'
import { Subscriptions } from './subscriptions.ts'

let disposables = new DisposableStack()
afterEach(() => {
  disposables.dispose()
  disposables = new DisposableStack()
})

/** A VCS that is nothing but its configuration, and a cluster whose wire the test holds. */
class Vcs {
  readonly address: string
  readonly configuration: Configuration
  readonly wall = new HostWallClock(realMonotonicClock, new Date())
  readonly subscriptions = new Subscriptions()
  readonly replication: Replication
  master = 'a'
  other: Vcs | undefined
  isActive = true
  /** The connection ends with what is asked next. */
  isLosing = false
  handOvers = 0

  constructor(address: string, product: Product = Product.control) {
    this.address = address
    this.configuration = new Configuration({
      product,
      pages: pagesOf(product),
      store: ChangeStore.open(':memory:', address),
      clock: this.wall,
      isInService: () => false,
      isModeOn: () => true,
    })
    this.replication = new Replication({
      cluster: this.#cluster(),
      configuration: this.configuration,
      wall: this.wall,
      log: testHost({ address: '127.77.9.60' }).environment.log,
      onChange: () => undefined,
    })
    disposables.use(this.replication)
    disposables.defer(() => this.wall.stop())
  }

  #cluster(): ReplicationCluster {
    const settings = () => ({ master: this.master })
    const isMaster = () => this.master === this.address
    return {
      get isMaster() {
        return isMaster()
      },
      get settings() {
        return settings()
      },
      others: () => (this.other === undefined ? [] : [this.seen()]),
      askPeer: async (_address, subject, given) => {
        this.handOvers++
        if (this.isLosing) this.isActive = false
        if (!this.isActive) throw new Error('the connection was closed')
        const said = JSON.parse(JSON.stringify(given))
        return this.other!.subscriptions.ask(subject, said, this.other!.seen())
      },
      answer: (subject, handler) => this.subscriptions.answer(subject, handler),
      onActive: (listener) => this.subscriptions.onActive(listener, () => []),
    }
  }

  /** How this one sees the other. */
  seen(): ClusterPeer {
    const { address } = this.other!
    const state = this.isActive ? 'Active' : 'Failed'
    return { address, fqdn: `vcs-${address}`, isMaster: this.master === address, state }
  }

  become(isActive: boolean): void {
    this.isActive = isActive
    if (isActive) this.subscriptions.tellActive(this.seen())
  }

  setMode(mode: string): void {
    expect(this.configuration.save(unifiedCommunications, { mode }, 'admin').ok).toBe(true)
  }

  get mode(): string {
    return this.configuration.storedValues(unifiedCommunications).mode
  }

  get isInStep(): boolean {
    return this.replication.status().inStep
  }
}

function pair(product?: Product): { master: Vcs; peer: Vcs } {
  const [master, peer] = [new Vcs('a'), new Vcs('b', product)]
  master.other = peer
  peer.other = master
  return { master, peer }
}

const on = 'Mobile and remote access'
const minute = 60_000

test('a peer has the configuration when it becomes active, and behind every change', async () => {
  const { master, peer } = pair()
  master.isActive = false
  master.setMode(on)
  expect([peer.mode, master.isInStep, peer.isInStep]).toEqual(['Off', false, false])
  master.become(true)
  await waitFor('the first', () => peer.mode === on)
  master.setMode('Off')
  await waitFor('the change', () => peer.mode === 'Off')
  await waitFor('both to be in step', () => master.isInStep && peer.isInStep)
  expect(peer.configuration.records(1)).toMatchObject([{ peer: 'vcs-a', by: 'cluster' }])
  expect(peer.replication.status()).toMatchObject({ lastAt: expect.any(String), failures: [] })
})

test('what was changed on the peer stands until the next minute', async () => {
  const { master, peer } = pair()
  master.become(true)
  await waitFor('to be in step', () => master.isInStep)
  peer.setMode(on)
  expect(peer.isInStep).toBe(false)
  await master.wall.advance(minute - 1_000)
  expect(peer.mode).toBe(on)
  await master.wall.advance(1_000)
  expect([peer.mode, peer.isInStep]).toEqual(['Off', true])
})

test('many changes at once are handed over together, and what is a peer’s own is not handed over', async () => {
  const { master, peer } = pair()
  master.become(true)
  await waitFor('to be in step', () => master.isInStep)
  const before = master.handOvers
  for (let change = 0; change < 50; change++) master.setMode(change % 2 === 0 ? on : 'Off')
  master.setMode(on)
  await waitFor('to be in step', () => master.isInStep && peer.mode === on)
  expect(master.handOvers - before).toBeLessThan(5)
  const then = master.handOvers
  expect(master.configuration.save(systemDns, { hostName: 'vcsc1' }, 'admin').ok).toBe(true)
  await Promise.resolve()
  expect(master.handOvers).toBe(then)
})

test('without the master a peer goes on with what it has', async () => {
  const { master, peer } = pair()
  master.setMode(on)
  master.become(true)
  await waitFor('to be in step', () => peer.isInStep)
  master.isActive = false
  await peer.wall.advance(10 * minute)
  expect([peer.mode, peer.isInStep]).toEqual([on, true])
  expect(master.isInStep).toBe(false)
})

test('a peer takes nothing of one that is not its master, and says so', async () => {
  const { master, peer } = pair()
  peer.master = 'b'
  master.setMode(on)
  master.become(true)
  await waitFor('the refusal', () => master.replication.status().failures.length === 1)
  expect(master.replication.status().failures[0]).toContain('takes itself for the configuration master')
  expect(peer.mode).toBe('Off')
  peer.master = 'c'
  await master.wall.advance(minute)
  expect(master.replication.status().failures[0]).toContain('takes the configuration of c')
  peer.master = 'a'
  await master.wall.advance(minute)
  expect(master.replication.status().failures).toEqual([])
  expect(peer.mode).toBe(on)
})

test('a configuration that cannot be taken is a failure on both, until one can be', async () => {
  const { master, peer } = pair(Product.expressway)
  master.become(true)
  await waitFor('the refusal', () => master.replication.status().failures.length === 1)
  expect(peer.replication.status().failures).toMatchObject([expect.stringContaining('cannot be taken')])
  expect([master.isInStep, peer.isInStep]).toEqual([false, false])
})

test('a connection that ends under a hand-over is no failure of replication', async () => {
  const { master, peer } = pair()
  master.become(true)
  await waitFor('both to be in step', () => master.isInStep && peer.isInStep)
  master.isLosing = true
  const { handOvers } = master
  master.setMode(on)
  await waitFor('the attempt', () => master.handOvers > handOvers && !master.isActive)
  master.isActive = true
  expect(master.replication.status()).toMatchObject({ inStep: false, failures: [] })
  master.isLosing = false
  master.become(true)
  await waitFor('the change', () => peer.mode === on && master.isInStep)
})
