import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import type { Timeline, TimelineMessage } from '#lab/evidence/timeline.ts'
import { waitFor } from '#runtime/wait.ts'
import { clusterOf, vcsClusters } from '#lab/plan/vcs-clusters.ts'
import { fqdnOf, nodesOf, publishersOf } from '#lab/plan/plan-facts.ts'
import type { Topology } from '#lab/topology/topology.ts'
import { readTopology } from '#lab/topology/topology.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { Mismatch } from '../support/matchers.ts'
import { rowsOn } from '../support/page-views.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import { administer, Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

Given('a cluster of each: Controls, Expressways, Unified CM and IM&P', function (this: LabWorld) {
  this.topology = 'clustered'
})

Given('two clusters of each: Controls, Expressways, Unified CM and IM&P', function (this: LabWorld) {
  this.topology = 'multi'
})

/** What clients run into before they have found another way. */
const outage: readonly number[] = [408, 480, 481, 500, 502, 503, 504]

When('the {host} fails', async function (this: LabWorld, host: string) {
  // What it saw is read before it is gone.
  await this.timeline()
  this.expectRefusal((message) => outage.includes(statusOf(message) ?? 0))
  await (await this.host(host)).stop()
})

/** The hosts that a user's registration came by, as it was last answered 200. */
interface Way {
  readonly expressway: string
  readonly control: string
  readonly answer: TimelineMessage
}

function wayOf({ messages }: Timeline, user: string, line: string): Way | undefined {
  const isRegister = ({ protocol }: TimelineMessage) => protocol === 'SIP'
  const ofUser = messages.filter(
    (message) => isRegister(message) && headerOf(message, 'cseq')?.endsWith('REGISTER') === true,
  )
  const answer = ofUser.findLast(({ to, summary }) => to === user && summary.startsWith('200 '))
  const inside = ofUser.findLast(
    (message) =>
      message.from.startsWith('vcsc') &&
      message.to.startsWith('cucm') &&
      headerOf(message, 'from')?.includes(`sip:${line}@`) === true,
  )
  return answer === undefined || inside === undefined
    ? undefined
    : { expressway: answer.from, control: inside.from, answer }
}

async function registeredBy(world: LabWorld, user: string): Promise<Way> {
  const { line } = (await world.user(user)).user
  const way = wayOf(await world.timeline(), user, line)
  if (way === undefined) throw new Mismatch(`registration of ${user}`, 'by a way', 'none')
  return way
}

Given('{user} is signed in by way of the {host}', async function (this: LabWorld, user: string, host: string) {
  await signInUntil(this, user, ({ expressway, control }) => [expressway, control].includes(host))
})

async function signInUntil(world: LabWorld, user: string, isWanted: (way: Way) => boolean): Promise<void> {
  const endpoint = await world.user(user)
  const ways: string[] = []
  for (let turn = 0; turn < mostTurns; turn++) {
    if (turn > 0) await endpoint.call('signOut')
    const { error, state } = await endpoint.signIn()
    if (error !== undefined) throw new Mismatch(`${user} signs in`, 'signed in', `${state}: ${error.says}`)
    const way = await registeredBy(world, user)
    if (isWanted(way)) return
    ways.push(`${way.expressway}, ${way.control}`)
  }
  throw new Mismatch(`the ways of ${user}`, 'the one that is asked for', ways)
}

/** Each sign-in draws anew from equal ways. */
const mostTurns = 24

/** Over this Expressway and this Control both. */
Given(
  '{user} is signed in by way of the {host} and the {host}',
  async function (this: LabWorld, user: string, expressway: string, control: string) {
    await signInUntil(this, user, (way) => way.expressway === expressway && way.control === control)
  },
)

Then('{user} is registered by way of the {host}', async function (this: LabWorld, user: string, host: string) {
  const { expressway, control, answer } = await registeredBy(this, user)
  if (![expressway, control].includes(host)) throw new Mismatch(`the way of ${user}`, host, [expressway, control])
  this.showMessage(answer)
  this.showRecord(user, `registered by way of ${expressway} and ${control}`)
})

Then('{user} is registered by way of the {host} now', async function (this: LabWorld, user: string, host: string) {
  const { line } = (await this.user(user)).user
  let last: Way | undefined
  await waitFor(
    `${user} to be registered by way of ${host}`,
    async () => {
      last = wayOf(await this.timeline(), user, line)
      return [last?.expressway, last?.control].includes(host)
    },
    { limitMs: 10_000, everyMs: 100, lastSeen: () => [last?.expressway, last?.control] },
  )
  this.showMessage(last!.answer)
})

