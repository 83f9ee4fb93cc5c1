import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

interface ChatMessage {
  readonly direction: 'sent' | 'received'
  readonly peer: string
  readonly text: string
  readonly error?: string
}

interface KnownPresence {
  readonly jid: string
  readonly isAvailable: boolean
  readonly show?: string
}

interface ClientState {
  readonly jid?: string | null
  readonly imClosedBecause?: string | null
  readonly phone: { readonly registration: string }
}

function jidOf({ user, specification }: Endpoint): string {
  return `${user.id}@${specification.dns.domain}`
}

const stateOf = async (world: LabWorld, user: string) => (await world.user(user)).call<ClientState>('state')

const textOf = ({ bytes }: TimelineMessage) => bytes.toString('utf8')

When('{user} writes {string} to {user}', async function (this: LabWorld, user: string, text: string, other: string) {
  const to = jidOf(await this.user(other))
  await (await this.user(user)).call('sendMessage', { to, text })
})

When(
  '{user} writes {string} to the address {string}',
  async function (this: LabWorld, user: string, text: string, to: string) {
    await (await this.user(user)).call('sendMessage', { to, text })
  },
)

Then('{user} reads {string} from {user}', async function (this: LabWorld, user: string, text: string, other: string) {
  const [reader, sender] = [await this.user(user), await this.user(other)]
  let last: ChatMessage[] = []
  await waitFor(
    `${user} to read "${text}"`,
    async () => {
      last = await reader.call<ChatMessage[]>('messages')
      return last.some(
        (message) =>
          message.direction === 'received' && message.text === text && message.peer.startsWith(`${jidOf(sender)}/`),
      )
    },
    { lastSeen: () => last },
  )
  await seen(
    this,
    `the message at ${user}`,
    (message) => message.to === user && message.protocol === 'XMPP' && textOf(message).includes(`>${text}</body>`),
  )
})

/** An error stanza that answers what the user wrote. */
Then(
  'the message of {user} comes back with {string}',
  async function (this: LabWorld, user: string, condition: string) {
    const endpoint = await this.user(user)
    let last: ChatMessage[] = []
    await waitFor(
      `"${condition}" at ${user}`,
      async () => (last = await endpoint.call<ChatMessage[]>('messages')).some(({ error }) => error === condition),
      { lastSeen: () => last },
    )
    await seen(
      this,
      `the error at ${user}`,
      (message) => message.to === user && message.protocol === 'XMPP' && textOf(message).includes(`<${condition}`),
    )
  },
)

Then(
  'the {host} passes the message {string} to the {host} in an XMPP stanza',
  async function (this: LabWorld, from: string, text: string, to: string) {
    const fits = (message: TimelineMessage) =>
      message.from === from && message.to === to && textOf(message).includes(`>${text}</body>`)
    await seen(this, `the message from ${from} at ${to}`, fits)
  },
)

const shows: Readonly<Record<string, string>> = { away: 'away', 'do not disturb': 'dnd' }

When('{user} sets the presence {string}', async function (this: LabWorld, user: string, presence: string) {
  const show = shows[presence]
  await (await this.user(user)).call('setPresence', show === undefined ? {} : { show })
})

Then('{user} sees {user} as {string}', async function (this: LabWorld, user: string, other: string, presence: string) {
  const [watcher, watched] = [await this.user(user), await this.user(other)]
  let last: string | undefined
  await waitFor(
    `${user} to see ${other} as "${presence}"`,
    async () => {
      const known = await watcher.call<KnownPresence[]>('presence')
      last = presenceOf(known.findLast(({ jid }) => jid.startsWith(`${jidOf(watched)}/`)))
      return last === presence
    },
    { lastSeen: () => last },
  )
  this.showRecord(user, `${other} is ${presence}`)
})

function presenceOf(known: KnownPresence | undefined): string {
  if (known === undefined) return 'unknown'
  if (!known.isAvailable) return 'offline'
  return Object.keys(shows).find((presence) => shows[presence] === known.show) ?? 'available'
}

/** What the user's client was sent by the server. */
Then('a presence stanza of {user} reaches {user}', async function (this: LabWorld, other: string, user: string) {
  const from = `from="${jidOf(await this.user(other))}/`
  await seen(
    this,
    `presence of ${other} at ${user}`,
    (message) =>
      message.to === user &&
      message.protocol === 'XMPP' &&
      textOf(message).startsWith('<presence') &&
      textOf(message).replaceAll("'", '"').includes(from),
  )
})

