import { Given, Then, When } from '@cucumber/cucumber'
import type { SignInResult } from '#lab/endpoint.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import { Page, planPages, rowsChange } from '../support/vcs-pages.ts'
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

/** The zone stands in the Control's Via, as Unified CM received it. */
Then(
  'the registration of {user} went through the zone {string}',
  async function (this: LabWorld, user: string, zone: string) {
    const { user: owner } = await this.user(user)
    const isFromHere = ({ to, summary, bytes }: { to: string; summary: string; bytes: Buffer }) =>
      to === 'cucm1' && summary.startsWith('REGISTER ') && bytes.includes(`"${owner.device}"`)
    const { bytes } = await seen(this, `REGISTER of ${owner.device} at Unified CM`, isFromHere)
    const via = headerOf({ bytes } as Parameters<typeof headerOf>[0], 'via') ?? ''
    if (!via.includes(`;egress-zone=${zone};`)) throw new Mismatch('the zone in the Via', zone, via)
  },
)

When('the administrator stops the CallManager service', async function (this: LabWorld) {
  await (await this.host('cucm1')).management.call('set', { path: 'services.callManager', value: false })
})

When('the administrator starts the CallManager service', async function (this: LabWorld) {
  const lab = await this.lab()
  await lab.host('cucm1').management.call('set', { path: 'services.callManager', value: true })
  await lab.host('vcsc1').management.call('retry')
  await lab.ready()
})

Given('the domain has no SIP registrations on Unified CM', function (this: LabWorld) {
  planPages(this, 'vcsc1', rowsChange(Page.domains, { 'SIP registrations and provisioning on Unified CM': 'Off' }))
})

/** `says`: what the client's registration stage ended with, a status or its own words. */
Then('the phone service of {user} fails: {string}', function (this: LabWorld, user: string, says: string) {
  const { stages, error } = this.recall<SignInResult>(`sign-in of ${user}`)
  const register = stages.find(({ name }) => name === 'register')
  const text = JSON.stringify(register)
  if (register?.outcome !== 'failed' || !text.includes(says))
    throw new Mismatch(`the registration of ${user}`, says, register ?? error)
  this.expectRefusal(
    (message) => message.to === user && message.protocol === 'SIP' && says.startsWith(String(statusOf(message))),
  )
  this.showRecord(user, `register: ${register.detail}`)
})

Then('the registration of {user} is refreshed', async function (this: LabWorld, user: string) {
  const { user: owner } = await this.user(user)
  const history = async () => {
    const cucm = await this.host('cucm1')
    const all = await cucm.management.call<{ registrations: { device: string; event: string }[] }>('history')
    return all.registrations.filter(({ device }) => device === owner.device).map(({ event }) => event)
  }
  let last: string[] = []
  await waitFor(
    `Unified CM to note a refresh of ${owner.device}`,
    async () => (last = await history()).includes('refreshed'),
    {
      lastSeen: () => last,
    },
  )
  this.showRecord('cucm1', `${owner.device}: ${last.join(', ')}`)
})

/** Its machine goes to sleep: nothing is said, nothing is signed out. */
When('the Jabber of {user} falls silent', async function (this: LabWorld, user: string) {
  await this.timeline()
  await (await this.user(user)).close()
})