Then('both VCS Controls have asked Unified CM about {user}', async function (this: LabWorld, user: string) {
  const { messages } = await this.timeline()
  for (const control of ['vcsc1', 'vcsc2']) {
    const asked = messages.find(
      ({ from, to, protocol, summary }) =>
        from === control && to.startsWith('cucm') && protocol === 'HTTP' && summary.includes(user),
    )
    if (asked === undefined) throw new Mismatch(`requests of ${control} to Unified CM about ${user}`, 'some', 'none')
    this.showMessage(asked)
  }
})

Given('everybody is signed in', async function (this: LabWorld) {
  const endpoints = (await this.lab()).endpoints()
  const results = await Promise.all(endpoints.map(async (each) => ({ user: each.user.id, ...(await each.signIn()) })))
  const failed = results.filter(({ error }) => error !== undefined)
  if (failed.length > 0) throw new Mismatch('sign-ins', 'all succeed', failed)
})

interface ClientState {
  readonly state: string
  readonly jid?: string | null
  readonly phone: { readonly registration: string }
}

/** The next keep-alive tells a phone that its way is gone; then it has found another one, and Jabber its messaging. */
Then('everybody is back by the next keep-alive', async function (this: LabWorld) {
  const endpoints = (await this.lab()).endpoints().filter(({ isOpen }) => isOpen)
  await Promise.all(endpoints.map((endpoint) => endpoint.call('reRegister').catch(() => undefined)))
  await Promise.all(endpoints.map((endpoint) => isBack(this, endpoint)))
})

async function isBack(world: LabWorld, endpoint: Endpoint): Promise<void> {
  const { id, client } = endpoint.user
  let last: ClientState | undefined
  await waitFor(
    `${id} to be back`,
    async () => {
      last = await endpoint.call<ClientState>('state')
      const isOnline = client !== 'jabber' || (last.state === 'signed-in' && typeof last.jid === 'string')
      return isOnline && last.phone.registration === 'registered'
    },
    { limitMs: 15_000, everyMs: 50, lastSeen: () => last },
  )
  const { status } = await endpoint.call<{ status: number }>('reRegister')
  if (status !== 200) throw new Mismatch(`registration of ${id}`, 200, status)
  world.showRecord(id, `back: ${last!.phone.registration}, ${last!.jid ?? 'no messaging'}`)
}

/** Whichever node of the user's home cluster it is. */
Then(/^the Unified CM cluster of (\S+) has (?:her|him) registered$/, async function (this: LabWorld, name: string) {
  const lab = await this.lab()
  const { id, device } = (await this.user(name)).user
  const publisher = homeOf(lab.topology, id)
  const nodes = nodesOf(lab.topology, publisher)
  const found: string[] = []
  for (const node of nodes) {
    const { registrations } = await lab
      .host(node)
      .management.call<{ registrations: readonly { device: string; source: string }[] }>('state')
    for (const each of registrations) if (each.device === device) found.push(`${node}, from ${each.source}`)
  }
  if (found.length !== 1) throw new Mismatch(`registrations of ${device} at ${nodes.join(', ')}`, 'one', found)
  this.showRecord(publisher, `${device} is registered at ${found[0]!}`)
})

Then('{user} is registered by way of the first Expressway cluster', async function (this: LabWorld, user: string) {
  const { topology } = await this.lab()
  const { expressway, control, answer } = await registeredBy(this, user)
  const first = clusterOf(topology, 'vcse1')!.peers
  if (!first.includes(expressway) || !clusterOf(topology, 'vcsc1')!.peers.includes(control))
    throw new Mismatch(`the way of ${user}`, first, [expressway, control])
  this.showMessage(answer)
})

Given('the public DNS leads to the first Expressway cluster only', function (this: LabWorld) {
  const topology = readTopology(this.topology)
  const { peers } = clusterOf(topology, 'vcse1')!
  const targets = peers.map((peer) => fqdnOf(peer, topology))
  keepEdgeRecords(this, (target) => targets.includes(target))
})

Given('the {host} has no record as edge in the public DNS', function (this: LabWorld, host: string) {
  const left = fqdnOf(host, readTopology(this.topology))
  keepEdgeRecords(this, (target) => target !== left)
})

interface DnsDocument {
  readonly records: readonly { readonly name: string; readonly target?: string }[]
}

