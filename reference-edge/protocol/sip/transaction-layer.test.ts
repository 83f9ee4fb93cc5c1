import { describe, expect, test } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { messageBytes, type FixtureMessage } from './messages.fixture.ts'
import type { SipFlow } from './flow.ts'
import { createResponse, type SipMessage, type SipRequest, type SipResponse } from './message.ts'
import { parseMessage } from './parse-message.ts'
import type { ServerTransaction } from './server-transaction.ts'
import { TransactionLayer } from './transaction-layer.ts'

class FakeFlow implements SipFlow {
  readonly id: string
  readonly reliable: boolean
  readonly local = { address: '127.0.0.1', port: 5061 }
  readonly remote: { address: string; port: number }
  /** Start lines sent, with the method of CSeq behind responses. */
  readonly sent: string[] = []
  last: SipMessage | undefined
  isOpen = true

  constructor(reliable: boolean, address = '127.0.0.2') {
    this.id = `${address} ${reliable}`
    this.reliable = reliable
    this.remote = { address, port: 40_000 }
  }

  send(bytes: Buffer): boolean {
    if (!this.isOpen) return false
    this.last = parse(bytes)
    const { last } = this
    this.sent.push(last.kind === 'request' ? last.method : `${last.status} ${last.cseq?.method}`)
    return true
  }

  /** What was sent since the last time. */
  taken(): string[] {
    return this.sent.splice(0)
  }
}

function parse(bytes: Buffer): SipMessage {
  const result = parseMessage(bytes)
  if (!result.ok) throw new Error(result.fault)
  return result.message
}

function request(method: string, given: FixtureMessage = {}): SipRequest {
  const message = parse(messageBytes({ startLine: `${method} sip:1001@cucm1.example.com SIP/2.0`, ...given }))
  if (message.kind !== 'request') throw new Error('not a request')
  return message
}

function core(options: { limit?: number } = {}) {
  const clock = new ManualClock()
  const requests: ServerTransaction[] = []
  const acks: SipRequest[] = []
  const strays: SipResponse[] = []
  const user = {
    onRequest: (transaction: ServerTransaction) => void requests.push(transaction),
    onAck: (ack: SipRequest) => void acks.push(ack),
    onStrayResponse: (response: SipResponse) => void strays.push(response),
  }
  return { clock, requests, acks, strays, layer: new TransactionLayer({ clock, user, ...options }) }
}

/** A client transaction in a core of its own; `events` is what its user learnt. */
function client(method: string, reliable: boolean) {
  const parts = core()
  const flow = new FakeFlow(reliable)
  const events: string[] = []
  const sent = request(method)
  const transaction = parts.layer.request(sent, flow, {
    onResponse: (response) => void events.push(`${response.status}`),
    onTimeout: () => void events.push('timeout'),
    onTransportError: () => void events.push('transport error'),
  })!
  const answer = (status: number) => parts.layer.receive(createResponse(sent, status, 'Answer', { toTag: 'far' }), flow)
  return { ...parts, flow, events, transaction, answer }
}

/** A server transaction in a core of its own. */
function server(method: string, reliable: boolean) {
  const parts = core()
  const flow = new FakeFlow(reliable)
  const receive = (what: string) => parts.layer.receive(request(what), flow)
  receive(method)
  const transaction = parts.requests[0]!
  const respond = (status: number) => transaction.respond(createResponse(transaction.request, status, 'Answer'))
  return { ...parts, flow, receive, transaction, respond }
}

const nothingLeft = ({ clock, layer }: ReturnType<typeof core>) => {
  expect(layer.counters).toMatchObject({ client: 0, server: 0 })
  expect(clock.pending).toBe(0)
}

