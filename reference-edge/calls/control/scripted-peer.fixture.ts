import { realMonotonicClock } from '#runtime/clock.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Side, SipPeer } from '../../control/sip-peer.ts'
import { PeerUnreachable } from '../../control/sip-peer.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createRequest, createResponse } from '../../protocol/sip/message.ts'
import { parseMessage } from '../../protocol/sip/parse-message.ts'

/** What a test plays on one side of the VCS: keeps what it is sent, says what it is told to. */
export class ScriptedPeer {
  readonly received: SipMessage[] = []
  readonly peer: SipPeer
  readonly flow: SipFlow
  isReachable = true
  isOpen = true
  readonly #deliver: (message: SipMessage, flow: SipFlow) => void
  #taken = 0
  #branch = 0

  constructor(side: Side, zoneName: string, address: string, deliver: (message: SipMessage, flow: SipFlow) => void) {
    this.#deliver = deliver
    this.flow = {
      id: `tcp/${zoneName}/${address}`,
      reliable: true,
      local: { address: '127.9.3.10', port: 25_000 },
      remote: { address, port: 5060 },
      send: (bytes) => this.#take(bytes),
    }
    this.peer = {
      side,
      zoneName,
      transport: side === 'outside' ? 'TLS' : 'TCP',
      connect: async () => {
        if (!this.isReachable) throw new PeerUnreachable(`${zoneName} is down`)
        return this.flow
      },
    }
  }

  /** The next message, in order; ACK and 100 are taken like any other unless passed over. */
  async next(limitMs = 2_000): Promise<SipMessage> {
    const message = await waitFor(`a message at ${this.peer.zoneName}`, () => this.received[this.#taken], { limitMs })
    this.#taken++
    return message
  }

  async nextRequest(method: string): Promise<SipRequest> {
    const message = await this.next()
    if (message.kind !== 'request' || message.method !== method) {
      throw new Error(`wanted ${method}, got ${message.startLine}`)
    }
    return message
  }

  /** The next response that is not a 100. */
  async nextResponse(status: number): Promise<SipResponse> {
    const message = await this.next()
    if (message.kind === 'response' && message.status === 100 && status !== 100) return this.nextResponse(status)
    if (message.kind !== 'response' || message.status !== status) {
      throw new Error(`wanted ${status}, got ${message.startLine}`)
    }
    return message
  }

  get hasMore(): boolean {
    return this.received.length > this.#taken
  }

  say(message: SipMessage): void {
    const parsed = parseMessage(message.toBuffer())
    if (!parsed.ok) throw new Error(`the test says nonsense: ${parsed.fault}`)
    this.#deliver(parsed.message, this.flow)
  }

  request(
    method: string,
    requestUri: string,
    headers: ReadonlyArray<readonly [string, string]>,
    body?: string,
  ): SipRequest {
    const { address } = this.flow.remote
    const request = createRequest({
      method,
      requestUri,
      headers: [
        ['Via', `SIP/2.0/TCP ${address}:5060;branch=z9hG4bK-${this.peer.side}-${++this.#branch}`],
        ['Max-Forwards', '70'],
        ...headers,
        ...(body === undefined ? [] : [['Content-Type', 'application/sdp'] as const]),
      ],
      ...(body === undefined ? {} : { body }),
    })
    this.say(request)
    return request
  }

  respond(
    request: SipRequest,
    status: number,
    reason: string,
    options: {
      toTag?: string
      contact?: string
      body?: string
      headers?: ReadonlyArray<readonly [string, string]>
    } = {},
  ): void {
    const { toTag = `tag-${this.peer.side}`, contact, body, headers = [] } = options
    const response = createResponse(request, status, reason, {
      toTag,
      headers: [
        ...(contact === undefined ? [] : [['Contact', `<${contact}>`] as const]),
        ...headers,
        ...(body === undefined ? [] : [['Content-Type', 'application/sdp'] as const]),
      ],
      ...(body === undefined ? {} : { body }),
    })
    this.say(response)
  }

  #take(bytes: Buffer): boolean {
    if (!this.isOpen) return false
    const parsed = parseMessage(Buffer.from(bytes))
    if (!parsed.ok) throw new Error(`ill-formed message sent: ${parsed.fault}\n${bytes.toString()}`)
    // As a socket does: what is sent arrives later, not inside the sender's call.
    realMonotonicClock.after(0, () => this.received.push(parsed.message))
    return true
  }
}
