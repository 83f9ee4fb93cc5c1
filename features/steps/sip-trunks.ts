import { Then, When } from '@cucumber/cucumber'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { headerOf } from '../support/refusals.ts'
import { administer, Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

interface TrunkZone {
  readonly name: string
  readonly state: string
  readonly reason?: string
}

When(
  'the administrator of Unified CM clicks Apply Config of {string} on the page {string}',
  async function (this: LabWorld, row: string, page: string) {
    await (await this.host('cucm1')).management.call('applyConfig', { page, row })
  },
)

When(
  'the administrator sets the port of the zone {string} on the {host} to {int}',
  async function (this: LabWorld, zone: string, host: string, port: number) {
    await administer(this, host, (document) =>
      withRows(document, Page.zones, (rows) =>
        rows.map((row) => (row['Name'] === zone ? { ...row, Port: port } : row)),
      ),
    )
  },
)

Then('Unified CM listens for SIP at the ports {string}', async function (this: LabWorld, expected: string) {
  const { sipPorts } = await (await this.host('cucm1')).management.call<{ sipPorts: number[] }>('state')
  if (sipPorts.join(', ') !== expected) throw new Mismatch('ports of Unified CM for SIP', expected, sipPorts.join(', '))
  this.showRecord('cucm1', `listens for SIP at ${expected}`)
})

/** By the answer of Unified CM to the check of the zone. */
Then(
  'the zone {string} of the {host} is active at port {int} of Unified CM',
  async function (this: LabWorld, zone: string, host: string, port: number) {
    await zoneIs(this, host, zone, 'Active')
    await seen(
      this,
      `an answer of Unified CM at port ${port}`,
      ({ from, fromEndpoint, to, summary }) =>
        from === 'cucm1' && to === host && fromEndpoint.endsWith(`:${port}`) && summary.startsWith('200 OK (OPTIONS)'),
    )
  },
)

Then('the zone {string} of the {host} fails', async function (this: LabWorld, zone: string, host: string) {
  const { reason } = await zoneIs(this, host, zone, 'Failed')
  this.showRecord(host, `${zone} Failed: ${reason ?? ''}`)
})

Then(
  'Unified CM refuses the registration of {user}: {string}',
  async function (this: LabWorld, user: string, says: string) {
    const { user: owner } = await this.user(user)
    this.expectRefusal((message) => message.to === owner.id && message.summary.startsWith('405 '))
    await seen(
      this,
      `405 of Unified CM with "${says}"`,
      (message) =>
        message.from === 'cucm1' &&
        message.summary.startsWith('405 ') &&
        message.summary.includes('(REGISTER)') &&
        headerOf(message, 'to')?.includes(`sip:${owner.line}@`) === true &&
        headerOf(message, 'warning')?.includes(says) === true,
    )
  },
)

async function zoneIs(world: LabWorld, host: string, name: string, state: string): Promise<TrunkZone> {
  const { management } = await world.host(host)
  let last: TrunkZone | undefined
  return waitFor(
    `the zone ${name} of ${host} to be ${state}`,
    async () => {
      const { zones, neighbors = [] } = await management.call<{ zones: TrunkZone[]; neighbors?: TrunkZone[] }>('state')
      last = [...zones, ...neighbors].find((zone) => zone.name === name)
      return last?.state === state && last
    },
    { lastSeen: () => last },
  )
}
