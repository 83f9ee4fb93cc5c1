import { expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { systemRandom } from '#runtime/random.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { noCluster } from '../cluster/cluster.ts'
import { joinedPair } from '../cluster/joined-pair.fixture.ts'
import type { Verdict } from './credential-cache.ts'
import { CredentialCache } from './credential-cache.ts'
import { SharedSignIns } from './shared-sign-ins.ts'

const minute = 60_000
const facts = { device: 'Jabber', domain: 'example.com' }
const alice = ['alice', 'one'] as const

/** One Control of the cluster; what it said to the others is in `said`. */
class Control implements Disposable {
  readonly asked: string[] = []
  readonly said: unknown[] = []
  readonly wall: HostWallClock
  readonly cache: CredentialCache
  readonly homes = new Map<string, string | undefined>()
  readonly clock = new ManualClock()
  unifiedCm: Verdict = 'accepted'
  /** Peers that do not answer. */
  isStuck = false
  #signIns: SharedSignIns
  readonly #cluster: Cluster

  constructor(own: string, cluster: Cluster) {
    this.wall = new HostWallClock(realMonotonicClock, new Date())
    this.cache = new CredentialCache({
      wall: this.wall,
      random: systemRandom(),
      own,
      authenticate: async (user, password) => {
        this.asked.push(`${user}:${password}`)
        if (this.unifiedCm === 'accepted') this.homes.set(user, 'cucm1.example.com')
        return this.unifiedCm
      },
      onVerified: (credential) => this.signIns.tellVerified(credential),
    })
    this.#cluster = {
      ...cluster,
      name: cluster.name,
      isMaster: cluster.isMaster,
      others: () => cluster.others(),
      ask: async (subject, given) => {
        this.said.push(given)
        return this.isStuck ? new Promise(() => undefined) : cluster.ask(subject, given)
      },
      answer: (subject, handler) => cluster.answer(subject, handler),
      onActive: (listener) => cluster.onActive(listener),
    }
    this.#signIns = this.#start()
  }

  get signIns(): SharedSignIns {
    return this.#signIns
  }

  async signIn(user: string, password: string): Promise<string> {
    expect(await this.signIns.verify(user, password)).toBe('accepted')
    return (await this.signIns.issueCookie(user, facts)).value
  }

  /** Its applications start anew. */
  restart(): void {
    this.#signIns[Symbol.dispose]()
    this.cache.clear()
    this.homes.clear()
    this.#signIns = this.#start()
  }

  [Symbol.dispose](): void {
    this.#signIns[Symbol.dispose]()
    this.cache.stop()
    this.wall.stop()
  }

  #start(): SharedSignIns {
    const learn = (user: string, home: string | undefined) => void this.homes.set(user, home)
    const homes = { of: (user: string) => this.homes.get(user), learn }
    return new SharedSignIns({ cache: this.cache, cluster: this.#cluster, clock: this.clock, homes })
  }
}

function controls() {
  const { one, other, part, rejoin } = joinedPair()
  const [first, second] = [new Control('vcsc1', one), new Control('vcsc2', other)]
  const dispose = () => [first, second].forEach((control) => control[Symbol.dispose]())
  return { first, second, part, rejoin, [Symbol.dispose]: dispose }
}

test('the next request may reach any peer: it has the cookie, the password, the session and the home cluster', async () => {
  using lab = controls()
  const cookie = await lab.first.signIn(...alice)
  // Not asked for: it is there when the client has its answer.
  expect(lab.second.cache.cookieUser(cookie)).toBe('alice')
  expect(lab.second.cache.password('alice')).toBe('one')
  expect(lab.second.homes.get('alice')).toBe('cucm1.example.com')
  expect(await lab.second.signIns.verify(...alice)).toBe('accepted')
  expect(lab.second.asked).toEqual([])
  expect(lab.second.signIns.sessions()).toMatchObject([
    { user: 'alice', device: 'Jabber', state: 'current', peer: 'vcsc1' },
  ])
  expect(JSON.stringify(lab.first.said)).not.toContain(cookie)
})

test('credentials presented without a sign-in are known to all, too', async () => {
  using lab = controls()
  await lab.first.signIns.verify(...alice)
  expect(lab.second.cache.password('alice')).toBe('one')
})

test('ages count from the sign-in at every peer', async () => {
  using lab = controls()
  const cookie = await lab.first.signIn(...alice)
  lab.part()
  for (const { wall } of [lab.first, lab.second]) await wall.advance(479 * minute)
  lab.second.cache.clear()
  lab.rejoin()
  await waitFor('what is fresh', () => lab.second.cache.cookieUser(cookie))
  for (const { wall } of [lab.first, lab.second]) await wall.advance(minute)
  expect(await lab.second.signIns.cookieUser(cookie)).toBeUndefined()
  expect(await lab.second.signIns.password('alice')).toBeUndefined()
})

test('the later verification counts: a changed password goes round, an old one does not come back', async () => {
  using lab = controls()
  await lab.first.signIns.verify(...alice)
  lab.part()
  await lab.second.wall.advance(minute)
  await lab.second.signIns.verify('alice', 'two')
  lab.rejoin()
  await waitFor('the new password', () => lab.first.cache.password('alice') === 'two')
  expect(lab.second.cache.password('alice')).toBe('two')
})

test('a peer that becomes active gets all that is fresh', async () => {
  using lab = controls()
  lab.part()
  const names = Array.from({ length: 450 }, (_, index) => `user${index}`)
  const cookies = await Promise.all(names.map((name) => lab.first.signIn(name, 'one')))
  expect(lab.second.cache.size).toBe(0)
  lab.rejoin()
  await waitFor('all cookies', () => cookies.every((cookie) => lab.second.cache.cookieUser(cookie) !== undefined))
  expect(lab.second.signIns.sessions()).toHaveLength(450)
})

test('a peer that started anew gets them, and has to ask for nothing', async () => {
  using lab = controls()
  const cookie = await lab.first.signIn(...alice)
  lab.second.restart()
  lab.rejoin()
  await waitFor('the cookie', () => lab.second.cache.cookieUser(cookie))
  expect(lab.second.cache.password('alice')).toBe('one')
  expect(lab.second.homes.get('alice')).toBe('cucm1.example.com')
})

test('a peer that forgot asks the others, for a cookie and for a password', async () => {
  using lab = controls()
  const cookie = await lab.first.signIn(...alice)
  lab.second.cache.clear()
  expect(await lab.second.signIns.cookieUser(cookie)).toBe('alice')
  lab.second.cache.clear()
  expect(await lab.second.signIns.password('alice')).toBe('one')
  lab.second.cache.clear()
  lab.second.unifiedCm = 'unavailable'
  expect(await lab.second.signIns.verify(...alice)).toBe('accepted')
  // Forgetting is its own.
  expect(lab.first.cache.cookieUser(cookie)).toBe('alice')
})

test('guessing cookies is no flood between the peers: one question for each, 20 in a second, none again for 5 s', async () => {
  using lab = controls()
  const guess = async (name: string) => lab.second.signIns.cookieUser(name)
  const questions = () => lab.second.said.filter((said) => 'about' in (said as object)).length
  expect(await Promise.all([guess('a'), guess('a'), guess('a')])).toEqual([undefined, undefined, undefined])
  await guess('a')
  expect(questions()).toBe(1)
  await Promise.all(Array.from({ length: 500 }, (_, index) => guess(`guess ${index}`)))
  expect(questions()).toBe(20)
  lab.second.clock.advance(1_000)
  await guess('a')
  expect(questions()).toBe(20)
  lab.second.clock.advance(4_000)
  await guess('a')
  expect(questions()).toBe(21)
  const cookie = await lab.first.signIn(...alice)
  expect(await guess(cookie)).toBe('alice')
})

test('a peer that does not answer holds a sign-in up for 300 ms once, one that is gone does not at all', async () => {
  using lab = controls()
  lab.first.isStuck = true
  let signedIn = 0
  const first = lab.first.signIn(...alice).then(() => signedIn++)
  await waitFor('the wait for the peer', () => lab.first.clock.pending === 1)
  lab.first.clock.advance(299)
  await Promise.resolve()
  expect(signedIn).toBe(0)
  lab.first.clock.advance(1)
  await first
  await lab.first.signIn('bob', 'two')
  lab.first.clock.advance(5_000)
  lab.part()
  await lab.first.signIn('carol', 'three')
  expect(lab.first.clock.pending).toBe(0)
})

test('the device that a session turned out to be is shown at every peer', async () => {
  using lab = controls()
  const cookie = await lab.first.signIn(...alice)
  await lab.second.signIns.cookieUser(cookie, 'CSFALICE')
  const devices = () => lab.first.signIns.sessions().map(({ device, peer }) => `${device} ${peer}`)
  await waitFor('its name', () => devices().join() === 'CSFALICE vcsc1')
  await lab.first.signIn(...alice)
  expect(lab.second.signIns.sessions()).toMatchObject([{ device: 'CSFALICE' }])
})

test('what has not the form of a record is left out', async () => {
  const { one, other } = joinedPair()
  using control = new Control('vcsc1', one)
  const now = Date.now()
  const told = {
    credentials: [null, 1, { user: 'mallory' }, { user: 'alice', password: 'one', verifiedAt: now }],
    cookies: 'none',
    sessions: [{ user: 'alice', since: 'yesterday' }],
  }
  for (const said of [null, 'x', { about: 1 }, { told: null }, { told: 'x' }, { told }]) {
    expect(await other.ask('sign-ins', said)).toMatchObject([{ ok: true }])
  }
  expect(control.cache.known()).toEqual({
    credentials: [{ user: 'alice', password: 'one', verifiedAt: now }],
    cookies: [],
    sessions: [],
  })
})

test('a VCS of no cluster asks nobody and waits for nobody', async () => {
  using control = new Control('vcsc1', noCluster)
  const cookie = await control.signIn(...alice)
  expect(await control.signIns.cookieUser(cookie)).toBe('alice')
  expect(await control.signIns.cookieUser('unknown')).toBeUndefined()
  expect(control.said).toEqual([])
  expect(control.clock.pending).toBe(0)
})
