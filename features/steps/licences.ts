import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { gatewayRows } from '#lab/plan/business-configuration.ts'
import { readTopology } from '#lab/topology/topology.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import { administer, formChange, Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const bothVcs = ['vcsc1', 'vcse1'] as const

function optionKeys(traversal: number, nonTraversal: number) {
  const values = { 'Traversal calls': traversal, 'Non-traversal calls': nonTraversal }
  return formChange('Maintenance > Option keys', values)
}

Given(
  'both VCSs have {int} traversal and {int} non-traversal licenses',
  function (this: LabWorld, traversal: number, nonTraversal: number) {
    for (const host of bothVcs) planPages(this, host, optionKeys(traversal, nonTraversal))
  },
)

When(
  'both VCSs get {int} traversal and {int} non-traversal licenses',
  async function (this: LabWorld, traversal: number, nonTraversal: number) {
    for (const host of bothVcs) await administer(this, host, optionKeys(traversal, nonTraversal))
  },
)

/** A smaller system than any that is sold: the same limits, sooner reached. */
function makeRoom(world: LabWorld, hosts: readonly string[], room: Readonly<Record<string, number>>): void {
  world.adapt((plan) => {
    if (!hosts.includes(plan.specification.name)) return plan
    const { installation, document } = plan.configuration as VcsPlan
    const capacity = { ...(installation['capacity'] as object | undefined), ...room }
    return { ...plan, configuration: { document, installation: { ...installation, capacity } } }
  })
}

Given('the {host} has room for {int} call(s)', function (this: LabWorld, host: string, calls: number) {
  makeRoom(this, [host], { calls })
})

Given('both VCSs have room for {int} call(s)', function (this: LabWorld, calls: number) {
  makeRoom(this, bothVcs, { calls })
})

Given('both VCSs have room for {int} registration(s)', function (this: LabWorld, registrations: number) {
  makeRoom(this, bothVcs, { registrations })
})

interface InUse {
  readonly sessions: unknown
  readonly resources: string
  readonly licenses: string
  readonly nonTraversal: string
}

/** Status > System > Resource usage of a VCS. */
async function inUse(world: LabWorld, host: string): Promise<InUse> {
  const rows = await viewOn(world, host, 'Status > System > Resource usage', 'usage')
  const of = (name: string) => rows.find((row) => row['name'] === name)
  const share = (name: string) => `${of(name)?.['current']} of ${of(name)?.['limit']}`
  return {
    sessions: of('Unified CM remote sessions')?.['current'],
    resources: share('Traversal call resources'),
    licenses: share('Traversal call licenses'),
    nonTraversal: share('Non-traversal call licenses'),
  }
}

/** Calls that Unified CM's clients outside have themselves: each is a remote session. */
async function callsOutside(world: LabWorld): Promise<number> {
  const isOutside = ({ place, client }: Endpoint['user']) => place === 'internet' && client !== 'sip-device'
  const clients = (await world.lab()).endpoints().filter(({ user, isOpen }) => isOutside(user) && isOpen)
  const calls = await Promise.all(clients.map((client) => client.call<{ state: string }[]>('calls')))
  return calls.flat().filter(({ state }) => state === 'connected').length
}

async function mustUse(world: LabWorld, wanted: Partial<InUse>, hosts: readonly string[] = bothVcs): Promise<void> {
  for (const host of hosts) {
    let last: InUse | undefined
    const isIt = async () => {
      const found = (last = await inUse(world, host))
      return (Object.keys(wanted) as (keyof InUse)[]).every((name) => found[name] === wanted[name])
    }
    await waitFor(`what ${host} counts`, isIt, { limitMs: 3_000, everyMs: 50, lastSeen: () => ({ last, wanted }) })
    world.showRecord(
      host,
      `${last?.sessions} remote sessions; resources ${last?.resources}; licenses ${last?.licenses}`,
    )
  }
}

Then(
  'both VCSs count {int} remote session(s), {int} of {int} traversal resources and {float} of {int} traversal licenses',
  async function (
    this: LabWorld,
    sessions: number,
    resources: number,
    mostResources: number,
    licenses: number,
    installed: number,
  ) {
    const calls = await callsOutside(this)
    if (calls !== sessions) throw new Mismatch('calls of the clients outside', sessions, calls)
    const usage = { resources: `${resources} of ${mostResources}`, licenses: `${licenses} of ${installed}` }
    await mustUse(this, { sessions, ...usage })
  },
)

