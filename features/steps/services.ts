import { Given, Then, When } from '@cucumber/cucumber'
import type { SignInResult } from '#lab/endpoint.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { VcsDocument } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { administer, Page, planPages, rowsChange, tryToAdminister } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** Cisco Unified IM and Presence Serviceability: the services by their names there. */
const imServices: Readonly<Record<string, string>> = {
  'Cisco XCP Router': 'xcpRouter',
  'Cisco XCP Connection Manager': 'xcpConnectionManager',
  'Cisco XCP Authentication Service': 'xcpAuthentication',
  'Cisco SIP Client Profile Agent': 'clientProfileAgent',
  'Cisco AXL Web Service': 'axlWebService',
  'Cisco Intercluster Sync Agent': 'interclusterSyncAgent',
  'Cisco XCP XMPP Federation Connection Manager': 'xmppFederationConnectionManager',
}

function serviceNamed(name: string): string {
  const service = imServices[name]
  if (service === undefined) throw new Error(`IM&P has ${Object.keys(imServices).join(', ')}; not "${name}"`)
  return service
}

/** The IM&P node's own configuration before anything starts. */
function adaptImp(world: LabWorld, change: (document: Record<string, unknown>) => Record<string, unknown>): void {
  world.adapt((plan) =>
    plan.role === 'imp' ? { ...plan, configuration: change(plan.configuration as Record<string, unknown>) } : plan,
  )
}

async function setService(world: LabWorld, name: string, isOn: boolean): Promise<void> {
  await (await world.host('imp1')).management.call('set', { services: { [serviceNamed(name)]: isOn } })
}

Given('the {string} of IM&P was never activated', function (this: LabWorld, name: string) {
  this.expectNotReady = true
  adaptImp(this, (document) => ({ ...document, services: { [serviceNamed(name)]: false } }))
})

When('the {string} of IM&P stops', async function (this: LabWorld, name: string) {
  await setService(this, name, false)
})

When('the {string} of IM&P runs', async function (this: LabWorld, name: string) {
  await setService(this, name, true)
})

Given('the AXL user of IM&P lacks the role "Standard AXL API Access"', function (this: LabWorld) {
  this.expectNotReady = true
  adaptImp(this, (document) => ({ ...document, axl: { ...(document['axl'] as object), mayUseAxl: false } }))
})

Given('{user} is known at another IM&P cluster too', function (this: LabWorld, user: string) {
  adaptImp(this, (document) => ({ ...document, usersAtOtherNodes: [user] }))
})

Given('the IM&P cluster has a subscriber {string}', function (this: LabWorld, name: string) {
  adaptImp(this, (document) => ({ ...document, nodes: ['imp1.example.com', name] }))
  this.adapt((plan) => {
    if (plan.role !== 'internal-dns') return plan
    const document = plan.configuration as { readonly records: readonly { name: string; address?: string }[] }
    const { address } = document.records.find((record) => record.name === 'imp1.example.com')!
    // Beside the publisher; nothing needs to run there.
    const record = { name, type: 'A', address: address!.replace(/\d+$/, '31') }
    return { ...plan, configuration: { ...document, records: [...document.records, record] } }
  })
})

const withIm = (value: 'On' | 'Off') => rowsChange(Page.domains, { 'IM and Presence services on Unified CM': value })

Given('IM and Presence services on Unified CM are off for the domain', function (this: LabWorld) {
  planPages(this, 'vcsc1', withIm('Off'))
})

When('the administrator turns IM and Presence services on Unified CM on', async function (this: LabWorld) {
  await administer(this, 'vcsc1', withIm('On'))
})

When('the administrator turns IM and Presence services on Unified CM off', async function (this: LabWorld) {
  await administer(this, 'vcsc1', withIm('Off'))
})

When(
  'the administrator adds the domain {string} with IM and Presence services {switch}',
  async function (this: LabWorld, name: string, imAndPresence: boolean) {
    const row = { 'Domain name': name, 'IM and Presence services on Unified CM': imAndPresence ? 'On' : 'Off' }
    const added = (document: VcsDocument) => withRows(document, Page.domains, (rows) => [...rows, row])
    this.memory.set('refusal of the configuration', await tryToAdminister(this, 'vcsc1', added))
  },
)

Then('the VCS Control refuses the change: {string}', function (this: LabWorld, says: string) {
  const refusal = this.recall<string>('refusal of the configuration')
  if (!refusal.includes(says)) throw new Mismatch('the refusal of the change', says, refusal)
  this.showRecord('vcsc1', refusal)
})

Then('the VCS Control has the domains {string}', async function (this: LabWorld, names: string) {
  const { domains } = await controlState(this)
  const found = domains.map(({ name }) => name).join(', ')
  if (found !== names) throw new Mismatch('domains of the Control', names, found)
  this.showRecord('vcsc1', `domains ${found}`)
})

Given('TLS verify mode is {switch} for the IM and Presence server', function (this: LabWorld, tlsVerify: boolean) {
  planPages(this, 'vcsc1', rowsChange(Page.imAndPresence, { 'TLS verify mode': tlsVerify ? 'On' : 'Off' }))
})

When('the administrator refreshes the servers', async function (this: LabWorld) {
  await (await this.host('vcsc1')).management.call('retry')
})

interface ControlState {
  readonly domains: readonly { readonly name: string }[]
  readonly ready: boolean
  readonly missing: readonly string[]
  readonly discovery: readonly {
    readonly kind: string
    readonly publisher: string
    readonly state: string
    readonly nodes: readonly { readonly name: string; readonly role: string; readonly state: string }[]
    readonly problems: readonly { readonly message: string }[]
  }[]
}

