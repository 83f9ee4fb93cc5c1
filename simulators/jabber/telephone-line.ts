import { Core, Inviter, SessionState, UserAgent } from 'sip.js'
import type { Invitation, Session, URI } from 'sip.js'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import type { Call } from '#simulators/protocol/endpoint/calls.ts'
import { answerInFront } from '#simulators/protocol/endpoint/front-answers.ts'
import { SipLink } from '#simulators/protocol/endpoint/sip-link.ts'
import type {
  CallWishes,
  InDialogRequest,
  LineOptions,
  ServiceLine,
  SipOutcome,
  TelephoneLine,
} from '#simulators/protocol/endpoint/telephone-line.ts'
import { dialledUri, noteInBook, registerOutcome, registrarUri } from '#simulators/protocol/endpoint/telephone-line.ts'
import { problemOfOffer } from '#simulators/protocol/media/audio-stream.ts'
import { libraryTransport } from './library-transport.ts'
import { sessionDescriptionHandler } from './session-description.ts'
import type { DescriptionOptions } from './session-description.ts'

/** A line of Jabber on SIP.js, over a connection to the edge (TLS) or to Unified CM (TCP). */
export async function openJabberLine(
  network: HostNetwork,
  connection: Connection,
  options: LineOptions,
): Promise<TelephoneLine> {
  const line = new JabberLine(network, connection, options)
  await line.start()
  return line
}

class JabberLine implements ServiceLine {
  readonly #options: LineOptions
  readonly #network: HostNetwork
  readonly #link: SipLink
  readonly #agent: UserAgent
  readonly #sessions = new Map<string, Session>()
  readonly #callOf = new WeakMap<Session, Call>()
  readonly #registrar: URI
  #lastRegister: SipOutcome | undefined
  #settleRegister: (() => void) | undefined
  readonly #registration: { callId: string; fromTag: string; cseq: number; isFirst: boolean }

