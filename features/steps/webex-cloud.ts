import { Given, Then, When } from '@cucumber/cucumber'
import type { HostPlan } from '#lab/roles/role.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

const cloud = 'loginp'

Given('a hybrid deployment with the WebEx cloud', function (this: LabWorld) {
  this.topology = 'hybrid'
})

interface CloudDocument {
  readonly users: readonly { readonly userId: string; readonly password: string }[]
}

function planCloud(world: LabWorld, change: (document: CloudDocument) => object): void {
  world.adapt((plan: HostPlan) => {
    if (plan.role !== 'webex') return plan
    const document = plan.configuration as CloudDocument
    return { ...plan, configuration: { ...document, ...change(document) } }
  })
}

Given('{user} has another password in the WebEx cloud', function (this: LabWorld, user: string) {
  planCloud(this, ({ users }) => ({
    users: users.map((each) => (each.userId === user ? { ...each, password: 'only in the cloud' } : each)),
  }))
})

Given('the domain in the WebEx cloud is {string}', function (this: LabWorld, domain: string) {
  planCloud(this, () => ({ domain }))
})

/** ServicesDomain and VoiceServicesDomain: the first is asked at the cloud, the second in DNS and at the edge. */
Given(
  '{user} and {user} sign in as users of {string} with voice services of {string}',
  function (this: LabWorld, one: string, other: string, domain: string, voiceServicesDomain: string) {
    for (const user of [one, other]) {
      this.setClient(user, { voiceServicesDomain })
      this.adaptClient(user, (specification) => ({ ...specification, dns: { ...specification.dns, domain } }))
    }
  },
)

Given('the Jabber of {user} was installed without WebEx', function (this: LabWorld, user: string) {
  this.setClient(user, { excludedServices: ['WEBEX'] })
})

const setServices = async (world: LabWorld, services: Record<string, boolean>) =>
  (await world.host(cloud)).management.call('set', { services })

When('the WebEx cloud goes down', async function (this: LabWorld) {
  await setServices(this, { web: false, messaging: false })
})

When('the WebEx cloud comes back', async function (this: LabWorld) {
  await setServices(this, { web: true, messaging: true })
})

interface CloudSession {
  readonly jid: string
  readonly address: string
}

async function sessionsAtCloud(world: LabWorld): Promise<readonly CloudSession[]> {
  const state = await (await world.host(cloud)).management.call<{ sessions: CloudSession[] }>('state')
  return state.sessions
}

/** Bound at the client, and the cloud holds that very session, which came from the client's own address. */
Then('the XMPP session of {user} ends at the WebEx cloud', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  const address = addressOf(await this.lab(), user)
  let last: unknown
  const jid = await waitFor(
    `the XMPP session of ${user} to end at the WebEx cloud`,
    async () => {
      const state = await endpoint.call<{ jid?: string | null }>('state')
      const sessions = await sessionsAtCloud(this)
      last = { jid: state.jid, sessions }
      return sessions.some((each) => each.jid === state.jid && each.address === address) ? state.jid : undefined
    },
    { limitMs: 10_000, lastSeen: () => last },
  )
  this.showRecord(cloud, `session ${jid} of ${address}`)
})

Then('the WebEx cloud has no session of {user}', async function (this: LabWorld, user: string) {
  const sessions = await sessionsAtCloud(this)
  if (sessions.some(({ jid }) => jid.startsWith(`${user}@`)))
    throw new Mismatch(`sessions of ${user} at the WebEx cloud`, 'none', sessions)
  this.showRecord(cloud, `no session of ${user}`)
})
