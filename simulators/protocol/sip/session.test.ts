import { describe, expect, test } from 'vitest'
import { makeRequest } from './build.ts'
import { party } from './dialog.ts'
import type { LinkedAgents } from './linked-agents.fixture.ts'
import { linkAgents } from './linked-agents.fixture.ts'
import type { SipRequest } from './message.ts'
import { header, headers } from './message.ts'
import type { ServerTransaction } from './server-transaction.ts'
import type { Session } from './session.ts'

interface Pair extends LinkedAgents {
  readonly told: string[]
  /** Session of the callee, once the INVITE is there. */
  readonly callee: () => Session
  readonly asked: ServerTransaction[]
}

/** The right agent takes INVITEs as sessions; both sides note what their sessions tell. */
function pair(): Pair {
  const told: string[] = []
  const asked: ServerTransaction[] = []
  let callee: Session | undefined
  const agents: LinkedAgents = linkAgents({
    left: { onRequest: (_, transaction) => void transaction.respond({ status: 501 }) },
    right: {
      onRequest: (request, transaction) => {
        if (request.method !== 'INVITE') return void asked.push(transaction)
        callee = agents.right.agent.acceptInvite(transaction, {
          onCancelled: () => void told.push('callee cancelled'),
          onAcknowledged: () => void told.push('callee acknowledged'),
          onEnded: (end) => void told.push(`callee ended by ${end.by}`),
          onRequest: (_, inside) => void asked.push(inside),
        })
      },
    },
  })
  return { ...agents, told, asked, callee: () => callee! }
}

function invite(): SipRequest {
  return makeRequest({
    method: 'INVITE',
    uri: 'sip:right@192.0.2.2',
    from: party('sip:left@192.0.2.1', { tag: 'left-tag' }),
    to: party('sip:right@192.0.2.2'),
    callId: 'c1',
    cseq: 1,
    extra: [['Contact', '<sip:left@192.0.2.1>']],
  })
}

function call({ left, told }: Pair): Session {
  return left.agent.call(invite(), {
    link: left.link,
    localTag: 'left-tag',
    user: {
      onProgress: (response) => void told.push(`caller hears ${response.status}`),
      onAnswered: () => void told.push('caller answered'),
      onRefused: (status) => void told.push(`caller refused ${status}`),
      onEnded: (end) => void told.push(`caller ended by ${end.by}`),
    },
  })
}

const withContact = { extra: [['Contact', '<sip:right@192.0.2.2>']] as const }

async function connected(): Promise<Pair & { session: Session }> {
  const both = pair()
  const session = call(both)
  await both.settle()
  both.callee().respond({ status: 180, ...withContact })
  both.callee().respond({ status: 200, ...withContact })
  await both.settle()
  session.acknowledge()
  await both.settle()
  return { ...both, session }
}

