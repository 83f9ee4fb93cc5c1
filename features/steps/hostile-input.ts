import { Then, When } from '@cucumber/cucumber'
import type { Lab } from '#lab/lab.ts'
import { entityBomb, sipRequest, streamHeader } from '#lab/self-test/hostile-bytes.ts'
import type { RawConnection } from '#lab/self-test/raw-client.ts'
import { openStartTls, openTcp, openTls } from '#lab/self-test/raw-client.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

interface Heard {
  readonly text: string
  readonly isClosed: boolean
}

/** The answers to what the stranger sent, in the order of the ways it was sent. */
const memory = 'answers to the hostile stranger'

async function expresswayAt(world: LabWorld, port: number) {
  const lab = await world.lab()
  return { host: lab.plan('vcse1').specification.addresses[0]!, port, from: lab.fabric.address('internet', 66) }
}

/** Lets `say` speak, and keeps what came back by the time `until` has. */
async function hear(connection: RawConnection, until: RegExp, say: () => Promise<void> | void): Promise<Heard> {
  try {
    await say()
    await connection.until(until)
    // A refusal that ends the connection ends it at once.
    await connection.untilClosed(500).catch(() => {})
    return { text: connection.text, isClosed: connection.isClosed }
  } finally {
    connection.destroy()
  }
}

function heard(world: LabWorld): readonly Heard[] {
  return world.recall<readonly Heard[]>(memory)
}

When('a hostile stranger asks the HTTPS edge for {string}', async function (this: LabWorld, target: string) {
  const connection = await openTls(await expresswayAt(this, 8443))
  const request = `GET ${target} HTTP/1.1\r\nHost: vcse1.example.com\r\n\r\n`
  this.memory.set(memory, [await hear(connection, /\r\n\r\n/, () => connection.write(request))])
})

async function sendSip(world: LabWorld, bytes: Buffer): Promise<void> {
  const connection = await openTls(await expresswayAt(world, 5061))
  world.memory.set(memory, [await hear(connection, /\r\n\r\n/, () => connection.write(bytes))])
}

/** The Route that get_edge_config would have told. */
function edgeRoute(lab: Lab): string {
  const [control] = lab.plan('vcsc1').specification.addresses
  return `Route: <sip:${control}:5061;transport=tls;zone-id=3;directed;lr>`
}

When(
  'a hostile stranger sends the VCS Expressway a {string} without a Route',
  async function (this: LabWorld, method: string) {
    await sendSip(this, sipRequest({ method }))
  },
)

When(
  'a hostile stranger sends the VCS Expressway a {string} along the edge Route',
  async function (this: LabWorld, method: string) {
    const uri = method === 'REGISTER' ? 'sip:cucm1.example.com' : 'sip:1003@cucm1.example.com'
    const lines = [edgeRoute(await this.lab()), 'Event: presence', 'Refer-To: <sip:1002@example.com>']
    await sendSip(this, sipRequest({ method, uri, lines }))
  },
)

When(
  'a hostile stranger sends the VCS Expressway a {string} along the edge Route with made-up credentials',
  async function (this: LabWorld, method: string) {
    const digest =
      'Proxy-Authorization: Digest username="alice", realm="vcse1.example.com", nonce="0123456789abcdef", ' +
      'uri="sip:cucm1.example.com", response="0123456789abcdef0123456789abcdef", qop=auth, nc=00000001, cnonce="x"'
    await sendSip(
      this,
      sipRequest({ method, uri: 'sip:cucm1.example.com', lines: [edgeRoute(await this.lab()), digest] }),
    )
  },
)

When(
  'a hostile stranger sends the VCS Expressway two REGISTERs glued, whole and byte by byte',
  async function (this: LabWorld) {
    const target = await expresswayAt(this, 5061)
    const both = ['first', 'second'].map((callId) => sipRequest({ callId }))
    const glued = Buffer.concat(both)
    const ways: readonly ((connection: RawConnection) => Promise<void>)[] = [
      async (connection) => connection.write(glued),
      async (connection) => both.forEach((each) => connection.write(each)),
      (connection) => connection.writeSlowly(glued),
    ]
    const second = /Call-ID: second\r\n[\s\S]*\r\n\r\n/
    const answers = ways.map(async (say) => {
      const connection = await openTls(target)
      return hear(connection, second, () => say(connection))
    })
    this.memory.set(memory, await Promise.all(answers))
  },
)

When('a hostile stranger sends credentials to port 5222 before STARTTLS', async function (this: LabWorld) {
  const connection = await openTcp(await expresswayAt(this, 5222))
  const answer = await hear(connection, /<\/stream:stream>/, async () => {
    connection.write(streamHeader)
    await connection.until(/<\/stream:features>/)
    connection.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>")
  })
  this.memory.set(memory, [answer])
})

When('a hostile stranger sends an XML entity bomb to port 5222 behind TLS', async function (this: LabWorld) {
  const connection = await openStartTls(await expresswayAt(this, 5222), streamHeader)
  // Ahead of a stream header of its own: an XML declaration may stand nowhere else.
  const answer = await hear(connection, /<\/stream:stream>/, () => connection.write(entityBomb + streamHeader))
  this.memory.set(memory, [answer])
})

When('a hostile stranger injects a stanza behind "starttls" on port 5222', async function (this: LabWorld) {
  const connection = await openTcp(await expresswayAt(this, 5222))
  const injected = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><presence/>"
  const answer = await hear(connection, /<\/stream:stream>/, async () => {
    connection.write(streamHeader)
    await connection.until(/<\/stream:features>/)
    connection.write(injected)
  })
  this.memory.set(memory, [answer])
})

Then('the hostile stranger is answered {string}', function (this: LabWorld, expected: string) {
  const [{ text }] = heard(this) as [Heard]
  if (!text.includes(expected)) throw new Mismatch('the answer to the stranger', expected, text)
  this.showRecord('vcse1', `answered a stranger ${expected}`)
})

Then(
  'the hostile stranger is answered each of them {string} in every way',
  function (this: LabWorld, expected: string) {
    for (const { text } of heard(this)) {
      const answers = text.split('\r\n').filter((line) => line.startsWith('SIP/2.0 '))
      if (answers.join() !== [expected, expected].join())
        throw new Mismatch('the answers', [expected, expected], answers)
    }
    this.showRecord('vcse1', `answered ${expected} to each, however it came`)
  },
)

Then('the challenge says that the nonce is stale', function (this: LabWorld) {
  const [{ text }] = heard(this) as [Heard]
  if (!/stale="?true/i.test(text)) throw new Mismatch('the challenge', 'stale=true', text)
})

Then('the hostile stranger was offered STARTTLS as required and no mechanism', function (this: LabWorld) {
  const [{ text }] = heard(this) as [Heard]
  const features = /<stream:features>([\s\S]*?)<\/stream:features>/.exec(text)?.[1] ?? ''
  if (!/<starttls[^>]*><required/.test(features) || /mechanism/.test(text)) {
    throw new Mismatch('the features in clear', 'starttls, required', features)
  }
  this.showRecord('vcse1', `offered in clear: ${features}`)
})

Then('the connection of the hostile stranger is closed', function (this: LabWorld) {
  const [{ isClosed }] = heard(this) as [Heard]
  if (!isClosed) throw new Mismatch('the connection', 'closed', 'open')
})