function keepEdgeRecords(world: LabWorld, isKept: (target: string) => boolean): void {
  world.adapt((plan) => {
    if (plan.role !== 'public-dns') return plan
    const document = plan.configuration as DnsDocument
    const records = document.records.filter(
      ({ name, target }) => !name.startsWith('_collab-edge.') || isKept(target ?? ''),
    )
    return { ...plan, configuration: { ...document, records } }
  })
}

Given('the first cluster of Controls has not discovered the other Unified CM cluster', function (this: LabWorld) {
  planPages(this, 'vcsc1', (document) =>
    withRows(document, Page.unifiedCm, (rows) =>
      rows.filter((row) => !String(row[publisherLabel]).startsWith('cucm3')),
    ),
  )
})

const publisherLabel = 'Unified CM publisher address'

Given('the peers of each cluster have the configuration of their master', async function (this: LabWorld) {
  const lab = await this.lab()
  for (const { peers } of vcsClusters(lab.topology)) await lab.inStep(peers[0]!)
})

/** Peers take it about once a minute. */
When('the {host} has taken the configuration of its master', async function (this: LabWorld, host: string) {
  const lab = await this.lab()
  await lab.advance(60_000)
  await lab.inStep(host)
})

When('the administrator discovers Unified CM on the {host}', async function (this: LabWorld, host: string) {
  const { secrets, topology } = await this.lab()
  const { username, password } = secrets.axl
  const row = {
    [publisherLabel]: fqdnOf('cucm1', topology),
    Username: username,
    Password: password,
    'TLS verify mode': 'On',
  }
  await administer(this, host, (document) => withRows(document, Page.unifiedCm, (rows) => [...rows, row]))
})

Then('the {host} lists the Unified CM server {string}', async function (this: LabWorld, host: string, wanted: string) {
  const listed = async () => (await rowsOn(this, host, Page.unifiedCm)).map((row) => String(row[publisherLabel]))
  let last: readonly string[] = []
  await waitFor(`${wanted} on ${host}`, async () => (last = await listed()).includes(wanted), { lastSeen: () => last })
  this.showRecord(host, `lists ${last.join(', ')}`)
})

Then('the {host} lists no Unified CM server', async function (this: LabWorld, host: string) {
  const rows = await rowsOn(this, host, Page.unifiedCm)
  if (rows.length > 0) throw new Mismatch(`Unified CM servers of ${host}`, 'none', rows)
  this.showRecord(host, 'lists no Unified CM server')
})

Given('each VCS has room for {int} call(s)', function (this: LabWorld, calls: number) {
  this.adapt((plan) => {
    if (plan.role !== 'control' && plan.role !== 'expressway') return plan
    const { installation, document } = plan.configuration as VcsPlan
    return { ...plan, configuration: { document, installation: { ...installation, capacity: { calls } } } }
  })
})

/** Attempts of a sign-in, and which publisher's nodes were asked for the home cluster. */
Then(
  'the client received {int} exactly when a VCS Control asked the cluster of the {host}',
  async function (this: LabWorld, status: number, publisher: string) {
    const attempts = this.recall<readonly { readonly asked: string; readonly status: unknown }[]>('attempts')
    const nodes = nodesOf((await this.lab()).topology, publisher)
    const failed = attempts.filter((each) => each.status === status)
    const asked = attempts.filter((each) => nodes.includes(each.asked))
    const isMixed = failed.length > 0 && failed.length < attempts.length
    if (!isMixed || failed.length !== asked.length || failed.some((each) => !asked.includes(each)))
      throw new Mismatch(`attempts that ended with ${status}`, `those that asked ${nodes.join(', ')}`, attempts)
    for (const each of attempts) this.showRecord(each.asked, `asked: ${String(each.status)}`)
  },
)

function homeOf(topology: Topology, user: string): string {
  return topology.users.find(({ id }) => id === user)?.home ?? publishersOf(topology, 'cucm')[0]!
}

Given('the IM&P cluster of Dave was not discovered by the first cluster of Controls', function (this: LabWorld) {
  planPages(this, 'vcsc1', (document) =>
    withRows(document, Page.imAndPresence, (rows) =>
      rows.filter((row) => !String(row['IM and Presence publisher address']).startsWith('imp2.')),
    ),
  )
})

Given('the {host} was not discovered', function (this: LabWorld, host: string) {
  planPages(this, 'vcsc1', (document) =>
    withRows(document, Page.unifiedCm, (rows) => rows.filter((row) => !String(row[publisherLabel]).startsWith(host))),
  )
})
