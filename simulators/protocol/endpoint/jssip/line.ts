import JsSip from 'jssip'
import RequestSender from 'jssip/lib/RequestSender.js'
import sipMessage from 'jssip/lib/SIPMessage.js'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { problemOfOffer } from '../../media/audio-stream.ts'
import type { AudioStream } from '../../media/audio-stream.ts'
import type { Call } from '../calls.ts'
import { answerReferral } from '../front-answers.ts'
import { SipLink } from '../sip-link.ts'
import type { SipHead } from '../sip-head.ts'
import type {
  CallWishes,
  InDialogRequest,
  LineOptions,
  ServiceLine,
  SipOutcome,
  TelephoneLine,
} from '../telephone-line.ts'
import { dialledUri, noteInBook, registerOutcome, registrarUri } from '../telephone-line.ts'
import { librarySocket } from './library-socket.ts'
import { noTracks } from './sdes-peer-connection.ts'

/** What is used of JsSIP's sessions; its own types want a browser's. */
interface LibrarySession {
  readonly direction: 'incoming' | 'outgoing'
  readonly remote_identity: { readonly uri: { toString(): string } }
  answer(options: object): void
  terminate(options?: object): void
  _localHold: boolean
  isReadyToReOffer(): boolean
  _sendReinvite(options: { eventHandlers: { succeeded(): void; failed(): void } }): void
  isEnded(): boolean
  sendRequest(method: string, options: LibraryRequest): void
  readonly contact: string
  readonly _dialog: { readonly id: { call_id: string; local_tag: string; remote_tag: string } } | null
  on(event: string, listener: (details: { cause?: string }) => void): void
}

interface LibraryResponse {
  readonly status_code: number
  readonly reason_phrase: string
  readonly body: string | null
}

interface LibraryRequest {
  readonly extraHeaders: readonly string[]
  readonly body?: string
  readonly eventHandlers: {
    onSuccessResponse(response: LibraryResponse): void
    onErrorResponse(response: LibraryResponse): void
    onRequestTimeout(): void
    onTransportError(): void
    onDialogError(response: LibraryResponse): void
  }
}

interface LibraryEvent {
  readonly session: LibrarySession
  readonly request: { readonly call_id: string; readonly body?: string | null }
}

/** A line on JsSIP, over a connection to the edge (TLS) or to Unified CM (TCP); needs `pretendBrowser()` before. */
export async function openJsSipLine(
  network: HostNetwork,
  connection: Connection,
  options: LineOptions,
): Promise<TelephoneLine> {
  return new JsSipLine(network, connection, options)
}

class JsSipLine implements ServiceLine {
  readonly #options: LineOptions
  readonly #link: SipLink
  readonly #agent: InstanceType<typeof JsSip.UA>
  readonly #sessions = new Map<string, LibrarySession>()
  /** Last final response to an INVITE, by Call-ID. */
  readonly #finals = new Map<string, SipOutcome>()
  readonly #registration: { callId: string; fromTag: string; cseq: number; isFirst: boolean }
  readonly #random: HostNetwork['random']
  #lastRegister: SipOutcome | undefined
  #settleRegister: (() => void) | undefined
  #isClosed = false