const controlState = async (world: LabWorld) => (await world.host('vcsc1')).management.call<ControlState>('state')

const imServer = ({ discovery }: ControlState) => discovery.find(({ kind }) => kind === 'im-and-presence')

/** Discovery goes on beside the steps where the deployment is not expected to work. */
async function imServerBecomes(
  world: LabWorld,
  what: string,
  fits: (server: ControlState['discovery'][number]) => boolean,
): Promise<ControlState['discovery'][number]> {
  let last: ReturnType<typeof imServer>
  return waitFor(
    `the IM and Presence server ${what}`,
    async () => {
      last = imServer(await controlState(world))
      return last !== undefined && fits(last) ? last : undefined
    },
    { lastSeen: () => last },
  )
}

Then('the IM and Presence server is {string} at the VCS Control', async function (this: LabWorld, wanted: string) {
  await imServerBecomes(this, `to be ${wanted}`, ({ state }) => state === wanted)
  this.showRecord('vcsc1', `IM and Presence server ${wanted}`)
})

Then('the IM and Presence server shows the problem {string}', async function (this: LabWorld, text: string) {
  const isSo = ({ problems }: ControlState['discovery'][number]) =>
    problems.some(({ message }) => message.includes(text))
  const { problems } = await imServerBecomes(this, `to show "${text}"`, isSo)
  this.showRecord('vcsc1', `IM and Presence server: ${problems.map(({ message }) => message).join('; ')}`)
})

Then('the VCS Control lists the IM and Presence nodes {string}', async function (this: LabWorld, names: string) {
  const listed = ({ nodes }: ControlState['discovery'][number]) =>
    nodes.map(({ name, role }) => `${name} (${role})`).join(', ')
  await imServerBecomes(this, `to have the nodes "${names}"`, (server) => listed(server) === names)
  this.showRecord('vcsc1', `IM and Presence nodes: ${names}`)
})

Then('the VCS Control reports nothing missing', async function (this: LabWorld) {
  const { ready, missing, discovery } = await controlState(this)
  const problems = discovery.flatMap((each) => each.problems.map(({ message }) => message))
  if (!ready || missing.length > 0 || problems.length > 0)
    throw new Mismatch('the status of the Control', 'ready', { ready, missing, problems })
  this.showRecord('vcsc1', 'status: everything works, nothing missing')
})

Then(
  'the sign-in of {user} succeeds except for {string}: {string}',
  function (this: LabWorld, user: string, stage: string, says: string) {
    const { stages } = this.recall<SignInResult>(`sign-in of ${user}`)
    const failed = stages.filter(({ outcome }) => outcome === 'failed')
    const [only] = failed
    if (failed.length !== 1 || only?.name !== stage || only.detail?.includes(says) !== true)
      throw new Mismatch(`the sign-in of ${user}`, `only ${stage} fails: ${says}`, failed)
    this.showRecord(user, `${only.name}: ${only.detail}`)
  },
)

Then('the sign-in of {user} skips {string}', function (this: LabWorld, user: string, stage: string) {
  const { stages } = this.recall<SignInResult>(`sign-in of ${user}`)
  const found = stages.find(({ name }) => name === stage)
  if (found?.outcome !== 'skipped') throw new Mismatch(`${stage} of ${user}`, 'skipped', found)
  this.showRecord(user, `${stage} skipped: ${found.detail ?? ''}`)
})

Given('the deployment is not expected to work', function (this: LabWorld) {
  this.expectNotReady = true
})

Then(
  'the {host} has not connected to port {int} of the {host}',
  async function (this: LabWorld, from: string, port: number, to: string) {
    const lab = await this.lab()
    const remote = `${addressOf(lab, to)}:${port}`
    const { events } = await this.timeline()
    const found = events.filter((event) => event.host === from && event.kind === 'open' && event.remote === remote)
    if (found.length > 0) throw new Mismatch(`connections of ${from} to ${remote}`, 'none', found.length)
    this.showRecord(from, `no connection to ${remote}`)
  },
)

Given('IM&P serves the domain {string}', function (this: LabWorld, domain: string) {
  adaptImp(this, (document) => ({ ...document, domain }))
})

Given('the IM and Presence publisher address is {string}', function (this: LabWorld, publisher: string) {
  this.expectNotReady = true
  planPages(this, 'vcsc1', rowsChange(Page.imAndPresence, { 'IM and Presence publisher address': publisher }))
})

/** Read from the status page, as the administrator would. */
async function serversOnPage(world: LabWorld, host: string): Promise<string[] | undefined> {
  const lab = await world.lab()
  await using visitor = await openVisitor(lab, 'inside')
  const login = { username: 'admin', password: lab.secrets.administrators[host]! }
  const { page } = await visitor.status({ address: addressOf(lab, host), port: 443 }, login)
  const servers = page['discovery'] as ControlState['discovery'] | undefined
  return servers?.map(({ publisher, state }) => `${publisher} ${state}`)
}

Then('the status page of the {host} lists {string}', async function (this: LabWorld, host: string, wanted: string) {
  let last: string[] | undefined
  const isSo = async () => (last = await serversOnPage(this, host))?.join(', ') === wanted
  await waitFor(`the status page of ${host} to list ${wanted}`, isSo, { limitMs: 3_000, lastSeen: () => last })
  this.showRecord(host, `status page: ${wanted}`)
})

Then('the status page of the {host} lists no servers', async function (this: LabWorld, host: string) {
  const found = await serversOnPage(this, host)
  if (found !== undefined) throw new Mismatch(`servers on the status page of ${host}`, 'none', found)
  this.showRecord(host, 'status page without servers')
})
