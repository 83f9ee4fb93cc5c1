import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint as Place } from '#runtime/network.ts'
import type { Reaction, StatusPage, Visitor } from '#lab/operator/visitor.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

async function asVisitor<T>(world: LabWorld, act: (visitor: Visitor) => Promise<T>): Promise<T> {
  await using visitor = await openVisitor(await world.lab(), 'internet')
  return act(visitor)
}

async function portOf(world: LabWorld, host: string, port: number): Promise<Place> {
  return { address: addressOf(await world.lab(), host), port }
}

/** A whole SIP request, so that silence is no waiting for the rest of it. */
const plainRegister = [
  'REGISTER sip:example.com SIP/2.0',
  'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKvisitor',
  'From: <sip:1001@example.com>;tag=v',
  'To: <sip:1001@example.com>',
  'Call-ID: visitor',
  'CSeq: 1 REGISTER',
  'Max-Forwards: 70',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')

When(
  'a stranger on the internet connects to port {int} of the {host}',
  async function (this: LabWorld, port: number, host: string) {
    const to = await portOf(this, host, port)
    this.memory.set('reaction', await asVisitor(this, (visitor) => visitor.say(to, '')))
  },
)

When(
  'a stranger on the internet says plain SIP to port {int} of the {host}',
  async function (this: LabWorld, port: number, host: string) {
    const to = await portOf(this, host, port)
    this.memory.set('reaction', await asVisitor(this, (visitor) => visitor.say(to, plainRegister)))
  },
)

Then('the stranger is connected', function (this: LabWorld) {
  mustReact(this, ['answered', 'silent'])
})

Then('the stranger is not connected', function (this: LabWorld) {
  mustReact(this, ['no connection'])
})

Then('the connection is closed without a SIP answer', function (this: LabWorld) {
  const { says } = mustReact(this, ['closed', 'answered'])
  if (says.includes('SIP/2.0')) throw new Mismatch('the answer to plain SIP', 'none', says)
})

function mustReact(world: LabWorld, wanted: readonly Reaction['outcome'][]): Reaction {
  const reaction = world.recall<Reaction>('reaction')
  if (!wanted.includes(reaction.outcome)) throw new Mismatch('the stranger', wanted.join(' or '), reaction)
  world.showRecord('visitor', `${reaction.outcome} ${JSON.stringify(reaction.says)}`)
  return reaction
}

When('a stranger on the internet guesses the SSH credentials of the VCS Control', async function (this: LabWorld) {
  const to = await portOf(this, 'vcse1', 2222)
  this.memory.set('login', await asVisitor(this, (visitor) => visitor.logIn(to, 'vcsc', 'guessed')))
})

Then('the stranger is not let in', function (this: LabWorld) {
  const login = this.recall<string>('login')
  if (login !== 'refused') throw new Mismatch('SSH by a stranger', 'refused', login)
  this.showRecord('visitor', 'SSH authentication refused')
})

When('the administrator logs in to the {host} from the internet', async function (this: LabWorld, host: string) {
  const { secrets } = await this.lab()
  await readPage(this, host, secrets.administrators[host]!)
})

When(
  'somebody logs in to the {host} from the internet with a guessed password',
  async function (this: LabWorld, host: string) {
    await readPage(this, host, 'guessed')
  },
)

async function readPage(world: LabWorld, host: string, password: string): Promise<void> {
  const to = await portOf(world, host, 443)
  const login = { username: 'admin', password }
  world.memory.set('page', await asVisitor(world, (visitor) => visitor.status(to, login)))
}

Then('the administrator sees the status page of the {host}', async function (this: LabWorld, host: string) {
  const { status, page } = this.recall<StatusPage>('page')
  const { fqdn } = (await this.lab()).plan(host).specification
  if (status !== 200 || page['fqdn'] !== fqdn)
    throw new Mismatch('the status page', `200, ${fqdn}`, [status, page['fqdn']])
  this.showRecord('visitor', `200 from ${host}:443, page of ${fqdn}`)
})

Then('the status page is refused', function (this: LabWorld) {
  const { status } = this.recall<StatusPage>('page')
  if (status !== 401) throw new Mismatch('the status page', 401, status)
  this.showRecord('visitor', '401 from port 443')
})

When('{user} looks up a colleague and lists the voicemail', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  const found = await endpoint.call<unknown[]>('directorySearch', { name: 'Bob' })
  const { status } = await endpoint.call<{ status: number }>('voicemail')
  if (found.length === 0 || status !== 200) throw new Mismatch(`services of ${user}`, 'Bob, 200', { found, status })
})