  constructor(network: HostNetwork, connection: Connection, options: LineOptions) {
    this.#options = options
    const { random } = network
    this.#random = random
    this.#registration = {
      callId: `${random.hex(16)}@${connection.local.address}`,
      fromTag: random.hex(10),
      cseq: 100,
      isFirst: true,
    }
    this.#link = new SipLink(connection, {
      observe: (direction, head) => this.#observe(direction, head),
      answerInFront: (head) =>
        answerReferral({ book: options.calls, random, contact: () => `<${this.#contactUri()}>` }, head),
      ignores: () => options.rules.mode === 'silent',
      forLibrary: withoutRequestPending,
      holdBack: (head) => this.#crossing(head),
    })
    this.#agent = this.#openAgent(connection)
    this.#agent.start()
  }

  get isOpen(): boolean {
    return this.#link.isOpen
  }

  register(expires: number): Promise<SipOutcome> {
    if (!this.isOpen) return Promise.resolve({ status: 0, reason: 'the connection is closed' })
    const { node, number, contactParameters, registerHeaders, firstRegister } = this.#options
    const extra = this.#registration.isFirst && expires > 0 ? firstRegister : undefined
    this.#registration.isFirst = false
    const { callId, fromTag } = this.#registration
    const headers = [
      `Contact: <${this.#contactUri()}>;${contactParameters.join(';')}`,
      `Expires: ${expires}`,
      ...registerHeaders,
      ...(extra === undefined ? [] : [...extra.headers, `Content-Type: ${extra.contentType}`]),
    ]
    const parameters = {
      call_id: callId,
      cseq: ++this.#registration.cseq,
      from_tag: fromTag,
      to_uri: JsSip.URI.parse(`sip:${number}@${node}`),
    }
    const request = new sipMessage.OutgoingRequest(
      'REGISTER',
      JsSip.URI.parse(registrarUri(this.#options)),
      this.#agent,
      parameters,
      headers,
      extra?.body,
    )
    this.#lastRegister = undefined
    return new Promise((resolve) => {
      const settle = () => {
        this.#settleRegister = undefined
        resolve(this.#lastRegister ?? { status: 0, reason: 'no response' })
      }
      this.#settleRegister = settle
      new RequestSender(this.#agent, request, {
        onRequestTimeout: settle,
        onTransportError: settle,
        onReceiveResponse: ({ status_code: status }) => void (status >= 200 && settle()),
        onAuthenticated: () => void this.#registration.cseq++,
      }).send()
    })
  }

  get random() {
    return this.#random
  }

  get node(): string {
    return this.#options.node
  }

  async call(to: string, toneHz: number, { headers = [], withoutOffer = false }: CallWishes = {}): Promise<Call> {
    if (withoutOffer) throw new Error('JsSIP sends no INVITE without an offer')
    const { calls, node, openAudio } = this.#options
    const target = dialledUri(to, node)
    const call = calls.add('outgoing', target)
    call.audio = await openAudio(toneHz)
    // JsSIP announces its own call before the request is sent.
    this.#announced = ({ session, request }) => this.#track(session, call, request.call_id)
    this.#agent.call(target, { ...this.#mediaOptions(call.audio), extraHeaders: [...headers] } as never)
    this.#announced = undefined
    return call
  }

  async answer(call: Call): Promise<void> {
    const session = this.#sessionOf(call)
    call.audio = await this.#options.openAudio(this.#options.rules.toneHz)
    if (session.isEnded()) return call.audio.close()
    session.answer(this.#mediaOptions(call.audio))
  }

  async hangUp(call: Call): Promise<void> {
    const session = this.#sessions.get(call.id)
    if (session === undefined || session.isEnded()) return
    if (call.state !== 'connected' && call.direction === 'outgoing') call.endedBy ??= 'cancelled'
    session.terminate()
  }

  setHold(call: Call, isHeld: boolean): Promise<SipOutcome> {
    const session = this.#sessionOf(call)
    const sipCallId = call.sipCallId ?? ''
    this.#finals.delete(sipCallId)
    call.audio?.want(isHeld ? 'sendonly' : 'sendrecv')
    return new Promise((resolve, reject) => {
      const settle = () => resolve(this.#finals.get(sipCallId) ?? { status: 0, reason: 'no response' })
      session.on('ended', settle)
      if (!session.isReadyToReOffer()) {
        return reject(new Error(`${call.id} cannot be ${isHeld ? 'held' : 'resumed'} now`))
      }
      // The library's own hold ends the call where the re-INVITE is refused, also by a 491.
      session._localHold = isHeld
      session._sendReinvite({ eventHandlers: { succeeded: settle, failed: settle } })
    })
  }

  request(call: Call, { method, headers = [], body }: InDialogRequest): Promise<SipOutcome & { body: string }> {
    const session = this.#sessionOf(call)
    const type = body === undefined ? [] : [`Content-Type: ${body.type}`]
    return new Promise((resolve) => {
      const settle = (response?: LibraryResponse) =>
        resolve({
          status: response?.status_code ?? 0,
          reason: response?.reason_phrase ?? 'no response',
          body: response?.body ?? '',
        })
      session.sendRequest(method, {
        extraHeaders: [`Contact: ${session.contact}`, ...headers, ...type],
        ...(body === undefined ? {} : { body: body.text }),
        eventHandlers: {
          onSuccessResponse: settle,
          onErrorResponse: settle,
          onDialogError: settle,
          onRequestTimeout: settle,
          onTransportError: settle,
        },
      })
    })
  }

  /** A CANCEL is kept from the library until the call is answered, where that is how this endpoint meets calls. */
  #crossing(head: SipHead): Promise<void> | undefined {
    const call = this.#options.calls.bySipCallId(head.callId)
    if (this.#options.rules.mode !== 'crossing' || head.startLine.split(' ')[0] !== 'CANCEL') return undefined
    if (call === undefined || call.state === 'ended') return undefined
    return new Promise((resolve) => {
      this.#onAnswered = resolve
      this.answer(call).catch(resolve)
    })
  }

  async close(): Promise<void> {
    const { calls } = this.#options
    this.#isClosed = true
    this.#settleRegister?.()
    this.#link.close()
    this.#agent.stop()
    for (const call of calls.live) await calls.end(call, 'connection closed')
  }

  /** Our 2xx to an INVITE has gone out. */
  #onAnswered: (() => void) | undefined

  #announced: ((event: LibraryEvent) => void) | undefined

  #openAgent(connection: Connection): InstanceType<typeof JsSip.UA> {
    const { number, node, displayName, userId, password, route, userAgent, calls, onLost } = this.#options
    const agent = new JsSip.UA({
      sockets: [librarySocket(this.#link, route) as never],
      uri: `sip:${number}@${node}`,
      contact_uri: this.#contactUri(connection),
      display_name: displayName,
      authorization_user: userId,
      password,
      user_agent: userAgent,
      use_preloaded_route: route !== undefined,
      register: false,
      session_timers: false,
    })
    agent.on('newRTCSession', (event: unknown) => this.#announce(event as LibraryEvent))
    agent.on('disconnected', () => {
      // Said up to 32 s after our own closing, when the last transaction has ended: the endpoint has another line by then.
      if (this.#isClosed || this.#link.isOpen) return
      // The library would dial again by itself; the endpoint decides that.
      agent.stop()
      for (const call of calls.live) void calls.end(call, 'connection lost')
      this.#settleRegister?.()
      onLost()
    })
    return agent
  }

  #contactUri(connection: Connection = this.#link.connection): string {
    const { address } = connection.local
    const port = this.#options.contactPort ?? connection.local.port
    return `sip:${this.#options.contactUser}@${address}:${port};transport=${connection.tls === undefined ? 'tcp' : 'tls'}`
  }

  #announce(event: LibraryEvent): void {
    if (event.session.direction === 'outgoing') this.#announced?.(event)
    else void this.#incoming(event)
  }

  async #incoming({ session, request }: LibraryEvent): Promise<void> {
    const { calls, rules, isSecure } = this.#options
    const call = calls.add('incoming', session.remote_identity.uri.toString())
    this.#track(session, call, request.call_id)
    const offer = request.body ?? ''
    if (rules.mode === 'busy') return session.terminate({ status_code: 486 })
    if (rules.mode === 'reject') return session.terminate({ status_code: 603 })
    if (offer !== '' && problemOfOffer(offer, isSecure) !== undefined) return session.terminate({ status_code: 488 })
    if (rules.mode === 'auto') await this.answer(call)
  }

  #track(session: LibrarySession, call: Call, sipCallId: string): void {
    const { calls } = this.#options
    call.sipCallId = sipCallId
    this.#sessions.set(call.id, session)
    session.on('confirmed', () => {
      if (call.state !== 'ended') call.state = 'connected'
      const id = session._dialog?.id
      if (id !== undefined) call.dialog = { callId: id.call_id, localTag: id.local_tag, remoteTag: id.remote_tag }
    })
    const ended = ({ cause = 'ended' }: { cause?: string }) => {
      this.#sessions.delete(call.id)
      this.#finals.delete(sipCallId)
      void calls.end(call, cause)
    }
    session.on('ended', ended)
    session.on('failed', ended)
  }

  #observe(direction: 'sent' | 'received', head: SipHead): void {
    if (direction === 'sent' && head.method === 'INVITE' && head.status === 200) this.#onAnswered?.()
    noteInBook(this.#options.calls, direction, head)
    this.#lastRegister = registerOutcome(direction, head) ?? this.#lastRegister
    if (direction === 'received' && head.method === 'INVITE' && (head.status ?? 0) >= 200) {
      this.#finals.set(head.callId, { status: head.status!, reason: head.reason ?? '' })
    }
  }

  #mediaOptions(audio: AudioStream): object {
    return {
      mediaStream: noTracks,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [], audio },
    }
  }

  #sessionOf(call: Call): LibrarySession {
    const session = this.#sessions.get(call.id)
    if (session === undefined) throw new Error(`${call.id} is over`)
    return session
  }
}

/** COMPAT(jssip): it repeats a re-INVITE after a 491 by itself and under the same CSeq; we repeat it, with a new one. */
function withoutRequestPending(text: string, { status }: SipHead): string {
  return status === 491 ? text.replace(/^SIP\/2\.0 491/, 'SIP/2.0 488') : text
}