describe('INVITE client (RFC 3261 §17.1.1, RFC 6026 §8.4)', () => {
  test('unreliable: timer A doubles, timer B ends', () => {
    const parts = client('INVITE', false)
    const times: number[] = []
    for (let at = 0; at < 33_000; at += 500) {
      if (parts.flow.taken().length > 0) times.push(at)
      parts.clock.advance(500)
    }
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
    expect(parts.events).toEqual(['timeout'])
    nothingLeft(parts)
  })

  test('reliable: sent once, timer B ends', () => {
    const parts = client('INVITE', true)
    parts.clock.advance(31_999)
    expect([parts.flow.sent, parts.events]).toEqual([['INVITE'], []])
    parts.clock.advance(1)
    expect(parts.events).toEqual(['timeout'])
    nothingLeft(parts)
  })

  test('a provisional response stops both timers', () => {
    const parts = client('INVITE', false)
    parts.answer(180)
    parts.clock.advance(600_000)
    expect([parts.flow.sent, parts.events, parts.transaction.state]).toEqual([['INVITE'], ['180'], 'proceeding'])
  })

  test('2xx: accepted for timer M, each 2xx is handed up, none acknowledged here', () => {
    const parts = client('INVITE', false)
    parts.answer(200)
    parts.answer(200)
    parts.answer(486)
    expect([parts.flow.sent, parts.events]).toEqual([['INVITE'], ['200', '200']])
    parts.clock.advance(32_000)
    nothingLeft(parts)
    parts.answer(200)
    expect(parts.strays).toHaveLength(1)
  })

  test('refusal, unreliable: acknowledged each time for timer D', () => {
    const parts = client('INVITE', false)
    parts.answer(486)
    parts.answer(486)
    expect([parts.flow.taken(), parts.events]).toEqual([['INVITE', 'ACK', 'ACK'], ['486']])
    const ack = parts.flow.last!
    expect(ack.first('to')).toContain('tag=far')
    expect(ack.first('via')).toBe(parts.transaction.request.first('via'))
    expect(ack.all('route')).toEqual(parts.transaction.request.all('route'))
    expect(ack.cseq).toEqual({ number: 101, method: 'ACK' })
    parts.clock.advance(32_000)
    nothingLeft(parts)
  })

  test('refusal, reliable: acknowledged, over at once', () => {
    const parts = client('INVITE', true)
    parts.answer(486)
    expect(parts.flow.sent).toEqual(['INVITE', 'ACK'])
    nothingLeft(parts)
  })

  test('CANCEL waits for a provisional response, and is not sent after a final one', () => {
    const parts = client('INVITE', true)
    parts.layer.cancel(parts.transaction)
    expect(parts.flow.taken()).toEqual(['INVITE'])
    parts.answer(100)
    expect(parts.flow.taken()).toEqual(['CANCEL'])
    expect(parts.flow.last?.topVia).toEqual(parts.transaction.request.topVia)
    const late = client('INVITE', true)
    late.answer(200)
    late.layer.cancel(late.transaction)
    expect(late.flow.sent).toEqual(['INVITE'])
  })
})

describe('other clients (RFC 3261 §17.1.2)', () => {
  test('unreliable: timer E doubles up to T2, is T2 when proceeding, timer F ends', () => {
    const parts = client('REGISTER', false)
    const times: number[] = []
    for (let at = 0; at < 33_000; at += 500) {
      if (parts.flow.taken().length > 0) times.push(at)
      parts.clock.advance(500)
    }
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect(parts.events).toEqual(['timeout'])
    nothingLeft(parts)
  })

  test('proceeding: repeated every T2', () => {
    const parts = client('REGISTER', false)
    parts.clock.advance(200)
    parts.answer(100)
    parts.flow.taken()
    parts.clock.advance(300)
    expect(parts.flow.taken()).toEqual(['REGISTER'])
    parts.clock.advance(3999)
    expect(parts.flow.taken()).toEqual([])
    parts.clock.advance(1)
    expect(parts.flow.taken()).toEqual(['REGISTER'])
  })

  test('the final response is handed up once; timer K absorbs the rest', () => {
    const parts = client('REGISTER', false)
    for (const status of [100, 401, 401]) parts.answer(status)
    expect(parts.events).toEqual(['100', '401'])
    parts.clock.advance(5000)
    nothingLeft(parts)
  })

  test('reliable: over with the final response', () => {
    const parts = client('REGISTER', true)
    parts.answer(200)
    expect(parts.events).toEqual(['200'])
    nothingLeft(parts)
  })
})

