import { createHash } from 'node:crypto'
import { Given, Then, When } from '@cucumber/cucumber'
import { answerAt, greeting } from '#lab/operator/answering-services.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { sipRequest } from '#lab/self-test/hostile-bytes.ts'
import { openTls } from '#lab/self-test/raw-client.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

Given(/^the Jabber of (Alice|Bob) calls itself "([^"]+)"$/, function (this: LabWorld, user: string, userAgent: string) {
  this.setClient(user.toLowerCase(), { userAgent })
})

Then(
  'the {host} receives User-Agent {string} from {user}',
  async function (this: LabWorld, host: string, agent: string, user: string) {
    await seen(
      this,
      `User-Agent ${agent} of ${user} at ${host}`,
      (message) =>
        message.from === user && message.to === host && headerOf(message, 'user-agent')?.startsWith(agent) === true,
    )
  },
)

/** What Unified CM received for the user's line through the Control, each once and in this order. */
Then(
  'Unified CM has seen of {user} a registration and {string}',
  async function (this: LabWorld, user: string, expected: string) {
    const { line } = (await this.user(user)).user
    const isOfUser = (message: Parameters<typeof headerOf>[0]) =>
      headerOf(message, 'from')?.includes(`sip:${line}@`) === true
    const { messages } = await this.timeline()
    const methods = messages
      .filter((message) => message.from === 'vcsc1' && message.to === 'cucm1' && message.protocol === 'SIP')
      .filter((message) => isOfUser(message) && statusOf(message) === undefined)
      .map(({ summary }) => /^[A-Z]+/.exec(summary)?.[0])
    const registered = methods.filter((method) => method === 'REGISTER').length
    const others = methods.filter((method) => method !== 'REGISTER').join(', ')
    if (registered === 0 || others !== expected)
      throw new Mismatch(`requests of ${user} at Unified CM`, `REGISTER, then ${expected}`, methods)
    this.showRecord('cucm1', `of ${line}: ${methods.join(', ')}`)
  },
)

interface KnownPresence {
  readonly jid: string
  readonly isAvailable: boolean
}

When(
  '{user} offers {user} the file {string}',
  async function (this: LabWorld, user: string, other: string, name: string) {
    const endpoint = await this.user(user)
    const known = await endpoint.call<KnownPresence[]>('presence')
    const to = known.findLast(({ jid, isAvailable }) => isAvailable && jid.startsWith(`${other}@`))?.jid
    if (to === undefined) throw new Error(`${user} does not see ${other}`)
    this.memory.set('offer', await endpoint.call('offerFile', { to, name, bytes: 1_000 }))
  },
)

Then('the offer of {user} comes back with {string}', async function (this: LabWorld, user: string, condition: string) {
  const { outcome } = this.recall<{ outcome: string }>('offer')
  if (outcome !== condition) throw new Mismatch(`the file offer of ${user}`, condition, outcome)
  await seen(
    this,
    `<${condition}/> at ${user}`,
    ({ to, protocol, bytes }) => to === user && protocol === 'XMPP' && bytes.includes(`<${condition}`),
  )
})

/** It came as far as the client, which refused it. */
Then('{user} is offered {string} and has taken nothing', async function (this: LabWorld, user: string, name: string) {
  await seen(
    this,
    `the offer of ${name} at ${user}`,
    ({ to, protocol, bytes }) => to === user && protocol === 'XMPP' && bytes.includes(`name="${name}"`),
  )
  const messages = await (await this.user(user)).call<unknown[]>('messages')
  if (messages.length > 0) throw new Mismatch(`what ${user} has taken`, 'nothing', messages)
})

/** QBE, which Jabber controls desk phones by. */
const ctiPort = 2748

interface Cti {
  readonly reachedBy: readonly string[]
  readonly outcomes: readonly string[]
}

When('{user} tries the CTI port of Unified CM through the edge', async function (this: LabWorld, user: string) {
  const lab = await this.lab()
  await using cti = await answerAt(lab, addressOf(lab, 'cucm1'), { tcp: [ctiPort], udp: [] })
  await using visitor = await openVisitor(lab, 'internet')
  const { outcome } = await visitor.say({ address: addressOf(lab, 'vcse1'), port: ctiPort }, '')
  const client = await this.user(user)
  const answers: string[] = []
  for (const scheme of ['http', 'https']) {
    const url = `${scheme}://cucm1.example.com:${ctiPort}/`
    const { status, reason } = await client.call<{ status: number; reason: string }>('fetch', { url })
    answers.push(`${url}: ${status} ${reason}`)
  }
  this.expectRefusal((message) => message.to === user && statusOf(message) === 403)
  const outcomes = [`the Expressway's port ${ctiPort}: ${outcome}`, ...answers]
  this.memory.set('CTI', { reachedBy: [...cti.reachedBy], outcomes } satisfies Cti)
})

