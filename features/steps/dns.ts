import { Given, Then, When } from '@cucumber/cucumber'
import { lookUpAt } from '#lab/dns/look-up.ts'
import type { SrvTarget } from '#runtime/resolve.ts'
import { briefly, Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { formChange, Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

interface DnsDocument {
  readonly records: readonly { readonly name: string; readonly type: string; readonly target?: string }[]
}

Given('{user} uses the {host}', function (this: LabWorld, user: string, host: string) {
  this.adaptClient(user, (specification) => ({
    ...specification,
    dns: { ...specification.dns, servers: [dnsServer(specification.addresses[0]!, host)] },
  }))
})

Given('the {host} uses the {host}', function (this: LabWorld, name: string, dns: string) {
  this.expectNotReady = true
  this.adapt((plan) => {
    const { specification } = plan
    if (specification.name !== name) return plan
    const server = dnsServer(specification.addresses[0]!, dns).replace(/:53$/, '')
    const configuration = plan.configuration as VcsPlan
    const document = formChange(Page.dns, { 'Address 1': server })(configuration.document)
    return { ...plan, configuration: { ...configuration, document } }
  })
})

/** Both DNS servers have number 53 in their place of the lab the address belongs to. */
function dnsServer(address: string, host: string): string {
  const [network, lab] = address.split('.')
  return `${network}.${lab}.${host === 'intdns' ? 3 : 1}.53:53`
}

When(
  'somebody asks the {host} for the SRV record {string}',
  async function (this: LabWorld, host: string, name: string) {
    const lab = await this.lab()
    const place = host === 'intdns' ? 'inside' : 'internet'
    const found = await lookUpAt(lab, host, place).services(name)
    this.memory.set('SRV answer', { host, name, found } satisfies SrvAnswer)
  },
)

interface SrvAnswer {
  readonly host: string
  readonly name: string
  readonly found: readonly SrvTarget[]
}

Then(
  'the answer is port {int} of {string} with priority {int} and weight {int}',
  function (this: LabWorld, port: number, target: string, priority: number, weight: number) {
    const { host, name, found } = this.recall<SrvAnswer>('SRV answer')
    const wanted = [{ name: target, port, priority, weight }]
    if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Mismatch(`${name} at ${host}`, wanted, found)
    this.showRecord(host, `${name} is ${target}:${port}, priority ${priority}, weight ${weight}`)
  },
)

Then('the answer is that there is no such record', function (this: LabWorld) {
  const { host, name, found } = this.recall<SrvAnswer>('SRV answer')
  if (found.length > 0) throw new Mismatch(`${name} at ${host}`, 'no record', found)
  this.showRecord(host, `${name} does not exist`)
})

Then(
  '{string} has the address of the {host} in the public DNS',
  async function (this: LabWorld, name: string, host: string) {
    const lab = await this.lab()
    const found = await lookUpAt(lab, 'pubdns', 'internet').addresses(name)
    if (found.join() !== addressOf(lab, host)) throw new Mismatch(`address of ${name}`, addressOf(lab, host), found)
    this.showRecord('pubdns', `${name} is ${found.join()}`)
  },
)

Given(
  'the {host} also has the name {string} for the {host}',
  async function (this: LabWorld, dns: string, name: string, host: string) {
    const lab = await this.lab()
    const record = { name, type: 'A', address: addressOf(lab, host) }
    await lab.reconfigure<DnsDocument>(dns, (document) => ({ ...document, records: [...document.records, record] }))
  },
)

When('the record {string} is removed from the {host}', async function (this: LabWorld, name: string, host: string) {
  await (
    await this.lab()
  ).reconfigure<DnsDocument>(host, (document) => ({
    ...document,
    records: document.records.filter((record) => record.name !== name),
  }))
})

Then('{user} asked DNS before opening any connection', async function (this: LabWorld, user: string) {
  const { messages, events } = await this.timeline()
  const query = messages.find(({ protocol, from }) => protocol === 'DNS' && from === user)
  const opened = events.find(({ kind, host, transport }) => kind === 'open' && host === user && transport !== 'udp')
  if (query === undefined || opened === undefined || query.at > BigInt(opened.at))
    throw new Mismatch(`first deed of ${user}`, 'a DNS query', query === undefined ? 'none' : briefly(query))
  this.showMessage(query)
})