describe('INVITE server (RFC 3261 §17.2.1, RFC 6026 §8.7)', () => {
  test('100 after 200 ms unless there is another answer', () => {
    const { clock, flow } = server('INVITE', true)
    clock.advance(199)
    expect(flow.sent).toEqual([])
    clock.advance(1)
    expect(flow.sent).toEqual(['100 INVITE'])
    const quick = server('INVITE', true)
    quick.respond(180)
    quick.clock.advance(1000)
    expect(quick.flow.sent).toEqual(['180 INVITE'])
  })

  test('a repeated INVITE repeats the last provisional response', () => {
    const { flow, receive, respond, requests } = server('INVITE', false)
    respond(100)
    respond(180)
    receive('INVITE')
    expect([flow.sent, requests.length]).toEqual([['100 INVITE', '180 INVITE', '180 INVITE'], 1])
  })

  test('refusal, unreliable: timer G repeats until the ACK, timer I absorbs ACKs', () => {
    const parts = server('INVITE', false)
    parts.respond(486)
    parts.clock.advance(500 + 1000 + 2000 + 4000 + 4000)
    expect(parts.flow.taken()).toEqual(Array(6).fill('486 INVITE'))
    parts.receive('INVITE')
    expect(parts.flow.taken()).toEqual(['486 INVITE'])
    parts.receive('ACK')
    parts.receive('ACK')
    parts.receive('INVITE')
    parts.clock.advance(4999)
    expect([parts.flow.sent, parts.acks, parts.transaction.state]).toEqual([[], [], 'confirmed'])
    parts.clock.advance(1)
    nothingLeft(parts)
  })

  test('refusal without an ACK: timer H', () => {
    const parts = server('INVITE', true)
    const learnt: string[] = []
    parts.transaction.observe({ onTimeout: () => void learnt.push('timeout') })
    parts.respond(486)
    parts.clock.advance(32_000)
    expect([parts.flow.sent, learnt]).toEqual([['486 INVITE'], ['timeout']])
    nothingLeft(parts)
  })

  test('2xx: the user repeats it, INVITEs are absorbed, the ACK is handed up, timer L ends', () => {
    const parts = server('INVITE', false)
    expect([parts.respond(200), parts.respond(200), parts.respond(486)]).toEqual([true, true, false])
    parts.receive('INVITE')
    parts.receive('ACK')
    expect([parts.flow.sent, parts.acks.length]).toEqual([['200 INVITE', '200 INVITE'], 1])
    parts.clock.advance(32_000)
    nothingLeft(parts)
  })

  test('CANCEL is a transaction of its own and finds its INVITE', () => {
    const { layer, receive, requests, transaction } = server('INVITE', true)
    receive('CANCEL')
    expect(requests).toHaveLength(2)
    expect(layer.inviteOf(requests[1]!)).toBe(transaction)
    const alone = server('CANCEL', true)
    expect(alone.layer.inviteOf(alone.transaction)).toBeUndefined()
  })
})

describe('other servers (RFC 3261 §17.2.2)', () => {
  test('repetitions: ignored, then answered with the last response until timer J', () => {
    const parts = server('REGISTER', false)
    parts.receive('REGISTER')
    expect(parts.flow.sent).toEqual([])
    parts.respond(100)
    parts.receive('REGISTER')
    parts.respond(200)
    parts.receive('REGISTER')
    expect(parts.respond(403)).toBe(false)
    expect(parts.flow.sent).toEqual(['100 REGISTER', '100 REGISTER', '200 REGISTER', '200 REGISTER'])
    parts.clock.advance(32_000)
    nothingLeft(parts)
  })

  test('reliable: over with the final response', () => {
    const parts = server('REGISTER', true)
    expect(parts.respond(200)).toBe(true)
    expect(parts.flow.sent).toEqual(['200 REGISTER'])
    nothingLeft(parts)
  })
})