/** What every TCP connection between two places began with, and everything said on it as it was on the wire. */
async function rawConnections(world: LabWorld, one: string, other: string): Promise<Map<string, Buffer>> {
  const lab = await world.lab()
  const addresses = [addressOf(lab, one), addressOf(lab, other)]
  const pieces = new Map<string, Buffer[]>()
  for (const { kind, transport, direction, connection = '', local = '', remote = '', bytes } of (await world.timeline())
    .events) {
    if (kind !== 'segment' || transport !== 'tcp' || bytes === undefined) continue
    const [from, to] = direction === 'sent' ? [local, remote] : [remote, local]
    if (![from, to].every((end) => addresses.includes(end.split(':')[0]!))) continue
    const key = `${connection} from ${from} ${direction}`
    pieces.set(key, [...(pieces.get(key) ?? []), Buffer.from(bytes, 'base64')])
  }
  if (pieces.size === 0) throw new Mismatch(`TCP between ${one} and ${other}`, 'some', 'none')
  return new Map([...pieces].map(([key, parts]) => [key, Buffer.concat(parts)]))
}

Then(
  'all TCP between {place} and {place} is TLS, SSH or turns to TLS',
  async function (this: LabWorld, one: string, other: string) {
    const all = await rawConnections(this, one, other)
    const clear = [...all].filter(([, bytes]) => !isProtected(bytes)).map(([key]) => key)
    if (clear.length > 0) throw new Mismatch(`connections between ${one} and ${other}`, 'TLS or SSH', clear)
    this.showRecord(other, `${all.size} directions of TCP connections with ${one}, each TLS or SSH`)
  },
)

/** A TLS handshake record (RFC 8446 §5.1), an SSH banner, or XMPP that goes over to TLS. */
function isProtected(bytes: Buffer): boolean {
  if (bytes[0] === 0x16 && bytes[1] === 3) return true
  if (bytes.toString('latin1', 0, 8) === 'SSH-2.0-') return true
  const text = bytes.toString('latin1')
  const [clear = ''] = text.split('\x16\x03', 1)
  return clear.includes('urn:ietf:params:xml:ns:xmpp-tls') && clear.length < text.length
}

Then(
  '{string} can be read between {place} and {place}',
  async function (this: LabWorld, text: string, one: string, other: string) {
    const found = [...(await rawConnections(this, one, other)).values()].some((bytes) => bytes.includes(text))
    if (!found) throw new Mismatch(`"${text}" between ${one} and ${other}`, 'readable', 'nowhere')
    this.showRecord(other, `"${text}" stands in clear between ${one} and ${other}`)
  },
)

Then(
  '{string} can not be read between {place} and {place}',
  async function (this: LabWorld, text: string, one: string, other: string) {
    const all = await rawConnections(this, one, other)
    const found = [...all].filter(([, bytes]) => bytes.includes(text)).map(([key]) => key)
    if (found.length > 0) throw new Mismatch(`"${text}" between ${one} and ${other}`, 'not readable', found)
    const size = [...all.values()].reduce((sum, { length }) => sum + length, 0)
    this.showRecord(other, `"${text}" stands nowhere in ${size} bytes between ${one} and ${other}`)
  },
)

Given('the Jabber of {user} sends its media in clear', function (this: LabWorld, user: string) {
  this.clientOptions[user] = { ...this.clientOptions[user], sabotage: { clearMedia: true } }
})

Given('the Jabber of {user} encrypts with another key than it offers', function (this: LabWorld, user: string) {
  this.clientOptions[user] = { ...this.clientOptions[user], sabotage: { srtpKeyBit: true } }
})

Then(
  '{user} has spoken with nobody but the public DNS and the VCS Expressway',
  async function (this: LabWorld, user: string) {
    const lab = await this.lab()
    const own = addressOf(lab, user)
    const allowed = [addressOf(lab, 'pubdns'), addressOf(lab, 'vcse1')]
    const { events } = await this.timeline()
    const ends = events.map(({ local = '', remote = '' }) => [local, remote].map((end) => end.split(':')[0]!))
    const partners = new Set(
      ends.filter((pair) => pair.includes(own)).map(([one, other]) => (one === own ? other! : one!)),
    )
    const others = [...partners].filter((address) => !allowed.includes(address))
    if (partners.size !== allowed.length || others.length > 0)
      throw new Mismatch(`partners of ${user}`, allowed, [...partners])
    this.showRecord(user, `everything sent and received is with ${[...partners].join(' and ')}`)
  },
)
