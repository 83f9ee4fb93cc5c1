import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import { makeRequest } from '#simulators/protocol/sip/build.ts'
import { party } from '#simulators/protocol/sip/dialog.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import { cseq, withHeaderOnTop } from '#simulators/protocol/sip/message.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import type { Credentials } from './credentials.ts'
import { answerTo } from './credentials.ts'

/** What became of a request: its final response, and the request that this answers (the second one after a challenge). */
export interface Answered {
  readonly request: SipRequest
  /** Absent where none came. */
  readonly response?: SipResponse
}

/** A series of requests outside any INVITE's dialog with one Call-ID: REGISTERs, PUBLISHes, a subscription. */
export class RequestSeries {
  readonly callId: string
  readonly localTag: string
  readonly #options: { readonly agent: SipAgent; readonly credentials: Credentials; readonly aor: string }
  #sequence = 0

  constructor(options: { agent: SipAgent; credentials: Credentials; aor: string; host: string }) {
    const { random } = options.credentials
    this.#options = options
    this.callId = `${random.hex(20)}@${options.host}`
    this.localTag = random.hex(10)
  }

  /** The next request of the series, from our address of record to `to`. */
  send(
    link: SipLink,
    parts: { method: string; uri: string; to: string; extra: readonly HeaderLine[]; content?: Content },
  ): Promise<Answered> {
    const { aor } = this.#options
    const { to, ...rest } = parts
    const request = makeRequest({
      ...rest,
      from: party(aor, { tag: this.localTag }),
      to: party(to),
      callId: this.callId,
      cseq: ++this.#sequence,
    })
    return this.#answered(link, request)
  }

  /** A request made for this series' dialog; its sequence number is the dialog's. */
  sendMade(link: SipLink, request: SipRequest): Promise<Answered> {
    this.#sequence = Math.max(this.#sequence, cseq(request).number)
    return this.#answered(link, request)
  }

  async #answered(link: SipLink, request: SipRequest): Promise<Answered> {
    const { agent, credentials } = this.#options
    const response = await finalResponse(agent, link, request)
    const authorization = answerTo(response, request, credentials)
    if (authorization === undefined) return { request, ...(response === undefined ? {} : { response }) }
    const again = withAuthorization(request, authorization, ++this.#sequence)
    const second = await finalResponse(agent, link, again)
    return { request: again, ...(second === undefined ? {} : { response: second }) }
  }
}

/** The same request once more, with credentials and the next sequence number (RFC 3261 §22.1). */
export function withAuthorization(request: SipRequest, authorization: HeaderLine, sequence: number): SipRequest {
  const headers = request.headers.map(([name, value]): HeaderLine => {
    return name === 'CSeq' ? [name, `${sequence} ${request.method}`] : [name, value]
  })
  return withHeaderOnTop({ ...request, headers }, ...authorization)
}

/** The final response; undefined where the connection broke or nothing came in time. */
export function finalResponse(agent: SipAgent, link: SipLink, request: SipRequest): Promise<SipResponse | undefined> {
  return new Promise((resolve) => {
    agent.transactions.send(request, link, {
      onProvisional: () => {},
      onFinal: resolve,
      onFailure: () => resolve(undefined),
    })
  })
}

export function outcomeOf({ response }: Answered): SipOutcome {
  return response === undefined ? noResponse : { status: response.status, reason: response.reason }
}

export const noResponse: SipOutcome = { status: 0, reason: 'no response' }