describe('matching', () => {
  const Via = (host: string, branch: string) => ({ replace: { Via: `SIP/2.0/TCP ${host};branch=${branch}` } })

  test('branch, sent-by, method and source make a transaction', () => {
    const { layer, requests } = core()
    const flow = new FakeFlow(true)
    layer.receive(request('REGISTER', Via('10.0.0.1', 'z9hG4bK1')), flow)
    layer.receive(request('REGISTER', Via('10.0.0.1:5060', 'z9hG4bK1')), flow)
    expect(requests).toHaveLength(1)
    layer.receive(request('REGISTER', Via('10.0.0.1', 'z9hG4bK2')), flow)
    layer.receive(request('REGISTER', Via('10.0.0.2', 'z9hG4bK1')), flow)
    layer.receive(request('OPTIONS', Via('10.0.0.1', 'z9hG4bK1')), flow)
    layer.receive(request('REGISTER', Via('10.0.0.1', 'z9hG4bK1')), new FakeFlow(true, '127.0.0.3'))
    expect(requests).toHaveLength(5)
  })

  test.each(['1', 'z9hG4bK'])('a branch without the cookie (%s) matches as RFC 2543 does', (branch) => {
    const { layer, requests, acks } = core()
    const flow = new FakeFlow(false)
    const invite = request('INVITE', Via('10.0.0.1', branch))
    layer.receive(invite, flow)
    layer.receive(invite, flow)
    expect(requests).toHaveLength(1)
    requests[0]!.respond(createResponse(invite, 486, 'Busy Here', { toTag: 'edge' }))
    const ack = request('ACK', Via('10.0.0.1', branch)).set('To', '<sip:1001@cucm1.example.com>;tag=edge')
    layer.receive(ack, flow)
    expect([requests[0]!.state, acks.length]).toEqual(['confirmed', 0])
    layer.receive(request('INVITE', { replace: { ...Via('10.0.0.1', branch).replace, CSeq: '102 INVITE' } }), flow)
    expect(requests).toHaveLength(2)
  })

  test('a response to nothing is handed up and changes nothing', () => {
    const { layer, strays, transaction, flow } = client('REGISTER', true)
    layer.receive(createResponse(request('REGISTER', Via('10.0.0.1', 'z9hG4bKguess')), 200, 'OK'), flow)
    layer.receive(createResponse(request('INVITE'), 200, 'OK'), flow)
    expect([strays.length, transaction.state]).toEqual([2, 'trying'])
  })

  test('an ACK that belongs to nothing is handed up', () => {
    const { layer, acks } = core()
    layer.receive(request('ACK'), new FakeFlow(true))
    expect(acks).toHaveLength(1)
  })
})

describe('failures and bounds', () => {
  test('a flow that takes no bytes is a transport error', () => {
    const parts = client('REGISTER', false)
    parts.flow.isOpen = false
    parts.clock.advance(500)
    expect(parts.events).toEqual(['transport error'])
    nothingLeft(parts)
  })

  test('a closed connection ends its transactions and no others', () => {
    const parts = client('INVITE', true)
    const other = new FakeFlow(true, '127.0.0.9')
    parts.layer.receive(request('REGISTER'), other)
    parts.layer.flowClosed(parts.flow)
    expect(parts.events).toEqual(['transport error'])
    expect(parts.layer.counters).toMatchObject({ client: 0, server: 1 })
    parts.layer.stop()
    nothingLeft(parts)
  })

  test('a full table: 503 to new requests, nothing sent for ours, old ones live on', () => {
    const { layer, requests } = core({ limit: 1 })
    const flow = new FakeFlow(true)
    layer.receive(request('REGISTER'), flow)
    layer.receive(request('OPTIONS'), flow)
    expect(flow.taken()).toEqual(['503 OPTIONS'])
    const user = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} }
    expect(layer.request(request('INVITE'), flow, user)).toBeUndefined()
    expect([requests.length, flow.sent.length, layer.counters.refused]).toEqual([1, 0, 2])
    requests[0]!.respond(createResponse(requests[0]!.request, 200, 'OK'))
    layer.receive(request('OPTIONS'), flow)
    expect(requests).toHaveLength(2)
  })
})
