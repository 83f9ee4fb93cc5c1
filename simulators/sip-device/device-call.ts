import type { Call } from '#simulators/protocol/endpoint/calls.ts'
import type { OwnDialog } from '#simulators/protocol/endpoint/own-dialog.ts'
import type { InDialogRequest, SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import { tagOf } from '#simulators/protocol/sip/address.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import { makeRequest, reasonPhrase } from '#simulators/protocol/sip/build.ts'
import { party } from '#simulators/protocol/sip/dialog.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipMessage, SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import { cseq, header, headers } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { RequestContent, Session, SessionEnd } from '#simulators/protocol/sip/session.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { CallMedia } from './call-media.ts'
import type { Credentials } from './credentials.ts'
import { answerTo } from './credentials.ts'
import { noResponse, withAuthorization } from './requests.ts'

export interface DeviceCallOptions {
  readonly agent: SipAgent
  /** With scheme. */
  readonly aor: string
  readonly displayName: string
  /** User-Agent, Server. */
  readonly product: string
  readonly credentials: Credentials
  readonly contact: (link: SipLink) => string
  /** Once, when nothing more comes of it. */
  readonly onEnded: (endedBy: string) => void
}

/** One call of a device: its INVITE session and its media, and what the book says of it. */
export class DeviceCall {
  readonly #call: Call
  readonly #options: DeviceCallOptions
  #session: Session | undefined
  #media: CallMedia | undefined
  /** Whose description has to come with the next ACK: that of an answer to our offer. */
  #awaitsAnswer = false
  #isNegotiating = false
  /** The answer that a 183 has carried already (RFC 3261 §13.2.1: the 2xx repeats it). */
  #early: Content | undefined
  #isOver = false

  constructor(call: Call, options: DeviceCallOptions) {
    this.#call = call
    this.#options = options
  }

  /** The offer in the INVITE that came; undefined where it had none. */
  get offered(): string | undefined {
    const text = this.#session?.invite?.request.body.toString('utf8') ?? ''
    return text === '' ? undefined : text
  }

  async openMedia(open: () => Promise<CallMedia>): Promise<void> {
    if (this.#media !== undefined) return
    const media = await open()
    if (this.#isOver) return media.close()
    this.#media = media
    this.#call.audio = media.audio
  }

  // --- we call ---

  invite(link: SipLink, { isLateOffer, headers }: { isLateOffer: boolean; headers: readonly string[] }): void {
    if (this.#isOver) return
    const { aor, displayName, credentials } = this.#options
    const { random } = credentials
    const localTag = random.hex(10)
    this.#call.sipCallId = `${random.hex(20)}@${link.connection.local.address}`
    const request = makeRequest({
      method: 'INVITE',
      uri: this.#call.peer,
      from: party(aor, { displayName, tag: localTag }),
      to: party(withoutParameters(this.#call.peer)),
      callId: this.#call.sipCallId,
      cseq: 1,
      extra: [...this.#own(link), ['User-Agent', this.#options.product], ...headerLines(headers)],
      ...(isLateOffer ? {} : { content: this.#offer() }),
    })
    this.#send(request, { link, localTag, hasCredentials: false })
  }

  // --- we are called ---

  take(agent: SipAgent, transaction: ServerTransaction): void {
    this.#session = agent.acceptInvite(transaction, {
      onCancelled: () => this.#cancelled(),
      onAcknowledged: (ack) => this.#acknowledged(ack),
      onRequest: (request, inside) => this.#request(request, inside),
      onEnded: (end) => this.#ended(end),
    })
  }

  ring(): void {
    this.#call.state = 'ringing'
    this.#respond(180)
  }

  /** 183 with the answer to the caller's offer; what is heard from now on is heard before the call is taken. */
  ringWithMedia(): void {
    if (this.#isOver || this.offered === undefined) return this.ring()
    const content = this.#answerTo(this.offered)
    if (content === undefined) return this.refuse(488)
    this.#early = content
    this.#call.state = 'ringing'
    this.#call.status = 183
    const session = this.#session!
    session.respond({ status: 183, extra: this.#own(session.link), content })
  }

  refuse(status: number, warning?: string): void {
    if (this.#isOver || this.#session?.isConfirmed === true) return
    this.#respond(status, warning === undefined ? [] : [['Warning', `305 - "${warning}"`]])
    this.give('refused')
  }

  /** Answers 200, with an answer where the INVITE had an offer and with an offer otherwise. */
  answer(): void {
    const session = this.#session
    if (this.#isOver || session === undefined || session.isConfirmed) return
    const content = this.#early ?? (this.offered === undefined ? this.#offer() : this.#answerTo(this.offered))
    if (content === undefined) return this.refuse(488)
    this.#awaitsAnswer = this.offered === undefined
    this.#call.status = 200
    this.#call.reason = 'OK'
    session.respond({ status: 200, extra: this.#own(session.link), content })
  }

  // --- both ---

  async setHold(isHeld: boolean): Promise<SipOutcome> {
    const session = this.#session
    if (session?.isConfirmed !== true || this.#isNegotiating) throw new Error(`${this.#call.id} cannot be held now`)
    this.#media?.audio.want(isHeld ? 'sendonly' : 'sendrecv')
    this.#isNegotiating = true
    const response = await this.#reoffer(session, 'INVITE')
    this.#isNegotiating = false
    if (response === undefined || response.status >= 300) this.#media?.audio.want(isHeld ? 'sendrecv' : 'sendonly')
    return response === undefined ? noResponse : { status: response.status, reason: response.reason }
  }

  /** UPDATE with an offer (RFC 3311). */
  async update(): Promise<SipOutcome> {
    const response = await this.#reoffer(this.#confirmed(), 'UPDATE')
    return response === undefined ? noResponse : { status: response.status, reason: response.reason }
  }

  async request({ method, headers = [], body }: InDialogRequest): Promise<SipOutcome & { readonly body: string }> {
    const session = this.#confirmed()
    const contact: HeaderLine = ['Contact', `<${this.#options.contact(session.link)}>`]
    const response = await this.#inDialog(session, method, {
      extra: [contact, ...headerLines(headers)],
      ...(body === undefined ? {} : { content: { type: body.type, body: body.text } }),
    })
    if (response === undefined) return { ...noResponse, body: '' }
    return { status: response.status, reason: response.reason, body: response.body.toString('utf8') }
  }

  get dialog(): OwnDialog {
    const dialog = this.#session?.dialog
    if (dialog === undefined) throw new Error(`${this.#call.id} has no dialog`)
    return { callId: dialog.callId, localTag: tagOf(dialog.local) ?? '', remoteTag: tagOf(dialog.remote) ?? '' }
  }

  hangUp(): void {
    const session = this.#session
    const isOutgoing = this.#call.direction === 'outgoing'
    if (session === undefined) return this.give('not sent')
    if (isOutgoing && !session.isConfirmed) this.#call.endedBy ??= 'cancelled'
    if (!isOutgoing && !session.isConfirmed) return this.refuse(480)
    const wasConfirmed = session.isConfirmed
    session.end()
    // A cancelled call is over when its INVITE is answered.
    if (wasConfirmed) this.give('BYE sent')
  }

  linkClosed(link: SipLink): void {
    const session = this.#session
    if (session?.link !== link || !session.isConfirmed) return
    session.end()
    this.give('connection lost')
  }

  /** Nothing more comes of this call. */
  give(endedBy: string): void {
    if (this.#isOver) return
    this.#isOver = true
    void this.#media?.close()
    this.#options.onEnded(endedBy)
  }

  #send(request: SipRequest, how: { link: SipLink; localTag: string; hasCredentials: boolean }): void {
    const { agent, credentials } = this.#options
    const { link, localTag } = how
    this.#session = agent.call(request, {
      link,
      localTag,
      user: {
        onProgress: (response) => this.#progress(response),
        onAnswered: (response) => this.#answered(request, response),
        onRefused: (status, response) => {
          const authorization = how.hasCredentials ? undefined : answerTo(response, request, credentials)
          if (authorization === undefined || this.#call.endedBy !== undefined) return this.#refused(status, response)
          const again = withAuthorization(request, authorization, cseq(request).number + 1)
          this.#send(again, { link, localTag, hasCredentials: true })
        },
        onRequest: (inside, transaction) => this.#request(inside, transaction),
        onEnded: (end) => this.#ended(end),
      },
    })
  }

  #progress({ status, reason }: SipResponse): void {
    if (this.#isOver) return
    Object.assign(this.#call, { status, reason })
    this.#call.state = 'ringing'
  }

  #answered(request: SipRequest, response: SipResponse): void {
    const session = this.#session!
    const sdp = response.body.toString('utf8')
    Object.assign(this.#call, { status: response.status, reason: response.reason })
    const isLateOffer = request.body.length === 0
    const answer = isLateOffer ? this.#answerTo(sdp) : undefined
    session.acknowledge(answer)
    const isUsable = isLateOffer ? answer !== undefined : this.#takeAnswer(sdp)
    if (isUsable) return void (this.#call.state = 'connected')
    session.end({ extra: [['Reason', 'SIP;cause=488;text="Not Acceptable Here"']] })
    this.give('no common media')
  }

  #refused(status: number, response: SipResponse | undefined): void {
    if (this.#isOver) return
    this.#call.status = status
    this.#call.reason = response?.reason
    this.#call.warning = response === undefined ? undefined : reasonsOf(response)
    this.give(response === undefined ? 'no response' : 'refused')
  }

  #cancelled(): void {
    Object.assign(this.#call, { status: 487, reason: 'Request Terminated' })
    this.give('CANCEL received')
  }

  /** The ACK to a 2xx of ours, with the answer where our 2xx had the offer. */
  #acknowledged(ack: SipRequest): void {
    if (this.#isOver) return
    const isUsable = !this.#awaitsAnswer || this.#takeAnswer(ack.body.toString('utf8'))
    this.#awaitsAnswer = false
    if (isUsable) return void (this.#call.state = 'connected')
    this.#session?.end()
    this.give('no common media')
  }

  #ended(end: SessionEnd): void {
    if (end.by === 'peer') this.#call.warning ??= reasonsOf(end.request)
    this.give(end.by === 'peer' ? 'BYE received' : end.by === 'no-ack' ? 'no ACK' : 'no response')
  }

  /** A request in the dialog. */
  #request(request: SipRequest, transaction: ServerTransaction): void {
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        return this.#negotiate(request, transaction)
      case 'OPTIONS':
      case 'INFO':
      case 'MESSAGE':
      case 'NOTIFY':
        this.#referred(request)
        return void transaction.respond({ status: 200, extra: [['Allow', allowed]] })
      default:
        return void transaction.respond({ status: 405, extra: [['Allow', allowed]] })
    }
  }

  /** RFC 3515 §2.4.4: a piece of a response tells how far our REFER got. */
  #referred(request: SipRequest): void {
    if (header(request, 'Event')?.toLowerCase().startsWith('refer') !== true) return
    const status = /^SIP\/2\.0 (\d{3})/.exec(request.body.toString('utf8'))?.[1]
    if (status !== undefined) this.#call.referral = Number(status)
  }

  #negotiate(request: SipRequest, transaction: ServerTransaction): void {
    const session = this.#session!
    const offer = request.body.toString('utf8')
    // RFC 3261 §14.2, RFC 3311 §5.2.
    if (this.#isNegotiating || this.#awaitsAnswer) return void transaction.respond({ status: 491 })
    const extra = this.#own(session.link)
    if (request.method === 'UPDATE' && offer === '') return void transaction.respond({ status: 200, extra })
    const content = offer === '' ? this.#offer() : this.#answerTo(offer)
    if (content === undefined) return void transaction.respond({ status: 488 })
    if (request.method === 'UPDATE') return void transaction.respond({ status: 200, extra, content })
    this.#awaitsAnswer = offer === ''
    session.answerInvite(transaction, { status: 200, extra, content })
  }

  #confirmed(): Session {
    if (this.#session?.isConfirmed !== true) throw new Error(`${this.#call.id} is not connected`)
    return this.#session
  }

  async #reoffer(session: Session, method: 'INVITE' | 'UPDATE'): Promise<SipResponse | undefined> {
    const response = await this.#inDialog(session, method, { extra: this.#own(session.link), content: this.#offer() })
    if (response === undefined || response.status >= 300) return response
    this.#takeAnswer(response.body.toString('utf8'))
    if (method === 'INVITE') session.acknowledge()
    return response
  }

  /** The final response, that to a second request with credentials where the first one was challenged. */
  async #inDialog(session: Session, method: string, parts: RequestContent): Promise<SipResponse | undefined> {
    const response = await finalInDialog(session, method, parts)
    const request = { method, uri: session.dialog?.remoteTarget ?? '' }
    const authorization = answerTo(response, request, this.#options.credentials)
    if (authorization === undefined) return response
    return finalInDialog(session, method, { ...parts, extra: [...(parts.extra ?? []), authorization] })
  }

  #offer(): Content {
    return { type: sdpType, body: this.#media!.offer() }
  }

  /** Undefined where the offer cannot be taken. */
  #answerTo(offer: string): Content | undefined {
    try {
      this.#media!.takeOffer(offer)
      return { type: sdpType, body: this.#media!.answer() }
    } catch {
      return undefined
    }
  }

  #takeAnswer(sdp: string): boolean {
    try {
      this.#media!.takeAnswer(sdp)
      return true
    } catch {
      return false
    }
  }

  #respond(status: number, extra: readonly HeaderLine[] = []): void {
    const session = this.#session!
    session.respond({ status, extra: status < 300 ? [...this.#own(session.link), ...extra] : extra })
    this.#call.status = status
    this.#call.reason = reasonPhrase(status)
  }

  /** What each message of ours that makes or refreshes a dialog carries. */
  #own(link: SipLink): HeaderLine[] {
    return [
      ['Contact', `<${this.#options.contact(link)}>`],
      ['Allow', allowed],
    ]
  }
}

export const allowed = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, MESSAGE'

const sdpType = 'application/sdp'

function finalInDialog(session: Session, method: string, parts: RequestContent): Promise<SipResponse | undefined> {
  return new Promise((resolve) => {
    session.request(method, parts, {
      onProvisional: () => {},
      onFinal: resolve,
      onFailure: () => resolve(undefined),
    })
  })
}

function headerLines(texts: readonly string[]): HeaderLine[] {
  return texts.map((text): HeaderLine => {
    const colon = text.indexOf(':')
    return [text.slice(0, colon), text.slice(colon + 1).trim()]
  })
}

function reasonsOf(message: SipMessage): string | undefined {
  return [...headers(message, 'Warning'), ...headers(message, 'Reason')].join(' | ') || undefined
}

/** RFC 3261 §8.1.1.2: To names the logical recipient. */
function withoutParameters(uri: string): string {
  return uri.replace(/[;?].*$/, '')
}
