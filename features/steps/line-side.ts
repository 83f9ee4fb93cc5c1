import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { allSeen, briefly, Mismatch, seen } from '../support/matchers.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

const trunkPage = 'Device > Trunk'
/** Pages whose rows lead to trunks, before the trunks themselves. */
const pagesOfTrunks = ['Call Routing > Route/Hunt > Route Pattern', 'Call Routing > SIP Route Pattern', trunkPage]

interface PageRow {
  readonly row: string
}

async function rowsOf(world: LabWorld, page: string): Promise<readonly PageRow[]> {
  return (await world.host('cucm1')).management.call<PageRow[]>('page', { page })
}

Given(
  'the SIP Phone Port of Unified CM is {int} and its SIP Phone Secure Port {int}',
  function (this: LabWorld, sipPhonePort: number, sipPhoneSecurePort: number) {
    this.adapt((plan) => {
      if (plan.role !== 'cucm') return plan
      const document = plan.configuration as { readonly servers: readonly object[] }
      const servers = document.servers.map((server) => ({ ...server, sipPhonePort, sipPhoneSecurePort }))
      return { ...plan, configuration: { ...document, servers } }
    })
  },
)

Then('Unified CM has no SIP trunk', async function (this: LabWorld) {
  const rows = await rowsOf(this, trunkPage)
  if (rows.length > 0) throw new Mismatch(trunkPage, 'no row', rows)
  this.showRecord('cucm1', `${trunkPage} is empty`)
})

When('the administrator of Unified CM deletes every SIP trunk', async function (this: LabWorld) {
  const { management } = await this.host('cucm1')
  const deleted = (await rowsOf(this, trunkPage)).length
  if (deleted === 0) throw new Error('there is no SIP trunk to delete')
  for (const page of pagesOfTrunks)
    for (const { row } of await rowsOf(this, page)) await management.call('deleteRow', { page, row })
  this.showRecord('cucm1', `${deleted} SIP trunk deleted`)
})

Then(
  /^the REGISTER of (Alice|the board room) has come to port (\d+) of Unified CM over (TCP|TLS)$/,
  async function (this: LabWorld, name: string, port: string, transport: string) {
    const { device } = (await this.user(name === 'Alice' ? 'alice' : 'boardroom')).user
    await seen(
      this,
      `REGISTER of ${device} at port ${port}`,
      (message) =>
        message.to === 'cucm1' &&
        message.toEndpoint.endsWith(`:${port}`) &&
        message.summary.startsWith('REGISTER ') &&
        message.bytes.includes(`"${device}"`) &&
        headerOf(message, 'via')?.startsWith(`SIP/2.0/${transport} `) === true,
    )
  },
)

Then('all SIP of the VCS Control has come to port {int} of Unified CM', async function (this: LabWorld, port: number) {
  const isRequest = /^(REGISTER|INVITE|ACK|BYE|OPTIONS) /
  const all = await allSeen(
    this,
    ({ from, to, protocol, summary }) =>
      from === 'vcsc1' && to === 'cucm1' && protocol === 'SIP' && isRequest.test(summary),
  )
  const elsewhere = all.filter(({ toEndpoint }) => !toEndpoint.endsWith(`:${port}`))
  if (all.length < 2 || elsewhere.length > 0)
    throw new Mismatch(`port of ${all.length} requests of the VCS Control`, port, elsewhere.map(briefly))
  this.showRecord('cucm1', `${all.length} requests of the VCS Control, all at port ${port}`)
})

/** Whatever its status: without a trunk nothing leads there. */
Then('the call of {user} is refused', async function (this: LabWorld, user: string) {
  const { caller, callId } = this.recall<{ caller: Endpoint; callId: string }>('call')
  const { status = 0 } = await caller.call<{ status?: number }>('waitCall', { callId, state: 'ended', limitMs: 8_000 })
  if (caller.user.id !== user || status < 400) throw new Mismatch(`the call of ${user}`, 'a refusal', status)
  this.expectRefusal((message) => message.to === user && statusOf(message) === status)
  await seen(this, `${status} at ${user}`, (message) => message.to === user && statusOf(message) === status)
})
