import { Given, Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { certify } from '../support/certificates.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import type { PageValues } from '#lab/vcs/vcs-document.ts'
import type { Change } from '../support/vcs-pages.ts'
import { administer, onlyRows, Page, planPages, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** Entered wrongly from the start; what was right is kept for the step that mends it. */
function mistype(world: LabWorld, host: string, changes: PageValues, page: string = Page.zones): void {
  planPages(world, host, (document) => {
    world.memory.set(`right zone of ${host}`, onlyRows(page, document[page] as readonly PageValues[]))
    return rowsChange(page, changes)(document)
  })
}

Given('the traversal zone of the {host} has the wrong password', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  if (host === 'vcsc1') return mistype(this, host, { Password: 'ex4mpl3.c0m' })
  mistype(this, host, { Password: 'ex4mpl3.c0m' }, Page.localDatabase)
})

Given('the traversal zone of the {host} uses port {int}', function (this: LabWorld, host: string, port: number) {
  this.expectNotReady = true
  mistype(this, host, { Port: port })
})

Given('both traversal zones use port {int}', function (this: LabWorld, port: number) {
  for (const host of ['vcsc1', 'vcse1']) mistype(this, host, { Port: port })
})

Given('the traversal zones have different names at both ends', function (this: LabWorld) {
  mistype(this, 'vcsc1', { Name: 'To the DMZ' })
})

Given('the TLS verify subject name of the VCS Expressway is {string}', function (this: LabWorld, name: string) {
  this.expectNotReady = true
  mistype(this, 'vcse1', { 'TLS verify subject name': name })
})

Given('the peer address of the VCS Control is {string}', function (this: LabWorld, peer: string) {
  this.expectNotReady = true
  mistype(this, 'vcsc1', { 'Peer 1 address': peer })
})

Given(
  'the authentication policy of the traversal zone on the {host} is {string}',
  function (this: LabWorld, host: string, policy: string) {
    mistype(this, host, { 'Authentication policy': policy })
  },
)

When(
  'the administrator sets the authentication policy on the {host} to {string}',
  async function (this: LabWorld, host: string, policy: string) {
    await administer(this, host, rowsChange(Page.zones, { 'Authentication policy': policy }))
  },
)

When('the administrator corrects the traversal zone of the {host}', async function (this: LabWorld, host: string) {
  const lab = await this.lab()
  await administer(this, host, this.recall<Change>(`right zone of ${host}`))
  await lab.host('vcsc1').management.call('retry')
})

Given('the certificate of the {host} is from a CA the others do not trust', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  certify(this, host, (request) => request, 'Some Other CA')
})

Given('the certificate of the {host} is for server authentication only', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  certify(this, host, (request) => ({ ...request, usages: ['serverAuth'] }))
})

Given('the certificate of the {host} is for client authentication only', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  certify(this, host, (request) => ({ ...request, usages: ['clientAuth'] }))
})

Given('the certificate of the {host} has expired', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  certify(this, host, (request) => ({
    ...request,
    validFrom: new Date('2015-01-01T00:00:00Z'),
    validTo: new Date('2016-01-01T00:00:00Z'),
  }))
})

Given('the certificate of the {host} holds another name', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  certify(this, host, () => ({ commonName: 'other.example.com', names: ['other.example.com', 'example.com'] }))
})

Given('the certificate of the {host} has its name as common name only', function (this: LabWorld, host: string) {
  certify(this, host, (request) => ({ ...request, names: request.names.filter((name) => name !== request.commonName) }))
})

Given('the certificate of the {host} has its name as alternative name only', function (this: LabWorld, host: string) {
  certify(this, host, (request) => ({ ...request, commonName: 'a box in a rack' }))
})

interface Zone {
  readonly name: string
  readonly type: string
  readonly state: string
  readonly reason?: string
  readonly peer?: string
}

async function zonesOf(world: LabWorld, host: string): Promise<Zone[]> {
  return (await (await world.host(host)).management.call<{ zones: Zone[] }>('state')).zones
}

/** Undefined as long as a peer of a cluster has not got it from its master. */
async function traversalZone(world: LabWorld, host: string): Promise<Zone | undefined> {
  return (await zonesOf(world, host)).find(({ type }) => type.startsWith('Traversal'))
}

Then('the traversal zone is active at both ends', async function (this: LabWorld) {
  await seen(
    this,
    'OPTIONS over the zone answered 200',
    ({ to, summary }) => to === 'vcsc1' && summary === '200 OK (OPTIONS)',
  )
  for (const host of ['vcsc1', 'vcse1']) {
    let last: Zone | undefined
    await waitFor(
      `the traversal zone of ${host} to be active`,
      async () => (last = await traversalZone(this, host))?.state === 'Active',
      { lastSeen: () => last },
    )
  }
  await seen(this, 'the provisioning exchange', ({ to, summary }) => to === 'vcsc1' && summary === '200 OK (SERVICE)')
})

Then('the traversal zone fails at the {host}: {string}', async function (this: LabWorld, host: string, reason: string) {
  let last: Zone | undefined
  const isSo = (zone: Zone | undefined) => zone?.state === 'Failed' && zone.reason?.includes(reason) === true
  await waitFor(`the traversal zone of ${host} to fail`, async () => isSo((last = await traversalZone(this, host))), {
    limitMs: 8_000,
    lastSeen: () => last,
  })
  this.showRecord(host, `traversal zone Failed: ${last!.reason}`)
})

Then(
  'the {host} has a zone {string} and a search rule of the same name',
  async function (this: LabWorld, host: string, name: string) {
    interface Rule {
      readonly name: string
      readonly targetZone: string
      readonly priority: number
    }
    let last: unknown
    const { zone, rule } = await waitFor(
      `zone and rule ${name}, active and of priority 45`,
      async () => {
        const { management } = await this.host(host)
        const state = await management.call<{ zones: Zone[]; searchRules: Rule[] }>('state')
        const found = {
          zone: state.zones.find((each) => each.name === name),
          rule: state.searchRules.find((each) => each.targetZone === name),
        }
        last = found
        const { zone, rule } = found
        return zone?.state === 'Active' && rule?.name === name && rule.priority === 45 && { zone, rule }
      },
      { lastSeen: () => last },
    )
    this.showRecord(host, `zone ${name} ${zone.state}, search rule ${rule.name} priority ${rule.priority}`)
  },
)

Then('the {host} has no zone {string}', async function (this: LabWorld, host: string, name: string) {
  const names = (await zonesOf(this, host)).map((zone) => zone.name)
  if (names.includes(name)) throw new Mismatch(`zones of ${host}`, `without ${name}`, names)
  this.showRecord(host, `zones: ${names.join(', ')}`)
})

Given('the VCS Control knows no Unified CM', function (this: LabWorld) {
  this.expectNotReady = true
  planPages(this, 'vcsc1', onlyRows(Page.unifiedCm, []))
})

Given('Unified CM calls its node {string}', function (this: LabWorld, name: string) {
  this.adapt((plan) =>
    plan.role === 'cucm'
      ? {
          ...plan,
          configuration: { ...(plan.configuration as object), servers: [{ name, fqdn: plan.specification.fqdn }] },
        }
      : plan,
  )
})