Then('the contact list of {user} has {user}', async function (this: LabWorld, user: string, other: string) {
  const roster = await (await this.user(user)).call<{ jid: string }[]>('roster')
  const wanted = jidOf(await this.user(other))
  if (!roster.some(({ jid }) => jid === wanted)) throw new Mismatch(`contacts of ${user}`, wanted, roster)
  this.showRecord(user, `contact list has ${wanted}`)
})

interface ImSession {
  readonly jid: string
  readonly via: 'direct' | 'xcp'
  readonly address: string
}

async function sessionsAtImp(world: LabWorld): Promise<ImSession[]> {
  return (await (await world.host('imp1')).management.call<{ sessions: ImSession[] }>('state')).sessions
}

Then(
  'the XMPP session of {user} ends at IM&P over the link of the VCS Control',
  async function (this: LabWorld, user: string) {
    const { jid } = await stateOf(this, user)
    const session = (await sessionsAtImp(this)).find((each) => each.jid === jid)
    const wanted = { via: 'xcp', address: addressOf(await this.lab(), user) }
    if (session?.via !== wanted.via || session.address !== wanted.address)
      throw new Mismatch(`session of ${user} at IM&P`, wanted, session)
    this.showRecord('imp1', `session ${session.jid} of ${session.address} over XCP`)
  },
)

Then('IM&P has no session of {user}', async function (this: LabWorld, user: string) {
  const jid = jidOf(await this.user(user))
  let last: ImSession[] = []
  await waitFor(
    `no session of ${user} at IM&P`,
    async () => !(last = await sessionsAtImp(this)).some((session) => session.jid.startsWith(`${jid}/`)),
    { lastSeen: () => last },
  )
  this.showRecord('imp1', `no session of ${jid}`)
})

Given('the instant messaging of {user} works', async function (this: LabWorld, user: string) {
  await mustBeOnline(this, user)
})

Then('the instant messaging of {user} is connected', async function (this: LabWorld, user: string) {
  await mustBeOnline(this, user)
})

/** Bound at the client, and IM&P holds that very session. */
async function mustBeOnline(world: LabWorld, user: string): Promise<void> {
  let last: unknown
  const jid = await waitFor(
    `the instant messaging of ${user} to be connected`,
    async () => {
      const [state, sessions] = [await stateOf(world, user), await sessionsAtImp(world)]
      last = { jid: state.jid, closed: state.imClosedBecause, sessions: sessions.map((session) => session.jid) }
      return sessions.some((session) => session.jid === state.jid) ? state.jid : undefined
    },
    { limitMs: 10_000, lastSeen: () => last },
  )
  world.showRecord(user, `XMPP session ${jid}`)
}

Then('the instant messaging of {user} ends', async function (this: LabWorld, user: string) {
  let last: ClientState | undefined
  const isOver = async () => {
    last = await stateOf(this, user)
    return !last.jid && typeof last.imClosedBecause === 'string'
  }
  await waitFor(`the instant messaging of ${user} to end`, isOver, { lastSeen: () => last })
  this.showRecord(user, `instant messaging ended: ${last!.imClosedBecause}`)
})

Then('{user} has no instant messaging', async function (this: LabWorld, user: string) {
  const { jid } = await stateOf(this, user)
  if (jid) throw new Mismatch(`instant messaging of ${user}`, 'none', jid)
  this.showRecord(user, 'has no XMPP session')
})

Then('the phone of {user} works', async function (this: LabWorld, user: string) {
  const outcome = await (await this.user(user)).call<{ status: number; reason: string }>('reRegister')
  if (outcome.status !== 200) throw new Mismatch(`registration of ${user}`, '200 OK', outcome)
  this.showRecord(user, `REGISTER answered ${outcome.status} ${outcome.reason}`)
})

Then('{user} has said nothing in XMPP', async function (this: LabWorld, user: string) {
  const { messages } = await this.timeline()
  const own = messages.filter(({ from }) => from === user)
  const found = own.filter(({ protocol }) => protocol === 'XMPP')
  if (own.length === 0 || found.length > 0)
    throw new Mismatch(
      `XMPP of ${user}`,
      'none among other messages',
      found.map(({ summary }) => summary),
    )
  this.showRecord(user, `no XMPP among ${own.length} messages`)
})

Then('{user} receives the stream error {string}', async function (this: LabWorld, user: string, condition: string) {
  await seen(
    this,
    `stream error at ${user}`,
    (message) =>
      message.to === user &&
      message.protocol === 'XMPP' &&
      /^<(stream:)?error/.test(textOf(message)) &&
      textOf(message).includes(`<${condition}`),
  )
})
