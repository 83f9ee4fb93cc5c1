import { Given, Then, When } from '@cucumber/cucumber'
import type { SignInResult } from '#lab/endpoint.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { administer, formChange, Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const withInterval = (interval: string, minutes: string) =>
  formChange(Page.unifiedCommunications, { [`Credentials ${interval} interval`]: Number(minutes) })

Given(
  /^the credentials (refresh|cleanup) interval is (\d+) minutes$/,
  function (this: LabWorld, interval: string, minutes: string) {
    planPages(this, 'vcsc1', withInterval(interval, minutes))
  },
)

When(
  /^the administrator sets the credentials (refresh|cleanup) interval to (\d+) minutes$/,
  async function (this: LabWorld, interval: string, minutes: string) {
    await administer(this, 'vcsc1', withInterval(interval, minutes))
  },
)

/** The first stages of a sign-in, nothing that would keep connections alive. */
async function askForEdgeConfiguration(world: LabWorld, user: string, password?: string): Promise<void> {
  const endpoint = await world.user(user)
  const stages = ['service-discovery', 'edge-config']
  const result = await endpoint.signIn({ stages, ...(password === undefined ? {} : { password }) })
  world.memory.set(`sign-in of ${user}`, result)
}

Given('{user} asks for her edge configuration', async function (this: LabWorld, user: string) {
  await askForEdgeConfiguration(this, user)
})

Given('{user} asks for her edge configuration with the wrong password', async function (this: LabWorld, user: string) {
  await askForEdgeConfiguration(this, user, 'not-the-password')
})

Then('the sign-in of {user} gets through {string}', function (this: LabWorld, user: string, name: string) {
  const { stages } = this.recall<SignInResult>(`sign-in of ${user}`)
  const stage = stages.find((each) => each.name === name)
  if (stage?.outcome !== 'ok') throw new Mismatch(`${name} of ${user}`, 'ok', stage)
  this.showRecord(user, `${name} ok: ${stage.detail ?? ''}`)
})

interface AccessRecord {
  readonly service: string
  readonly target: string
  readonly source: string
  readonly authentication?: 'passed' | 'failed'
}

/** Counted at Unified CM: passwords it had to check for the Control. */
Then(
  'the {host} has submitted credentials to Unified CM {int} time(s)',
  async function (this: LabWorld, host: string, times: number) {
    const lab = await this.lab()
    const log = await lab.host('cucm1').management.call<AccessRecord[]>('accessLog')
    const isFromHost = ({ source }: AccessRecord) => source.startsWith(`${addressOf(lab, host)}:`)
    const checked = log.filter((record) => record.service === 'uds' && record.authentication !== undefined)
    const found = checked.filter(isFromHost)
    if (found.length !== times) throw new Mismatch('credentials submitted to Unified CM', times, found)
    this.showRecord('cucm1', `${times} password checks for ${host}`)
  },
)

Then('the {host} holds the credentials of {int} user(s)', async function (this: LabWorld, host: string, users: number) {
  const { management } = await this.host(host)
  const { credentialsCached } = await management.call<{ credentialsCached: number }>('state')
  if (credentialsCached !== users) throw new Mismatch(`credentials at ${host}`, users, credentialsCached)
  this.showRecord(host, `credentials of ${users} users in the cache`)
})

/** Jabber's policy file through the edge: it asks for no password of its own. */
async function openPolicyFile(world: LabWorld, user: string, headers: Record<string, string>): Promise<void> {
  const { domain } = (await world.lab()).topology
  const path = Buffer.from(`${domain}/http/cucm1.${domain}/6970`).toString('base64')
  const target = `/${path}/jabber-config.xml`
  const endpoint = await world.user(user)
  world.memory.set('answer', await endpoint.call('fetchTarget', { host: `vcse1.${domain}`, target, headers }))
}

When('{user} opens the policy file by her cookie alone', async function (this: LabWorld, user: string) {
  await openPolicyFile(this, user, {})
})

When(
  '{user} opens the policy file with her cookie and the name of {user}',
  async function (this: LabWorld, user: string, other: string) {
    const { password } = await this.user(other)
    const authorization = `Basic ${Buffer.from(`${other}:${password}`).toString('base64')}`
    await openPolicyFile(this, user, { authorization })
  },
)
