import { Given, Then } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** Alice outside, Bob inside; Bob's home node is the subscriber. */
Given('the IM&P cluster has a publisher and a subscriber', function (this: LabWorld) {
  this.topology = 'two-presence-nodes'
})

interface Sessions {
  readonly sessions: ReadonlyArray<{ readonly jid: string; readonly via: string; readonly presence: string | null }>
}

Then('the {host} has a session of {user}', async function (this: LabWorld, host: string, user: string) {
  const { management } = await this.host(host)
  const { id } = (await this.user(user)).user
  let last: Sessions | undefined
  const session = await waitFor(
    `a session of ${id} at ${host}`,
    async () => {
      last = await management.call<Sessions>('state')
      // Bound is not enough: messages come to those who are available.
      return last.sessions.find(({ jid, presence }) => jid.startsWith(`${id}@`) && presence !== null)
    },
    { lastSeen: () => last },
  )
  this.showRecord(host, `${session.jid}, ${session.via}`)
})

interface Client {
  readonly phone: { readonly registration: string }
  readonly connections: { readonly node?: string; readonly xmpp?: string }
}

Then('{user} is registered with no node', async function (this: LabWorld, user: string) {
  const { phone, connections } = await (await this.user(user)).call<Client>('state')
  if (phone.registration === 'registered') throw new Mismatch(`registration of ${user}`, 'none', connections)
  this.showRecord(user, `phone ${phone.registration}`)
})

Then('the instant messaging of {user} is gone', async function (this: LabWorld, user: string) {
  const { connections } = await (await this.user(user)).call<Client>('state')
  if (connections.xmpp !== undefined) throw new Mismatch(`instant messaging of ${user}`, 'none', connections)
  this.showRecord(user, 'no XMPP connection')
})