  constructor(network: HostNetwork, connection: Connection, options: LineOptions) {
    this.#network = network
    this.#options = options
    const { calls } = options
    this.#link = new SipLink(connection, {
      observe: (direction, head) => {
        noteInBook(calls, direction, head)
        // The library reports a 408 of its own where nothing was received.
        this.#lastRegister = registerOutcome(direction, head) ?? this.#lastRegister
      },
      ignores: () => options.rules.mode === 'silent',
      answerInFront: (head) =>
        answerInFront({ book: calls, random: network.random, contact: () => this.#agent.contact.toString() }, head),
    })
    this.#agent = this.#openAgent(connection)
    this.#registrar = uriOf(registrarUri(options))
    const { random } = network
    // A Jabber's Call-ID begins with groups of its device's address (wire facts §6.1).
    const groups = [8, 8, 8, 8].map((length) => random.hex(length)).join('-')
    this.#registration = {
      callId: `${groups}@${connection.local.address}`,
      fromTag: random.hex(32),
      cseq: 100,
      isFirst: true,
    }
  }

  get isOpen(): boolean {
    return this.#link.isOpen
  }

  async start(): Promise<void> {
    await this.#agent.start()
  }

  register(expires: number): Promise<SipOutcome> {
    const { firstRegister, registerHeaders, contactParameters } = this.#options
    const extra = this.#registration.isFirst && expires > 0 ? firstRegister : undefined
    this.#registration.isFirst = false
    const core = this.#agent.userAgentCore
    const message = core.makeOutgoingRequestMessage(
      'REGISTER',
      this.#registrar,
      this.#agent.configuration.uri,
      this.#agent.configuration.uri,
      { callId: this.#registration.callId, fromTag: this.#registration.fromTag, cseq: ++this.#registration.cseq },
      [
        `Contact: <${this.#agent.contact.uri.toString()}>;${contactParameters.join(';')}`,
        `Expires: ${expires}`,
        `Date: ${this.#network.clocks.wall.now().toUTCString()}`,
        ...registerHeaders,
        ...(extra?.headers ?? []),
      ],
      extra && { contentDisposition: 'session', contentType: extra.contentType, content: extra.body },
    )
    if (!this.#link.isOpen) return Promise.resolve({ status: 0, reason: 'the connection is closed' })
    this.#lastRegister = undefined
    return new Promise((resolve) => {
      const settle = () => {
        // Credentials make the library raise the number itself.
        this.#registration.cseq = message.cseq
        this.#settleRegister = undefined
        resolve(this.#lastRegister ?? { status: 0, reason: 'no response' })
      }
      this.#settleRegister = settle
      core.register(message, { onAccept: settle, onReject: settle, onRedirect: settle })
    })
  }

  get random() {
    return this.#network.random
  }

  get node(): string {
    return this.#options.node
  }

  async call(to: string, toneHz: number, { headers = [], withoutOffer = false }: CallWishes = {}): Promise<Call> {
    const { calls, node } = this.#options
    const target = uriOf(dialledUri(to, node))
    const call = calls.add('outgoing', target.toString())
    const inviter = new Inviter(this.#agent, target, {
      earlyMedia: false,
      inviteWithoutSdp: withoutOffer,
      extraHeaders: [...headers],
    })
    call.audio = await this.#options.openAudio(toneHz)
    this.#track(inviter, call, inviter.request.callId)
    await inviter.invite()
    return call
  }

  async answer(call: Call): Promise<void> {
    const session = this.#sessionOf(call)
    if (!('accept' in session)) throw new Error(`${call.id} is not an incoming call`)
    await this.#accept(session as Invitation, call)
  }

  async hangUp(call: Call): Promise<void> {
    const session = this.#sessions.get(call.id)
    if (session === undefined || session.state === SessionState.Terminated) return
    if (session.state === SessionState.Established) {
      await session.bye()
    } else if (session instanceof Inviter) {
      call.endedBy ??= 'cancelled'
      await session.cancel()
    } else {
      await (session as Invitation).reject({ statusCode: 603 })
    }
  }

  setHold(call: Call, isHeld: boolean): Promise<SipOutcome> {
    const sessionDescriptionHandlerOptions: DescriptionOptions = { hold: isHeld }
    return new Promise((resolve, reject) => {
      this.#sessionOf(call)
        .invite({
          sessionDescriptionHandlerOptions,
          requestDelegate: {
            onAccept: ({ message }) => resolve({ status: message.statusCode ?? 0, reason: message.reasonPhrase ?? '' }),
            onReject: ({ message }) => resolve({ status: message.statusCode ?? 0, reason: message.reasonPhrase ?? '' }),
          },
        })
        .catch(reject)
    })
  }

  request(call: Call, { method, headers = [], body }: InDialogRequest): Promise<SipOutcome & { body: string }> {
    const { dialog } = this.#sessionOf(call)
    if (dialog === undefined) throw new Error(`${call.id} has no dialog`)
    const message = (dialog as unknown as Core.Dialog).createOutgoingRequestMessage(method, {
      extraHeaders: [`Contact: ${this.#agent.contact.toString()}`, ...headers],
      ...(body === undefined
        ? {}
        : { body: { contentDisposition: 'session', contentType: body.type, content: body.text } }),
    })
    return new Promise((resolve) => {
      const settle = ({ message: response }: Core.IncomingResponse) =>
        resolve({ status: response.statusCode ?? 0, reason: response.reasonPhrase ?? '', body: response.body })
      new Core.UserAgentClient(Core.NonInviteClientTransaction, this.#agent.userAgentCore, message, {
        onAccept: settle,
        onReject: settle,
      })
    })
  }

  async close(): Promise<void> {
    this.#link.close()
    // What the library still schedules, such as timer F of 32 s, ends with its core.
    this.#agent.userAgentCore.dispose()
    for (const call of this.#options.calls.live) await this.#options.calls.end(call, 'connection closed')
  }

  #openAgent(connection: Connection): UserAgent {
    const { number, node, displayName, userId, password, route, userAgent, contactUser, onLost, calls } = this.#options
    const link = this.#link
    const agent = new UserAgent({
      uri: uriOf(`sip:${number}@${node}`),
      displayName,
      authorizationUsername: userId,
      authorizationPassword: password,
      // SIP.js drops every response whose top Via has another host than this text, or any port.
      viaHost: connection.local.address,
      contactName: contactUser,
      contactParams: { transport: connection.tls === undefined ? 'tcp' : 'tls' },
      userAgentString: userAgent,
      ...(route === undefined ? {} : { preloadedRouteSet: [route] }),
      logBuiltinEnabled: false,
      logLevel: 'error',
      gracefulShutdown: false,
      transportConstructor: function transportConstructor() {
        return libraryTransport(link)
      } as never,
      sessionDescriptionHandlerFactory: (session) => sessionDescriptionHandler(this.#audioOf(session)),
      delegate: {
        onInvite: (invitation) => void this.#incoming(invitation),
        onNotify: (notification) => void notification.accept(),
        onDisconnect: () => {
          for (const call of calls.live) void calls.end(call, 'connection lost')
          this.#settleRegister?.()
          onLost()
        },
      },
    })
    agent.contact.uri.port = connection.local.port
    return agent
  }

  async #incoming(invitation: Invitation): Promise<void> {
    const { calls, rules, isSecure } = this.#options
    const call = calls.add('incoming', invitation.remoteIdentity.uri.toString())
    this.#track(invitation, call, invitation.request.callId)
    const offer = invitation.request.body
    if (rules.mode === 'busy') return invitation.reject({ statusCode: 486 })
    if (rules.mode === 'reject') return invitation.reject({ statusCode: 603 })
    if (offer !== '' && problemOfOffer(offer, isSecure) !== undefined) return invitation.reject({ statusCode: 488 })
    if (rules.mode === 'ring') return void (await invitation.progress())
    if (rules.mode === 'early media') return this.#announce(invitation, call)
    await this.#accept(invitation, call)
  }

  /** Speaks before it answers: 183 with a description (RFC 3960). */
  async #announce(invitation: Invitation, call: Call): Promise<void> {
    call.audio = await this.#options.openAudio(this.#options.rules.toneHz)
    await invitation.progress({ statusCode: 183 })
  }

  async #accept(invitation: Invitation, call: Call): Promise<void> {
    call.audio ??= await this.#options.openAudio(this.#options.rules.toneHz)
    // A call that was cancelled meanwhile cannot be accepted any more.
    if (invitation.state === SessionState.Initial) await invitation.accept().catch(() => {})
    if (call.state === 'ended') await call.audio.close()
  }

  #track(session: Session, call: Call, sipCallId: string): void {
    call.sipCallId = sipCallId
    this.#sessions.set(call.id, session)
    this.#callOf.set(session, call)
    session.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.#connected(session, call)
      if (state !== SessionState.Terminated) return
      this.#sessions.delete(call.id)
      void this.#options.calls.end(call, 'refused')
    })
  }

  #connected({ dialog }: Session, call: Call): void {
    call.state = 'connected'
    if (dialog === undefined) return
    call.dialog = { callId: dialog.callId, localTag: dialog.localTag, remoteTag: dialog.remoteTag }
  }

  async #audioOf(session: Session) {
    const audio = this.#callOf.get(session)?.audio
    if (audio === undefined) throw new Error('the call has no audio stream')
    return audio
  }

  #sessionOf(call: Call): Session {
    const session = this.#sessions.get(call.id)
    if (session === undefined) throw new Error(`${call.id} is over`)
    return session
  }
}

function uriOf(text: string): URI {
  const uri = UserAgent.makeURI(text)
  if (uri === undefined) throw new Error(`${text} is no SIP URI`)
  return uri
}
