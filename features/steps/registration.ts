import { Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

interface Registered {
  readonly device: string
  readonly line: string
  readonly contact: string
  readonly source: string
}

async function registrationsAtUnifiedCm(world: LabWorld): Promise<Registered[]> {
  const cucm = await world.host('cucm1')
  return (await cucm.management.call<{ registrations: Registered[] }>('state')).registrations
}

When('{user} registers again', async function (this: LabWorld, user: string) {
  const outcome = await (await this.user(user)).call<{ status: number; reason: string }>('reRegister')
  this.memory.set(`registration of ${user}`, outcome)
})

Then('Unified CM has {user} registered', async function (this: LabWorld, user: string) {
  const { user: owner } = await this.user(user)
  const entry = (await registrationsAtUnifiedCm(this)).find(({ device }) => device === owner.device)
  if (entry?.line !== owner.line) throw new Mismatch(`${owner.device} at Unified CM`, `line ${owner.line}`, entry)
  this.showRecord('cucm1', `${entry.device} registered, line ${entry.line}, from ${entry.source}`)
})

Then('Unified CM has {user} not registered', async function (this: LabWorld, user: string) {
  const { user: owner } = await this.user(user)
  let last: Registered[] = []
  await waitFor(
    `${owner.device} to be gone from Unified CM`,
    async () => !(last = await registrationsAtUnifiedCm(this)).some(({ device }) => device === owner.device),
    { lastSeen: () => last },
  )
  this.showRecord('cucm1', `${owner.device} is not registered`)
})

Then(
  'Unified CM lists the device of {user} with the IP address of the {host}',
  async function (this: LabWorld, user: string, host: string) {
    const { user: owner } = await this.user(user)
    const address = addressOf(await this.lab(), host)
    const entry = (await registrationsAtUnifiedCm(this)).find(({ device }) => device === owner.device)
    const found = [entry?.source.split(':')[0], entry?.contact.match(/@([\d.]+)/)?.[1]]
    if (found.some((each) => each !== address)) throw new Mismatch(`address of ${owner.device}`, address, found)
    this.showRecord('cucm1', `${owner.device} has the address ${address}`)
  },
)

Then('the {host} keeps {int} proxied registration(s)', async function (this: LabWorld, host: string, count: number) {
  const state = await (await this.host(host)).management.call<{ registrations: { aor: string }[] }>('state')
  const found = state.registrations.map(({ aor }) => aor)
  if (found.length !== count) throw new Mismatch(`proxied registrations of ${host}`, count, found)
  this.showRecord(host, `${count} proxied registrations`)
})
