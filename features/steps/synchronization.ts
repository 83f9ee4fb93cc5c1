import { Given, Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { mustPress } from '../support/page-actions.ts'
import { Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

interface Server {
  readonly name: string
  readonly fqdn: string
}

interface DnsDocument {
  readonly records: readonly { readonly name: string; readonly target?: string }[]
}

interface UnifiedCmPlan {
  readonly servers: readonly Server[]
  readonly callManagerGroups?: readonly object[]
  readonly devicePools?: readonly object[]
  readonly devices: readonly { readonly owner: string }[]
}

/** Every node has the data of the cluster. */
function planCluster(world: LabWorld, change: (plan: UnifiedCmPlan) => object): void {
  world.adapt((plan) =>
    plan.role === 'cucm'
      ? {
          ...plan,
          configuration: { ...(plan.configuration as object), ...change(plan.configuration as UnifiedCmPlan) },
        }
      : plan,
  )
}

/** Changes the data of the cluster, which every node has. */
async function setCluster(world: LabWorld, path: string, value: unknown): Promise<void> {
  for (const node of ['cucm1', 'cucm2']) await (await world.host(node)).management.call('set', { path, value })
}

async function setPublisher(world: LabWorld, path: string, value: unknown): Promise<void> {
  await (await world.host('cucm1')).management.call('set', { path, value })
}

/** A group and a device pool of the user's own. */
Given('the Cisco Unified CM Group of {user} is {string}', function (this: LabWorld, user: string, names: string) {
  planCluster(this, ({ callManagerGroups = [{ name: 'Default' }], devicePools, devices }) => ({
    callManagerGroups: [...callManagerGroups, { name: user, members: names.split(', ') }],
    devicePools: [...(devicePools ?? [{ devicePoolName: 'Default' }]), { devicePoolName: user, unifiedCmGroup: user }],
    devices: devices.map((device) => (device.owner === user ? { ...device, devicePool: user } : device)),
  }))
})

/** It stands there already, but the publisher and the service records do not name it. */
Given('the subscriber has not joined the cluster yet', function (this: LabWorld) {
  this.adapt((plan) => {
    if (plan.role !== 'internal-dns') return plan
    const { records, ...document } = plan.configuration as DnsDocument
    const known = records.filter(({ target }) => target === undefined || !target.startsWith('cucm2.'))
    return { ...plan, configuration: { ...document, records: known } }
  })
  this.adapt((plan) => {
    if (plan.specification.name !== 'cucm1') return plan
    const configuration = plan.configuration as UnifiedCmPlan
    return { ...plan, configuration: { ...configuration, servers: configuration.servers.slice(0, 1) } }
  })
})

When('the subscriber joins the cluster, and devices register with it', async function (this: LabWorld) {
  const { servers } = (await this.lab()).plan('cucm2').configuration as UnifiedCmPlan
  await setPublisher(this, 'servers', servers)
  await setCluster(this, 'callManagerGroups.0.members', ['cucm2'])
})

When('the subscriber leaves the cluster', async function (this: LabWorld) {
  const { servers } = (await this.lab()).plan('cucm1').configuration as UnifiedCmPlan
  await setPublisher(this, 'servers', servers.slice(0, 1))
  await (await this.host('cucm2')).stop()
})

/** In System > Server, on the server itself, which restarts, and in the DNS. */
When('the subscriber is renamed to {string}', async function (this: LabWorld, name: string) {
  const lab = await this.lab()
  const before = lab.plan('cucm2').specification.fqdn
  const server = { name, fqdn: `${name}.${lab.topology.domain}` }
  const renamedRecord = (record: DnsDocument['records'][number]) => ({
    ...record,
    ...(record.name === before ? { name: server.fqdn } : {}),
    ...(record.target === before ? { target: server.fqdn } : {}),
  })
  await lab.reconfigure<DnsDocument>('intdns', ({ records, ...document }) => ({
    ...document,
    records: records.map(renamedRecord),
  }))
  const { servers, ...rest } = lab.plan('cucm2').configuration as UnifiedCmPlan
  const renamed = [servers[0], server]
  const group = { callManagerGroups: [{ name: 'Default', members: [name] }] }
  await lab.restart('cucm2', { ...rest, ...group, nodeName: name, fqdn: server.fqdn, servers: renamed })
  await setPublisher(this, 'servers', renamed)
  await setPublisher(this, 'callManagerGroups.0.members', [name])
})

When('the administrator chooses Refresh servers', async function (this: LabWorld) {
  await mustPress(this, 'vcsc1', Page.unifiedCm, 'Refresh servers')
})

const profilePage = 'System > Security > Phone Security Profile'

When(
  'Unified CM gets the phone security profile {string} for the device of {user}',
  async function (this: LabWorld, name: string, user: string) {
    const { management } = await this.host('cucm1')
    const values = {
      Name: name,
      'Nonce Validity Time': 600,
      'Device Security Mode': 'Encrypted',
      'Transport Type': 'TLS',
      'Authentication Mode': 'By Null String',
      'Key Size (Bits)': 1024,
      'SIP Phone Port': 5061,
    }
    await management.call('addRow', { page: profilePage, values })
    const { device } = (await this.user(user)).user
    const change = { page: 'Device > Phone', row: device, field: 'Device Security Profile', value: name }
    await management.call('set', change)
  },
)

interface SearchRule {
  readonly name: string
  readonly patternType: string
  readonly pattern: string
}

Then(
  'the search rule {string} of the VCS Control has the pattern type {word}',
  async function (this: LabWorld, name: string, type: string) {
    const { management } = await this.host('vcsc1')
    let last: SearchRule | undefined
    await waitFor(
      `the search rule ${name}`,
      async () => {
        const { searchRules } = await management.call<{ searchRules: SearchRule[] }>('state')
        last = searchRules.find((rule) => rule.name === name)
        return last?.patternType === type
      },
      { lastSeen: () => last },
    )
    this.showRecord('vcsc1', `search rule ${name}: ${last!.patternType} ${last!.pattern}`)
  },
)
