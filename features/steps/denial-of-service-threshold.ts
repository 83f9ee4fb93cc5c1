import { Given, Then, When } from '@cucumber/cucumber'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

interface Throttled {
  readonly stalled: number
  readonly closed: number
  /** Whom it has made wait. */
  readonly addresses: readonly string[]
}

const page = 'System > Service Parameters'
const field = 'SIP Station TCP Port Throttle Threshold'

Given('Unified CM takes {int} KB of SIP a second from one address', function (this: LabWorld, kilobytes: number) {
  this.adapt((plan) => {
    if (plan.role !== 'cucm') return plan
    const configuration = plan.configuration as { serviceParameters: object }
    const serviceParameters = {
      ...configuration.serviceParameters,
      sipStationTcpPortThrottleThreshold: kilobytes,
    }
    return { ...plan, configuration: { ...configuration, serviceParameters } }
  })
})

When(
  'the administrator of Unified CM raises the SIP Station TCP Port Throttle Threshold to {int} KB\\/second',
  async function (this: LabWorld, value: number) {
    await (await this.host('cucm1')).management.call('set', { page, field, value })
  },
)

/** A burst: nobody waits for an answer before the next one, so that a busy machine does not spread it over seconds. */
When(
  '{user} and {user} register again {int} times at once',
  async function (this: LabWorld, one: string, other: string, times: number) {
    if (!this.memory.has('throttled before')) this.memory.set('throttled before', await throttled(this))
    const each = async (user: string) => {
      const endpoint = await this.user(user)
      const once = async () => {
        const began = performance.now()
        const { status } = await endpoint.call<{ status: number }>('reRegister')
        if (status !== 200) throw new Mismatch(`REGISTER of ${user}`, 200, status)
        return performance.now() - began
      }
      const slowestMs = Math.max(...(await Promise.all(Array.from({ length: times }, once))))
      this.memory.set(`slowest registration of ${user}`, slowestMs)
    }
    await Promise.all([one, other].map(each))
  },
)

Then('Unified CM has throttled the VCS Control', async function (this: LabWorld) {
  const control = addressOf(await this.lab(), 'vcsc1')
  const { stalled, addresses } = await throttled(this)
  const { stalled: before } = this.recall<Throttled>('throttled before')
  if (stalled <= before || !addresses.includes(control)) {
    throw new Mismatch('addresses throttled by Unified CM meanwhile', control, { stalled: stalled - before, addresses })
  }
  this.showRecord('cucm1', `${control} throttled, ${stalled - before} times`)
})

Then('Unified CM has throttled neither {user} nor {user}', async function (this: LabWorld, one: string, other: string) {
  const { addresses } = await throttled(this)
  for (const user of [one, other]) {
    const address = addressOf(await this.lab(), user)
    if (addresses.includes(address))
      throw new Mismatch('addresses throttled by Unified CM', `not ${address}`, addresses)
  }
  this.showRecord('cucm1', `throttled: ${addresses.join(', ')}`)
})

/** Who of them sent last fell into the rest of a second in which Unified CM read nothing from the Control. */
Then('{user} and {user} had to wait for Unified CM', function (this: LabWorld, one: string, other: string) {
  const slowest = [one, other].map((user) => this.recall<number>(`slowest registration of ${user}`))
  if (Math.max(...slowest) < leastWaitMs)
    throw new Mismatch(`slowest REGISTERs of ${one} and ${other}`, `one of ${leastWaitMs} ms or more`, slowest)
})

Then('Unified CM has throttled nobody', async function (this: LabWorld) {
  const now = await throttled(this)
  const { stalled } = this.recall<Throttled>('throttled before')
  if (now.stalled !== stalled) throw new Mismatch('throttled by Unified CM meanwhile', 'nobody', now)
  this.showRecord('cucm1', 'nobody throttled')
})

/** Far above a usual 20 ms. What comes at once fills more than two seconds, one of which is waited for in full. */
const leastWaitMs = 200

async function throttled(world: LabWorld): Promise<Throttled> {
  const { management } = await world.host('cucm1')
  return (await management.call<{ throttled: Throttled }>('state')).throttled
}
