import { Given, Then, When } from '@cucumber/cucumber'
import type { HostPlan } from '#lab/roles/role.ts'
import { openAuthority } from '#lab/pki/authority.ts'
import { readTopology } from '#lab/topology/topology.ts'
import { waitFor } from '#runtime/wait.ts'
import { certify } from '../support/certificates.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { headerOf } from '../support/refusals.ts'
import { formChange, Page, planPages, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const home = 'example.com'
const vcss = ['vcsc1', 'vcse1']

interface DnsDocument {
  readonly zones: readonly string[]
  readonly records: readonly { readonly name: string; readonly target?: string }[]
}

const isDns = ({ role }: HostPlan) => role === 'public-dns' || role === 'internal-dns'

/** The names of both VCSs, in both DNS, on both VCSs and in their certificates; users stay in their own domain. */
Given('both VCSs are in the domain {string}', function (this: LabWorld, domain: string) {
  const moved = (name: string) => (vcss.some((vcs) => name === `${vcs}.${home}`) ? name.replace(home, domain) : name)
  this.adapt((plan) => (isDns(plan) ? { ...plan, configuration: withMovedNames(plan, domain, moved) } : plan))
  for (const name of vcss) {
    const fqdn = `${name}.${domain}`
    const names = name === 'vcse1' ? [fqdn, home] : [fqdn, `jabber.secure.${home}`]
    const identity = openAuthority(this.parameters.pkiFolder).issue({ commonName: fqdn, names })
    this.adapt((plan) => (plan.specification.name === name ? inDomain(plan, { domain, fqdn, identity }) : plan))
    planPages(this, name, formChange(Page.dns, { 'Domain name': domain }))
  }
  planPages(this, 'vcse1', rowsChange(Page.zones, { 'TLS verify subject name': `vcsc1.${domain}` }))
  planPages(this, 'vcsc1', rowsChange(Page.zones, { 'Peer 1 address': `vcse1.${domain}` }))
})

function withMovedNames({ configuration }: HostPlan, domain: string, moved: (name: string) => string): DnsDocument {
  const { zones, records } = configuration as DnsDocument
  return {
    zones: [...zones, domain],
    records: records.map((record) => ({
      ...record,
      name: moved(record.name),
      ...(record.target === undefined ? {} : { target: moved(record.target) }),
    })),
  }
}

type Moved = Pick<HostPlan['specification'], 'fqdn' | 'identity'> & { readonly domain: string }

function inDomain(plan: HostPlan, { domain, fqdn, identity }: Moved): HostPlan {
  const { specification } = plan
  const dns = { ...specification.dns, domain }
  return { ...plan, specification: { ...specification, fqdn, dns, ...(identity === undefined ? {} : { identity }) } }
}

interface UnifiedCmPlan {
  readonly servers: readonly { readonly name: string; readonly fqdn: string }[]
  readonly devices: readonly { readonly owner?: string }[]
}

function planUnifiedCm(world: LabWorld, change: (document: UnifiedCmPlan, plan: HostPlan) => object): void {
  world.adapt((plan) => {
    if (plan.role !== 'cucm') return plan
    const document = plan.configuration as UnifiedCmPlan
    return { ...plan, configuration: { ...document, ...change(document, plan) } }
  })
}

/** Nodes stand in one network: the address of one with the number of the other. */
function addressIn({ specification }: HostPlan, world: LabWorld, node: string): string {
  const { number } = readTopology(world.topology).hosts[node]!
  return specification.addresses[0]!.replace(/\d+$/, String(number))
}

const nodeOf = (fqdn: string) => fqdn.split('.')[0]!

/** System > Server. */
Given('the nodes of Unified CM are configured by IP address', function (this: LabWorld) {
  planUnifiedCm(this, ({ servers }, plan) => ({
    servers: servers.map(({ fqdn, ...rest }) => ({ ...rest, fqdn, name: addressIn(plan, this, nodeOf(fqdn)) })),
  }))
})

When('the administrator of Unified CM enters the IP addresses of its nodes', async function (this: LabWorld) {
  const value = addressOf(await this.lab(), 'cucm1')
  await (await this.host('cucm1')).management.call('set', { path: 'servers.0.name', value })
})

/** By device pools with a Cisco Unified CM Group of one node each. */
Given(
  "{user}'s devices belong to the subscriber, all others to the publisher",
  function (this: LabWorld, user: string) {
    const groups = ['cucm1', 'cucm2']
    planUnifiedCm(this, ({ devices }, plan) => ({
      callManagerGroups: groups.map((name) => ({ name, members: [addressIn(plan, this, name)] })),
      devicePools: [
        { devicePoolName: 'Default', unifiedCmGroup: 'cucm1' },
        { devicePoolName: 'Subscriber', unifiedCmGroup: 'cucm2' },
      ],
      devices: devices.map((device) => (device.owner === user ? { ...device, devicePool: 'Subscriber' } : device)),
    }))
  },
)

Given('the certificate of the {host} holds its IP address', function (this: LabWorld, host: string) {
  this.adapt((plan) => {
    if (plan.specification.name === host) {
      const [address] = plan.specification.addresses
      this.memory.set(`address of ${host}`, address)
    }
    return plan
  })
  certify(this, host, (request) => ({
    ...request,
    names: [...request.names, this.recall<string>(`address of ${host}`)],
  }))
})

interface ControlState {
  readonly zones: readonly { readonly name: string; readonly state: string }[]
}

/** Zones of the Control that Unified CM's nodes have, by name. */
async function nodeZones(world: LabWorld): Promise<readonly string[]> {
  const { zones } = await (await world.host('vcsc1')).management.call<ControlState>('state')
  return zones.filter(({ name, state }) => name.startsWith('CEt') && state === 'Active').map(({ name }) => name)
}

Then('Control has discovered the nodes of Unified CM by IP address', async function (this: LabWorld) {
  const expected = `CEtcp-${addressOf(await this.lab(), 'cucm1')}`
  const zones = await nodeZones(this)
  if (zones.join() !== expected) throw new Mismatch('active zones of Unified CM nodes', expected, zones)
  this.showRecord('vcsc1', `zone ${expected} is active, and no other`)
})

When('the zone with the IP address of the {host} is active', async function (this: LabWorld, node: string) {
  const expected = `CEtcp-${addressOf(await this.lab(), node)}`
  let last: readonly string[] = []
  const isThere = async () => (last = await nodeZones(this)).includes(expected)
  await waitFor(`the zone ${expected}`, isThere, { limitMs: 8_000, lastSeen: () => last })
})

/** The Control's Via, as the node received it at its own address. */
Then(
  'the registration of {user} went through a zone with the IP address of the {host}',
  async function (this: LabWorld, user: string, node: string) {
    const { device } = (await this.user(user)).user
    const address = addressOf(await this.lab(), node)
    await seen(
      this,
      `REGISTER of ${device} at ${address} through CEtcp-${address}`,
      (message) =>
        message.to === node &&
        message.summary.startsWith('REGISTER ') &&
        message.bytes.includes(`"${device}"`) &&
        message.toEndpoint.startsWith(`${address}:`) &&
        headerOf(message, 'via')?.includes(`;egress-zone=CEtcp-${address};`) === true,
    )
  },
)

Then('the {host} has not {user} registered', async function (this: LabWorld, host: string, user: string) {
  const { device } = (await this.user(user)).user
  const { management } = await this.host(host)
  const { registrations } = await management.call<{ registrations: { device: string }[] }>('state')
  if (registrations.some((each) => each.device === device))
    throw new Mismatch(`registrations at ${host}`, `without ${device}`, registrations)
  this.showRecord(host, `${device} is not registered here`)
})