Then(
  'both VCSs count {int} of {int} traversal resources and {float} of {int} traversal licenses',
  async function (this: LabWorld, resources: number, mostResources: number, licenses: number, installed: number) {
    await mustUse(this, {
      resources: `${resources} of ${mostResources}`,
      licenses: `${licenses} of ${installed}`,
    })
  },
)

Then(
  'the {host} counts {int} of {int} non-traversal licenses and {int} of {int} traversal resources',
  async function (
    this: LabWorld,
    host: string,
    licenses: number,
    installed: number,
    resources: number,
    mostResources: number,
  ) {
    await mustUse(
      this,
      { nonTraversal: `${licenses} of ${installed}`, resources: `${resources} of ${mostResources}` },
      [host],
    )
  },
)

Then(
  'the {host} counts {int} of {int} traversal resources and {float} of {int} traversal licenses',
  async function (
    this: LabWorld,
    host: string,
    resources: number,
    mostResources: number,
    licenses: number,
    installed: number,
  ) {
    const wanted = { resources: `${resources} of ${mostResources}`, licenses: `${licenses} of ${installed}` }
    await mustUse(this, wanted, [host])
  },
)

Given('SIP devices of the Control and another company', function (this: LabWorld) {
  this.topology = 'business'
})

/** A leg in SIP that stands for one of another protocol (docs: simulated gateways). */
Given('the {host} has a neighbor zone to {user}', function (this: LabWorld, host: string, user: string) {
  const device = readTopology(this.topology).devices.find(({ id }) => id === user)
  if (device === undefined) throw new Error(`${user} is no device of ${this.topology}`)
  const { zone, rule } = gatewayRows(device, { name: `To-${user}`, prefix: user })
  planPages(this, host, (document) =>
    withRows(
      withRows(document, Page.zones, (rows) => [...rows, zone]),
      'Configuration > Dial plan > Search rules',
      (rows) => [...rows, rule],
    ),
  )
})

When('{user} offers video too', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setMedia', { furtherStreams: ['video'] })
})

When('{user} offers floor control too', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setMedia', { furtherStreams: ['bfcp'] })
})

Then('both VCSs count nothing in use', async function (this: LabWorld) {
  await mustUse(this, { sessions: 0, resources: '0 of 150', licenses: '0 of 100' })
})

Then('the refusal at {user} says {string}', async function (this: LabWorld, user: string, says: string) {
  const isRefusal = (message: Parameters<typeof statusOf>[0]) => (statusOf(message) ?? 0) >= 400
  const { number } = await seen(
    this,
    `a refusal at ${user} with "${says}"`,
    (message) => message.to === user && isRefusal(message) && headerOf(message, 'warning')?.includes(says) === true,
  )
  this.showRecord(user, `#${number} says ${says}`)
})

Then('the event log of the {host} tells {string}', async function (this: LabWorld, host: string, event: string) {
  const lines = await viewOn(this, host, 'Status > Logs > Event Log', 'events')
  const found = lines.find(({ line }) => String(line).includes(event))
  if (found === undefined) throw new Mismatch(`the event log of ${host}`, event, lines.slice(0, 3))
  this.showRecord(host, String(found['line']))
})

/** From the packets on the wire: whether media pass a VCS. */
Then('the RTP of {user} goes to {string} and nowhere else', async function (this: LabWorld, user: string, to: string) {
  let places: readonly string[] = []
  await waitFor(
    `RTP from ${user} to ${to}`,
    async () => {
      const { entries } = await this.timeline()
      const sent = entries.flatMap((entry) =>
        entry.kind === 'media' && /^S?RTP$/.test(entry.protocol) && entry.from === user ? [entry.to] : [],
      )
      places = [...new Set(sent)]
      return places.length > 0
    },
    { limitMs: 3_000, everyMs: 50, lastSeen: () => places },
  )
  if (places.join() !== to) throw new Mismatch(`the RTP of ${user}`, to, places)
  this.showRecord(to, `RTP of ${user}`)
})
