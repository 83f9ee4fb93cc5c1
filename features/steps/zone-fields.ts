import { Given, Then, When } from '@cucumber/cucumber'
import { openAuthority } from '#lab/pki/authority.ts'
import type { PageValues } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { Change } from '../support/vcs-pages.ts'
import { administer, onlyRows, Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** The zone of the healthy deployment. */
const firstZone = 'TraversalZone'
const secondZone = 'SecondZone'
const ends = ['vcsc1', 'vcse1'] as const

const inZone = (name: string, values: PageValues): Change => {
  const change = (row: PageValues) => (row['Name'] === name ? { ...row, ...values } : row)
  return (document) => withRows(document, Page.zones, (rows) => rows.map(change))
}

const added = (page: string, row: PageValues): Change => {
  return (document) => withRows(document, page, (rows) => [...rows, row])
}

Given(
  '{string} is {string} for the traversal zone of the {host}',
  function (this: LabWorld, field: string, value: string, host: string) {
    planPages(this, host, inZone(firstZone, { [field]: value }))
  },
)

When(
  'the administrator sets {string} of the traversal zone of the {host} to {string}',
  async function (this: LabWorld, field: string, host: string, value: string) {
    await administer(this, host, inZone(firstZone, { [field]: value }))
    await (await this.host('vcsc1')).management.call('retry')
  },
)

/** A zone beside the first at both ends, without Unified Communications services. */
function addSecondPair(world: LabWorld, transport: string, port: number, others: PageValues): void {
  const credentials = { Username: 'secondauth', Password: 'ex4mpl3.c0m' }
  const common = { Name: secondZone, Username: credentials.Username, Port: port, Transport: transport, ...others }
  planPages(world, 'vcse1', (document) => {
    const [first] = document[Page.zones] as readonly PageValues[]
    const name = { 'TLS verify subject name': first!['TLS verify subject name']! }
    const withCredential = added(Page.localDatabase, { Name: credentials.Username, Password: credentials.Password })
    return withCredential(added(Page.zones, { ...common, ...name, Type: 'Traversal server' })(document))
  })
  planPages(world, 'vcsc1', (document) => {
    const [first] = document[Page.zones] as readonly PageValues[]
    const peer = { 'Peer 1 address': first!['Peer 1 address']!, Password: credentials.Password }
    return added(Page.zones, { ...common, ...peer, Type: 'Traversal client' })(document)
  })
}

Given('a second pair of traversal zones over {word} on port {int}', function (this: LabWorld, transport, port) {
  addSecondPair(this, transport, port, { 'Unified Communications services': 'No', 'Media encryption mode': 'Auto' })
})

Given(
  'a second pair of traversal zones on port {int} with Unified Communications services',
  function (this: LabWorld, port: number) {
    addSecondPair(this, 'TLS', port, {
      'H.323 Mode': 'Off',
      'TLS verify mode': 'On',
      'Unified Communications services': 'Yes',
      'Media encryption mode': 'Force encrypted',
    })
  },
)

When('the administrator turns Unified Communications services of the second pair off', async function (this: LabWorld) {
  for (const host of ends) await administer(this, host, inZone(secondZone, { 'Unified Communications services': 'No' }))
  await (await this.host('vcsc1')).management.call('retry')
})

When('the administrator breaks the first traversal zone: another password', async function (this: LabWorld) {
  await administer(this, 'vcsc1', inZone(firstZone, { Password: 'mistyped' }))
})

interface Zone {
  readonly name: string
  readonly state: string
  readonly reason?: string
}

async function zoneBecomes(world: LabWorld, host: string, name: string, wanted: string): Promise<void> {
  let last: Zone | undefined
  const isSo = async () => {
    const { zones } = await (await world.host(host)).management.call<{ zones: Zone[] }>('state')
    return (last = zones.find((zone) => zone.name === name))?.state === wanted
  }
  await waitFor(`zone ${name} of ${host} to be ${wanted}`, isSo, { limitMs: 3_000, lastSeen: () => last })
  world.showRecord(host, `zone ${name} ${wanted}${last?.reason === undefined ? '' : `: ${last.reason}`}`)
}

Then('the first traversal zone is {string} at both ends', async function (this: LabWorld, wanted: string) {
  for (const host of ends) await zoneBecomes(this, host, firstZone, wanted)
})

Then('the second traversal zone is {string} at both ends', async function (this: LabWorld, wanted: string) {
  for (const host of ends) await zoneBecomes(this, host, secondZone, wanted)
})

Then('the traversal zone is {string} at the {host}', async function (this: LabWorld, wanted: string, host: string) {
  await zoneBecomes(this, host, firstZone, wanted)
})

/** SIP that went from the Control to this port of the Expressway, or back. */
async function messagesOfZone(world: LabWorld, port: number) {
  const lab = await world.lab()
  const listener = `${addressOf(lab, 'vcse1')}:${port}`
  const { messages } = await world.timeline()
  return messages.filter(({ fromEndpoint, toEndpoint }) => fromEndpoint === listener || toEndpoint === listener)
}

Then('the zone on port {int} carries OPTIONS and nothing else', async function (this: LabWorld, port: number) {
  let found = await messagesOfZone(this, port)
  await waitFor(`OPTIONS on port ${port}`, async () => (found = await messagesOfZone(this, port)).length > 0)
  const others = found.filter(({ summary }) => !summary.includes('OPTIONS')).map(({ summary }) => summary)
  if (others.length > 0) throw new Mismatch(`messages on port ${port}`, 'OPTIONS only', others)
  for (const message of found.slice(0, 2)) this.showMessage(message)
})

Then('the provisioning exchange goes over port {int} only', async function (this: LabWorld, port: number) {
  const { messages } = await this.timeline()
  const lab = await this.lab()
  const exchanges = messages.filter(({ summary, from }) => from === 'vcsc1' && summary.startsWith('SERVICE sip:prov'))
  const listener = `${addressOf(lab, 'vcse1')}:${port}`
  const elsewhere = exchanges.filter(({ toEndpoint }) => toEndpoint !== listener)
  if (exchanges.length === 0 || elsewhere.length > 0)
    throw new Mismatch(
      'provisioning exchanges',
      `over ${listener}`,
      exchanges.map(({ toEndpoint }) => toEndpoint),
    )
  this.showMessage(exchanges[0]!)
})

Then('nothing has used port {int} of the {host}', async function (this: LabWorld, port: number, host: string) {
  const lab = await this.lab()
  const place = `${addressOf(lab, host)}:${port}`
  const { events } = await this.timeline()
  const isThere = (event: object) => Object.values(event).includes(place)
  const found = events.filter(isThere)
  if (events.length === 0 || found.length > 0) throw new Mismatch(`use of ${place}`, 'none', found.length)
  this.showRecord(host, `nothing on ${place} in ${events.length} recorded events`)
})

Then('the VCS Control receives {string} to the provisioning exchange', async function (this: LabWorld, answer: string) {
  await seen(
    this,
    `${answer} to the exchange`,
    ({ to, summary }) => to === 'vcsc1' && summary === `${answer} (SERVICE)`,
  )
})

/** As the Control itself reports it. */
Then('everything the VCS Control needs comes up', async function (this: LabWorld) {
  await (await this.lab()).ready()
  this.showRecord('vcsc1', 'ready: nothing is missing')
})

/* Credentials of the zone on the Expressway. */

When("the administrator deletes the zone's credential on the VCS Expressway", async function (this: LabWorld) {
  await administer(this, 'vcse1', (document) => {
    this.memory.set('credentials', document[Page.localDatabase])
    return onlyRows(Page.localDatabase, [])(document)
  })
})

When("the administrator creates the zone's credential on the VCS Expressway", async function (this: LabWorld) {
  await administer(this, 'vcse1', onlyRows(Page.localDatabase, this.recall<readonly PageValues[]>('credentials')))
  await (await this.host('vcsc1')).management.call('retry')
})

/* An IP address as peer. */

Given('the peer address of the VCS Control is the IP address of the VCS Expressway', function (this: LabWorld) {
  this.adapt((plan) => {
    if (plan.specification.name !== 'vcsc1') return plan
    const configuration = plan.configuration as { readonly document: Parameters<Change>[0] }
    // The DMZ is network 2 of the lab, inside is network 3.
    const address = plan.specification.addresses[0]!.replace(/\.3\.(\d+)$/, '.2.$1')
    const document = inZone(firstZone, { 'Peer 1 address': address })(configuration.document)
    return { ...plan, configuration: { ...configuration, document } }
  })
})

Given('the certificate of the VCS Expressway also holds its IP address', function (this: LabWorld) {
  const authority = openAuthority(this.parameters.pkiFolder)
  this.adapt((plan) => {
    if (plan.specification.name !== 'vcse1') return plan
    const { fqdn, addresses } = plan.specification
    const identity = authority.issue({ commonName: fqdn, names: [fqdn, 'example.com', addresses[0]!] })
    return { ...plan, specification: { ...plan.specification, identity } }
  })
})
