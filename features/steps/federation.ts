import { After, Given, Then, When } from '@cucumber/cucumber'
import type { ForeignContact } from '#lab/operator/foreign-contact.ts'
import { openForeignContact } from '#lab/operator/foreign-contact.ts'
import type { ReceivedMessage } from '#lab/operator/plain-xmpp-client.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

const partner = 'imp2'

Given('IM&P federates with another company', function (this: LabWorld) {
  this.topology = 'federation'
})

Given('Dora of that company is online', async function (this: LabWorld) {
  this.memory.set('dora', await openForeignContact(await this.lab(), partner, 'dora'))
})

After(async function (this: LabWorld) {
  if (this.memory.has('dora')) await this.recall<ForeignContact>('dora')[Symbol.asyncDispose]()
})

When('{user} writes {string} to Dora', async function (this: LabWorld, user: string, text: string) {
  const to = this.recall<ForeignContact>('dora').jid
  await (await this.user(user)).call('sendMessage', { to, text })
})

When('Dora writes {string} to {user}', async function (this: LabWorld, text: string, user: string) {
  this.recall<ForeignContact>('dora').write(await jidOf(this, user), text)
})

async function jidOf(world: LabWorld, user: string): Promise<string> {
  return `${(await world.user(user)).user.id}@${(await world.lab()).topology.domain}`
}

Then('Dora reads {string} from {user}', async function (this: LabWorld, text: string, user: string) {
  const from = await jidOf(this, user)
  await atDora(this, `"${text}" from ${from}`, (message) => {
    return message.error === undefined && message.body === text && message.from.startsWith(`${from}/`)
  })
})

Then('the message of Dora comes back with {string}', async function (this: LabWorld, condition: string) {
  await atDora(this, `the error "${condition}"`, ({ error }) => error === condition)
})

async function atDora(world: LabWorld, what: string, fits: (message: ReceivedMessage) => boolean): Promise<void> {
  const dora = world.recall<ForeignContact>('dora')
  const found = await waitFor(`${what} at Dora`, () => dora.messages.find(fits), { lastSeen: () => dora.messages })
  world.showRecord(partner, `${dora.jid} received "${found.error ?? found.body}" from ${found.from}`)
}

Then('{user} reads {string} from Dora', async function (this: LabWorld, user: string, text: string) {
  const { jid } = this.recall<ForeignContact>('dora')
  const endpoint = await this.user(user)
  let last: { direction: string; peer: string; text: string }[] = []
  await waitFor(
    `${user} to read "${text}" from ${jid}`,
    async () => {
      last = await endpoint.call<typeof last>('messages')
      return last.some((each) => each.direction === 'received' && each.text === text && each.peer.startsWith(`${jid}/`))
    },
    { lastSeen: () => last },
  )
  this.showRecord(user, `reads "${text}" from ${jid}`)
})

interface FederationState {
  readonly federation: {
    readonly outgoing: readonly { readonly domain: string; readonly isVerified: boolean }[]
    readonly incoming: readonly { readonly domains: readonly string[] }[]
  } | null
}

Then('IM&P and the partner believe each other by dialback', async function (this: LabWorld) {
  for (const [host, other] of [
    ['imp1', 'partner.test'],
    [partner, (await this.lab()).topology.domain],
  ] as const) {
    const { federation } = await (await this.host(host)).management.call<FederationState>('state')
    const isOut = federation?.outgoing.some(({ domain, isVerified }) => domain === other && isVerified) === true
    const isIn = federation?.incoming.some(({ domains }) => domains.includes(other)) === true
    if (!isOut || !isIn) throw new Mismatch(`federation of ${host}`, `${other} verified both ways`, federation)
    this.showRecord(host, `${other} verified both ways`)
  }
})
