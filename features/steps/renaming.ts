import { Given, Then, When } from '@cucumber/cucumber'
import type { HostPlan } from '#lab/roles/role.ts'
import { openAuthority } from '#lab/pki/authority.ts'
import { seen } from '../support/matchers.ts'
import { administer, formChange, Page, planPages, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

interface DnsRecord {
  readonly name: string
  readonly target?: string
}
interface DnsDocument {
  readonly records: readonly DnsRecord[]
}

const domain = 'example.com'
const guideName = 'vcse1'

/** The record under its new name, and pointers to it. */
function renamed(record: DnsRecord, from: string, to: string): DnsRecord {
  const change = (name: string) => (name === `${from}.${domain}` ? `${to}.${domain}` : name)
  return {
    ...record,
    name: change(record.name),
    ...(record.target === undefined ? {} : { target: change(record.target) }),
  }
}

const dnsChange = (from: string, to: string) => (document: DnsDocument) => ({
  ...document,
  records: document.records.map((record) => renamed(record, from, to)),
})

const isDns = ({ role }: HostPlan) => role === 'public-dns' || role === 'internal-dns'

/** Names a certificate of the Expressway has by that host name. */
const certified = (name: string) => ({ commonName: `${name}.${domain}`, names: [`${name}.${domain}`, domain] })

/** Everywhere from the start: System > DNS, records, certificate, peer address. */
Given('the VCS Expressway is called {string}', function (this: LabWorld, name: string) {
  this.expectNotReady = true
  const identity = openAuthority(this.parameters.pkiFolder).issue(certified(name))
  this.adapt((plan) =>
    isDns(plan) ? { ...plan, configuration: dnsChange(guideName, name)(plan.configuration as DnsDocument) } : plan,
  )
  this.adapt((plan) =>
    plan.specification.name === guideName ? { ...plan, specification: { ...plan.specification, identity } } : plan,
  )
  planPages(this, 'vcse1', formChange(Page.dns, { 'System host name': name }))
  planPages(this, 'vcsc1', rowsChange(Page.zones, { 'Peer 1 address': `${name}.${domain}` }))
  this.memory.set('name of the Expressway', name)
})

/** The guide's remedy, and what hangs on the name. */
When(
  'the administrator renames the VCS Expressway to {string} everywhere',
  async function (this: LabWorld, name: string) {
    const lab = await this.lab()
    const before = this.memory.has('name of the Expressway') ? this.recall<string>('name of the Expressway') : guideName
    for (const dns of ['pubdns', 'intdns']) await lab.reconfigure<DnsDocument>(dns, dnsChange(before, name))
    {
      await using administrator = lab.administrator('vcse1')
      await administrator.loadCertificates({ identity: lab.authority.issue(certified(name)), trust: [] })
    }
    await administer(this, 'vcse1', formChange(Page.dns, { 'System host name': name }))
    await lab.restartSystem('vcse1')
    await administer(this, 'vcsc1', rowsChange(Page.zones, { 'Peer 1 address': `${name}.${domain}` }))
    await lab.host('vcsc1').management.call('retry')
    this.memory.set('name of the Expressway', name)
  },
)

/** As above, but the old name still leads there and stands in the certificate: clients that know it come back. */
When(
  'the administrator gives the VCS Expressway the host name {string} besides the old one',
  async function (this: LabWorld, name: string) {
    const lab = await this.lab()
    for (const dns of ['pubdns', 'intdns']) {
      await lab.reconfigure<DnsDocument>(dns, (document) => {
        const alias = document.records.find((record) => record.name === `${guideName}.${domain}`)!
        return { ...document, records: [...document.records, { ...alias, name: `${name}.${domain}` }] }
      })
    }
    {
      await using administrator = lab.administrator('vcse1')
      const names = [...certified(name).names, `${guideName}.${domain}`]
      const identity = lab.authority.issue({ commonName: `${name}.${domain}`, names })
      await administrator.loadCertificates({ identity, trust: [] })
    }
    await administer(this, 'vcse1', formChange(Page.dns, { 'System host name': name }))
    await lab.restartSystem('vcse1')
    this.memory.set('messages before the new name', (await this.timeline()).messages.length)
    await administer(this, 'vcsc1', rowsChange(Page.zones, { 'Peer 1 address': `${name}.${domain}` }))
    await lab.host('vcsc1').management.call('retry')
  },
)

Then(
  'the {host} has received {string} since the Expressway has its new name',
  async function (this: LabWorld, host: string, summary: string) {
    const before = this.recall<number>('messages before the new name')
    const isLater = ({ to, number, summary: found }: { to: string; number: number; summary: string }) =>
      to === host && number > before && found.startsWith(summary)
    await seen(this, `"${summary}" at ${host} after the renaming`, isLater)
  },
)