When('somebody inside tries the CTI port of Unified CM', async function (this: LabWorld) {
  const lab = await this.lab()
  const address = addressOf(lab, 'cucm1')
  await using cti = await answerAt(lab, address, { tcp: [ctiPort], udp: [] })
  await using visitor = await openVisitor(lab, 'inside')
  const { says } = await visitor.say({ address, port: ctiPort }, '')
  this.memory.set('CTI', { reachedBy: [...cti.reachedBy], outcomes: [says] } satisfies Cti)
})

Then('nobody has reached the CTI port of Unified CM', function (this: LabWorld) {
  const { reachedBy, outcomes } = this.recall<Cti>('CTI')
  const refused = outcomes.filter((outcome) => / 403 |no connection$/.test(outcome))
  if (reachedBy.length > 0 || refused.length !== outcomes.length)
    throw new Mismatch('the CTI port', 'not reached', { reachedBy, outcomes })
  this.showRecord('cucm1', `nobody came to port ${ctiPort}; ${outcomes.join('; ')}`)
})

Then('the CTI port of Unified CM was reached', function (this: LabWorld) {
  const { reachedBy, outcomes } = this.recall<Cti>('CTI')
  if (reachedBy.length !== 1 || outcomes[0] !== greeting)
    throw new Mismatch('the CTI port', 'reached', { reachedBy, outcomes })
  this.showRecord('cucm1', reachedBy[0]!)
})

/** Its provisioning is by SUBSCRIBE to the event package ua-profile (RFC 6080), and knows no Unified CM. */
When(
  'a Jabber Video client on the internet asks the Expressway for provisioning, with the password of {user}',
  async function (this: LabWorld, user: string) {
    const lab = await this.lab()
    const { password } = await this.user(user)
    const target = { host: addressOf(lab, 'vcse1'), port: 5061, from: lab.fabric.address('internet', 66) }
    const connection = await openTls(target)
    // Each request is a transaction of its own.
    const ask = (callId: string, more: readonly string[]) => {
      const request = sipRequest({ method: 'SUBSCRIBE', uri: provisioning, callId, lines: [...profileLines, ...more] })
      connection.write(request.toString('latin1').replace(/branch=\S+/, `branch=z9hG4bK${callId}`))
    }
    try {
      ask('first', [])
      const challenge = await connection.until(/SIP\/2\.0 407 [\s\S]*\r\n\r\n/)
      ask('second', [digestFor(challenge, user, password)])
      const both = await connection.until(/Call-ID: second\r\n[\s\S]*\r\n\r\n/)
      this.memory.set(
        'answer to Jabber Video',
        both.slice(both.lastIndexOf('SIP/2.0 ', both.indexOf('Call-ID: second'))),
      )
    } finally {
      connection.destroy()
    }
  },
)

const provisioning = 'sip:provisioning@example.com'
const profileLines = ['Event: ua-profile;profile-type=user;vendor="tandberg.com"', 'Accept: application/pidf+xml']

/** RFC 2617 §3.2.2 with qop auth. */
function digestFor(challenge: string, user: string, password: string): string {
  const value = (name: string) => new RegExp(`${name}="?([^",\\r]+)`).exec(challenge)?.[1] ?? ''
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const [realm, nonce] = [value('realm'), value('nonce')]
  const [ha1, ha2] = [md5(`${user}:${realm}:${password}`), md5(`SUBSCRIBE:${provisioning}`)]
  const response = md5([ha1, nonce, '00000001', 'c', 'auth', ha2].join(':'))
  return (
    `Proxy-Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${provisioning}", ` +
    `response="${response}", qop=auth, nc=00000001, cnonce="c", algorithm=MD5`
  )
}

/** By its name and password it would be let in; what it asks for is not there. */
Then('the Jabber Video client is refused', function (this: LabWorld) {
  const answer = this.recall<string>('answer to Jabber Video')
  const status = Number(/^SIP\/2\.0 (\d{3})/.exec(answer)?.[1])
  if (!(status >= 400) || status === 401 || status === 407)
    throw new Mismatch('the answer to the SUBSCRIBE', 'a refusal, no challenge', answer)
  this.showRecord('vcse1', answer.split('\r\n')[0]!)
})
