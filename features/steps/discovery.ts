import { Given, Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { onlyRows, Page, planPages, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

interface Discovery {
  readonly publisher: string
  readonly state: 'Active' | 'Inactive'
  readonly nodes: readonly { readonly name: string; readonly role: string; readonly state: string }[]
  readonly problems: readonly { readonly message: string; readonly reason: string }[]
}

async function discoveries(world: LabWorld): Promise<Discovery[]> {
  const control = await world.host('vcsc1')
  return (await control.management.call<{ discovery: Discovery[] }>('state')).discovery
}

/** Waits until the Control's page shows the publisher so. */
async function shown(world: LabWorld, publisher: string, fits: (found: Discovery) => boolean): Promise<Discovery> {
  let last: Discovery | undefined
  return waitFor(
    `the discovery of ${publisher}`,
    async () => {
      last = (await discoveries(world)).find((each) => each.publisher === publisher)
      return last !== undefined && fits(last) ? last : undefined
    },
    { limitMs: 8_000, lastSeen: () => last },
  )
}

When('discovery has failed for {string}', async function (this: LabWorld, publisher: string) {
  const failed = await shown(this, publisher, ({ state, problems }) => state === 'Inactive' && problems.length > 0)
  this.memory.set('failed discovery', failed)
})

Then('the reason of the failed discovery is that {string}', function (this: LabWorld, reason: string) {
  const { publisher, problems } = this.recall<Discovery>('failed discovery')
  const found = problems.map((problem) => problem.reason)
  if (!found.some((each) => each.includes(reason))) throw new Mismatch(`discovery of ${publisher}`, reason, found)
  this.showRecord('vcsc1', `discovery of ${publisher} failed: ${found.join('; ')}`)
})

Given('the VCS Control knows no IM&P', function (this: LabWorld) {
  planPages(this, 'vcsc1', onlyRows(Page.imAndPresence, []))
})

Given('the password of the AXL user on Control is wrong', function (this: LabWorld) {
  this.expectNotReady = true
  planPages(this, 'vcsc1', rowsChange(Page.unifiedCm, { Password: 'not-the-password' }))
})

Given('the TLS verify mode for Unified CM is {onOff}', function (this: LabWorld, tlsVerify: boolean) {
  planPages(this, 'vcsc1', rowsChange(Page.unifiedCm, { 'TLS verify mode': tlsVerify ? 'On' : 'Off' }))
})

Given('no TLS verify mode was chosen for Unified CM', function (this: LabWorld) {
  planPages(this, 'vcsc1', (document) =>
    withRows(document, Page.unifiedCm, (rows) =>
      rows.map((row) => Object.fromEntries(Object.entries(row).filter(([label]) => label !== 'TLS verify mode'))),
    ),
  )
})

/** The internal addresses of a lab differ in their second number only, which Control's own address tells. */
Given('the publisher of Unified CM is given by its IP address', function (this: LabWorld) {
  this.adapt((plan) => {
    if (plan.role !== 'control') return plan
    const publisher = plan.specification.addresses[0]!.replace(/\.10$/, '.20')
    const configuration = plan.configuration as VcsPlan
    const document = rowsChange(Page.unifiedCm, { 'Unified CM publisher address': publisher })(configuration.document)
    return { ...plan, configuration: { ...configuration, document } }
  })
})

Given('the AXL user of Unified CM has no role', function (this: LabWorld) {
  this.expectNotReady = true
  planUnifiedCm(this, (document) => ({
    ...document,
    applicationUsers: (document['applicationUsers'] as object[]).map((user) => ({ ...user, roles: [] })),
  }))
})

Given('the Cisco AXL Web Service of Unified CM was never activated', function (this: LabWorld) {
  this.expectNotReady = true
  planUnifiedCm(this, (document) => ({ ...document, services: { axl: false } }))
})

function planUnifiedCm(world: LabWorld, change: (document: Record<string, unknown>) => Record<string, unknown>): void {
  world.adapt((plan) =>
    plan.role === 'cucm' ? { ...plan, configuration: change(plan.configuration as Record<string, unknown>) } : plan,
  )
}

When('Unified CM is told to call its node {string}', async function (this: LabWorld, name: string) {
  await (await this.host('cucm1')).management.call('set', { path: 'servers.0.name', value: name })
})

When('the Unified CM cluster gets another node {string}', async function (this: LabWorld, name: string) {
  const value = { name, fqdn: `${name}.example.com` }
  await (await this.host('cucm1')).management.call('set', { path: 'servers.1', value })
})

async function mustHaveNodes(world: LabWorld, publisher: string, names: string): Promise<void> {
  const isSo = ({ state, nodes }: Discovery) => state === 'Active' && nodes.map(({ name }) => name).join(', ') === names
  await shown(world, publisher, isSo)
  world.showRecord('vcsc1', `discovered ${names} through ${publisher}`)
}

Then(
  'Control has discovered the nodes {string} through {string}',
  async function (this: LabWorld, names: string, publisher: string) {
    await mustHaveNodes(this, publisher, names)
  },
)

Then(
  'Control has discovered the nodes {string} through its IP address',
  async function (this: LabWorld, names: string) {
    await mustHaveNodes(this, addressOf(await this.lab(), 'cucm1'), names)
  },
)

When('the discovery through its IP address has failed', async function (this: LabWorld) {
  const publisher = addressOf(await this.lab(), 'cucm1')
  this.memory.set('failed discovery', await shown(this, publisher, ({ problems }) => problems.length > 0))
})

/** For deployments that cannot get ready: what does not depend on the fault has come up. */
Given('the SSH tunnel between the VCSs is up', async function (this: LabWorld) {
  const control = await this.host('vcsc1')
  let last: unknown
  await waitFor(
    'the SSH tunnel',
    async () => {
      const { tunnels } = await control.management.call<{ tunnels: { state: string }[] }>('state')
      last = tunnels
      return tunnels.every(({ state }) => state === 'Active')
    },
    { limitMs: 8_000, lastSeen: () => last },
  )
})
