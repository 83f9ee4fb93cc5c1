import type { DataTable } from '@cucumber/cucumber'
import { After, Given, Then, When } from '@cucumber/cucumber'
import { join } from 'node:path'
import type { DnsConfiguration } from '#lab/dns/start.ts'
import { inlinePrograms } from '#lab/roles/inline.ts'
import type { RunningHost } from '#lab/roles/role.ts'
import { Mismatch } from '../support/matchers.ts'
import { mustPress } from '../support/page-actions.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import { addressOf } from '../support/places.ts'
import { administer, formChange, Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const page = 'Maintenance > Tools > Network utilities > DNS lookup'

/** One question at a DNS server, as that server noted it. */
interface Asked {
  readonly name: string
  readonly type: string
  readonly from: string
}

async function askedOf(world: LabWorld, server: string): Promise<readonly Asked[]> {
  return (await world.host(server)).management.call<Asked[]>('history')
}

When(
  'the administrator looks up the SRV records of {string} on the {host}',
  async function (this: LabWorld, domain: string, host: string) {
    for (const server of ['intdns', 'pubdns']) {
      this.memory.set(`questions at ${server} before`, (await askedOf(this, server)).length)
    }
    await mustPress(this, host, page, 'Lookup', { Host: domain, 'Query type': 'SRV' })
    this.memory.set('lookup', { host, rows: await viewOn(this, host, page, 'answers') } satisfies Lookup)
  },
)

interface Lookup {
  readonly host: string
  readonly rows: readonly ViewRow[]
}

Then('the lookup shows services of {string}', function (this: LabWorld, kinds: string) {
  const { host, rows } = this.recall<Lookup>('lookup')
  const found = [...new Set(rows.map(({ service }) => service))].join(', ')
  if (found !== kinds) throw new Mismatch(`services of the lookup on ${host}`, kinds, found)
  this.showRecord(host, `${rows.length} rows: ${found}`)
})

Then('the lookup shows {string} as {string}', function (this: LabWorld, query: string, wanted: string) {
  const { host, rows } = this.recall<Lookup>('lookup')
  const found = rows.filter((row) => row['query'] === query).map(({ outcome, answer }) => answer || outcome)
  if (found.join() !== wanted) throw new Mismatch(`${query} on ${host}`, wanted, found)
  this.showRecord(host, `${query}: ${wanted}`)
})

Then('every service of the lookup says {string}', function (this: LabWorld, says: string) {
  const { host, rows } = this.recall<Lookup>('lookup')
  const others = rows.filter(({ outcome }) => !String(outcome).includes(says))
  if (rows.length === 0 || others.length > 0) throw new Mismatch(`the lookup on ${host}`, says, others)
  this.showRecord(host, `${rows.length} rows: ${says}`)
})

Then(
  'the {host} was asked by the {host} for exactly these Unified Communications records:',
  async function (this: LabWorld, server: string, host: string, table: DataTable) {
    const from = addressOf(await this.lab(), host)
    const asked = (await askedOf(this, server)).slice(this.recall<number>(`questions at ${server} before`))
    const isUnifiedCommunications = /^_(collab-edge|cuplogin|cisco-uds)\./
    const found = asked
      .filter((each) => each.from === from && each.type === 'SRV' && isUnifiedCommunications.test(each.name))
      .map(({ name }) => name)
    const wanted = table.raw().flat()
    if (found.toSorted().join() !== wanted.toSorted().join()) throw new Mismatch(`asked at ${server}`, wanted, found)
    this.showRecord(server, `asked by ${host}: ${found.join(', ')}`)
  },
)

When(
  'the administrator enters the address of the {host} as DNS server of the {host}',
  async function (this: LabWorld, server: string, host: string) {
    const address = addressOf(await this.lab(), server)
    await administer(this, host, formChange(Page.dns, { 'Address 1': address }))
  },
)

/** A resolver of its own for the DMZ: what the public DNS has, and more. */
Given(
  'the DMZ has a DNS server with the SRV record {string} to port {int} of {string} besides',
  async function (this: LabWorld, name: string, port: number, target: string) {
    const lab = await this.lab()
    const { specification, configuration } = lab.plan('pubdns')
    const { zones, records } = configuration as DnsConfiguration
    const more = { name, type: 'SRV', priority: 10, weight: 10, port, target } as const
    const host = await inlinePrograms.start({
      role: 'public-dns',
      specification: {
        ...specification,
        name: 'dmzdns',
        addresses: [lab.fabric.address('dmz', 53)],
        data: join(lab.data, 'dmzdns'),
      },
      configuration: { zones, records: [...records, more] },
    })
    this.memory.set('DNS server of the DMZ', host)
  },
)

When('the administrator enters the DNS server of the DMZ on the {host}', async function (this: LabWorld, host: string) {
  const address = (await this.lab()).fabric.address('dmz', 53)
  await administer(this, host, formChange(Page.dns, { 'Address 1': address }))
})

After(async function (this: LabWorld) {
  await (this.memory.get('DNS server of the DMZ') as RunningHost | undefined)?.stop()
})
