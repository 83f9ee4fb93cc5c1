import { Given, Then } from '@cucumber/cucumber'
import { Mismatch, seen } from '../support/matchers.ts'
import { headerOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

/** An address that a device registers, whatever it is called otherwise. */
Given('the device of {user} registers {string}', function (this: LabWorld, user: string, address: string) {
  this.setClient(user, { line: address })
})

Given(
  'the device of {user} registers {string} at the VCS Expressway',
  function (this: LabWorld, user: string, address: string) {
    const registrar = { host: 'vcse1.example.com', transport: 'TLS' }
    this.setClient(user, { line: address, registrar, callsBy: 'registrar' })
  },
)

/** The Route that the edge configuration gives to clients of mobile and remote access. */
Then(
  /^the (REGISTER|INVITE) of (Alice|Dave|Peter) to the (VCS Control|VCS Expressway) at port (\d+) has (the|no) line-side marker$/,
  async function (this: LabWorld, method: string, user: string, host: string, port: string, which: string) {
    const to = host === 'VCS Control' ? 'vcsc1' : 'vcse1'
    const message = await seen(
      this,
      `${method} of ${user} at port ${port} of the ${host}`,
      (each) =>
        each.from === user.toLowerCase() &&
        each.to === to &&
        each.toEndpoint.endsWith(`:${port}`) &&
        each.summary.startsWith(`${method} `),
    )
    const route = headerOf(message, 'Route') ?? 'none'
    const isMarked = /zone-id=.*directed/.test(route)
    if (isMarked !== (which === 'the')) throw new Mismatch(`the marker of ${user}`, which, route)
  },
)

Then('the Control has {string} registered', async function (this: LabWorld, address: string) {
  const found = await localAddresses(this)
  if (!found.includes(`sip:${address}`)) throw new Mismatch('registrations of the Control itself', address, found)
  this.showRecord('vcsc1', `${address} is registered`)
})

Then('the Control has {string} not registered', async function (this: LabWorld, address: string) {
  const found = await localAddresses(this)
  if (found.includes(`sip:${address}`)) throw new Mismatch('registrations of the Control itself', 'without', found)
  this.showRecord('vcsc1', `${address} is not registered`)
})

async function localAddresses(world: LabWorld): Promise<string[]> {
  const { management } = await world.host('vcsc1')
  const { localRegistrations } = await management.call<{ localRegistrations: { aor: string }[] }>('state')
  return localRegistrations.map(({ aor }) => aor)
}

Then('no REGISTER of {user} gets past the VCS Expressway', async function (this: LabWorld, user: string) {
  const { messages } = await this.timeline()
  const own = messages.filter(({ from, summary }) => from === user && summary.startsWith('REGISTER '))
  const calls = own.map((message) => headerOf(message, 'Call-ID'))
  const passed = messages.filter(
    (each) =>
      each.from === 'vcse1' && each.summary.startsWith('REGISTER ') && calls.includes(headerOf(each, 'Call-ID')),
  )
  if (own.length === 0 || passed.length > 0)
    throw new Mismatch(`REGISTERs of ${user} at the VCS Expressway, and what went on`, 'some, none', [
      own.length,
      passed.length,
    ])
  this.showRecord('vcse1', `${own.length} REGISTER of ${user}, none sent on`)
})