describe('a session', () => {
  test('is set up, takes requests in both directions, and is ended by BYE', async () => {
    const { session, callee, settle, told, asked, clock, left } = await connected()
    expect(told).toEqual(['caller hears 180', 'caller answered', 'callee acknowledged'])
    const answers: number[] = []
    const user = {
      onProvisional: () => {},
      onFinal: (response: { status: number }) => void answers.push(response.status),
      onFailure: () => {},
    }
    session.request('INFO', {}, user)
    await settle()
    expect(asked[0]!.request.uri).toBe('sip:right@192.0.2.2')
    asked[0]!.respond({ status: 200 })
    await settle()
    expect(answers).toEqual([200])
    callee().end()
    await settle()
    expect(told.at(-1)).toBe('caller ended by peer')
    clock.advance(64_000)
    expect([clock.pending, left.agent.transactions.size]).toEqual([0, 0])
  })

  test('a 2xx is repeated at T1, doubling to T2, until the ACK; without one the call is ended after 32 s', async () => {
    const both = pair()
    call(both)
    await both.settle()
    both.callee().respond({ status: 200, ...withContact })
    both.clock.advance(31_999)
    await both.settle()
    const answers = () => both.right.sent.filter((summary) => summary === '200 OK (INVITE)')
    expect(answers()).toHaveLength(11)
    both.clock.advance(1)
    await both.settle()
    expect(both.told).toContain('callee ended by no-ack')
    expect(both.right.sent.at(-1)).toMatch(/^BYE /)
  })

  test('the ACK is repeated for a repeated 2xx', async () => {
    const both = pair()
    const session = call(both)
    await both.settle()
    both.callee().respond({ status: 200, ...withContact })
    both.clock.advance(500)
    await both.settle()
    session.acknowledge()
    await both.settle()
    expect(both.told.filter((line) => line === 'caller answered')).toHaveLength(1)
    expect(both.told).toContain('callee acknowledged')
  })

  test('CANCEL waits for a provisional response; the INVITE is answered 487', async () => {
    const both = pair()
    const session = call(both)
    session.cancel()
    expect(both.left.sent).toEqual(['INVITE sip:right@192.0.2.2'])
    await both.settle()
    both.callee().respond({ status: 180, ...withContact })
    await both.settle()
    expect(both.left.sent.slice(1)).toEqual(['CANCEL sip:right@192.0.2.2', 'ACK sip:right@192.0.2.2'])
    expect(both.told).toEqual(['callee cancelled', 'caller refused 487'])
  })

  test('a 2xx that comes although the call was given up is acknowledged and ended', async () => {
    const both = pair()
    call(both).cancel()
    await both.settle()
    both.callee().respond({ status: 200, ...withContact })
    await both.settle()
    expect(both.left.sent.at(-1)).toMatch(/^BYE /)
    expect(both.told).toContain('caller refused 487')
    expect(both.told).toContain('callee ended by peer')
  })

  test('Timer B: an INVITE nobody answers fails after 32 s', async () => {
    const both = pair()
    call(both)
    both.clock.advance(31_999)
    expect(both.told).toEqual([])
    both.clock.advance(1)
    expect(both.told).toEqual(['caller refused 408'])
  })

  test('a request older than one seen before is answered 500', async () => {
    const { callee, left, settle, told, asked } = await connected()
    const dialog = callee().dialog!
    const old = makeRequest({
      method: 'INFO',
      uri: 'sip:right@192.0.2.2',
      from: dialog.remote,
      to: dialog.local,
      callId: 'c1',
      cseq: 1,
    })
    const answers: number[] = []
    const onFinal = (response: { status: number }) => void answers.push(response.status)
    left.agent.transactions.send(old, left.link, { onProvisional: () => {}, onFinal, onFailure: () => {} })
    await settle()
    expect(answers).toEqual([500])
    expect(asked).toEqual([])
    expect(told).not.toContain('callee ended by peer')
  })

  test('481 to a request in the dialog ends it', async () => {
    const { session, settle, told, asked } = await connected()
    session.request('UPDATE', {}, { onProvisional: () => {}, onFinal: () => {}, onFailure: () => {} })
    await settle()
    asked[0]!.respond({ status: 481 })
    await settle()
    expect(told.at(-1)).toBe('caller ended by failure')
  })
})

describe('transactions', () => {
  test('a repeated request is answered again and not asked twice; Timer F ends a client', async () => {
    const both = pair()
    const failures: string[] = []
    const options = makeRequest({
      method: 'OPTIONS',
      uri: 'sip:right@192.0.2.2',
      from: party('sip:left@192.0.2.1', { tag: 'a' }),
      to: party('sip:right@192.0.2.2'),
      callId: 'o1',
      cseq: 1,
    })
    const user = { onProvisional: () => {}, onFinal: () => {}, onFailure: (why: string) => void failures.push(why) }
    const transaction = both.left.agent.transactions.send(options, both.left.link, user)
    both.left.link.send(transaction.request)
    await both.settle()
    expect(both.asked).toHaveLength(1)
    both.clock.advance(32_000)
    expect(failures).toEqual(['timeout'])
  })

  test('a broken connection fails what is under way', async () => {
    const both = pair()
    call(both)
    await both.settle()
    both.right.link.close()
    await both.settle()
    expect(both.told).toEqual(['caller refused 503'])
  })

  test('responses carry received and rport where the Via asks or differs (RFC 3581)', async () => {
    const both = pair()
    const request = makeRequest({
      method: 'OPTIONS',
      uri: 'sip:right@192.0.2.2',
      from: party('sip:left@192.0.2.1', { tag: 'a' }),
      to: party('sip:right@192.0.2.2'),
      callId: 'v1',
      cseq: 1,
    })
    const via = ['Via', 'SIP/2.0/TCP 10.0.0.1:1234;branch=z9hG4bKv;rport'] as const
    both.left.link.send({ ...request, headers: [via, ...request.headers] })
    await both.settle()
    const seen = both.asked[0]!.request
    expect(headers(seen, 'Via')).toEqual(['SIP/2.0/TCP 10.0.0.1:1234;branch=z9hG4bKv;received=192.0.2.1;rport=5060'])
    expect(header(seen, 'Call-ID')).toBe('v1')
  })

  test('a message that does not end is given up after its deadline', async () => {
    const both = pair()
    both.left.link.connection.stream.write('OPTIONS sip:right@192.0.2.2 SIP/2.0\r\n')
    await both.settle()
    both.clock.advance(10_000)
    await both.settle()
    expect(both.right.link.isOpen).toBe(false)
  })
})
