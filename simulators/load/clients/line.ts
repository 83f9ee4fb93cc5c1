import type { Timer } from '#runtime/clock.ts'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { SipAgent } from '#simulators/protocol/sip/agent.ts'
import { makeRequest } from '#simulators/protocol/sip/build.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import { addressOf, party } from '#simulators/protocol/sip/dialog.ts'
import { answerChallenge, parseDigest } from '#simulators/protocol/sip/digest.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { LoadUser } from '../configuration.ts'
import type { Measures } from '../measures.ts'
import { Stage } from '../measures.ts'

export interface LineOptions {
  readonly network: HostNetwork
  readonly measures: Measures
  readonly connection: Connection
  readonly user: LoadUser
  /** Name of the Unified CM node. */
  readonly node: string
  /** From the edge configuration; none inside. */
  readonly route: string | undefined
  readonly onInvite: (transaction: ServerTransaction) => void
  /** It was registered and is no longer, against its will. */
  readonly onLost: (why: string) => void
}

/** A registered line of one client, kept alive, on a connection of its own. */
export class Line {
  readonly agent: SipAgent
  readonly link: SipLink
  readonly #options: LineOptions
  readonly #callId: string
  readonly #tag: string
  #cseq = 100
  #keepalive: Timer | undefined
  #isRegistered = false
  #isClosing = false

  constructor(options: LineOptions) {
    const { network, connection } = options
    const { random, clocks } = network
    this.#options = options
    this.#callId = `${random.hex(24)}@${connection.local.address}`
    this.#tag = random.hex(16)
    this.agent = new SipAgent({
      network,
      clock: clocks.monotonic,
      random,
      ports: { tcp: undefined, tls: undefined },
      limits: { maxMessageBytes: 16_384 },
      user: {
        onRequest: (request, transaction) => this.#request(request, transaction),
        onLinkClosed: () => this.#lost('connection closed'),
      },
    })
    this.link = this.agent.take(connection)
  }

  get isRegistered(): boolean {
    return this.#isRegistered
  }

  get contactUri(): string {
    const { address, port } = this.link.connection.local
    return `sip:${this.#options.user.id}@${address}:${port};transport=${this.link.transport.toLowerCase()}`
  }

  newTag(): string {
    return this.#options.network.random.hex(16)
  }

  /** Registers and goes on doing so each 115 s; rejects with what it was refused with. */
  async register(): Promise<void> {
    const { measures, network } = this.#options
    await measures.timed(Stage.register, () => this.#register(3_600))
    this.#isRegistered = true
    this.#keepalive = network.clocks.monotonic.after(keepaliveMs, () => void this.#keepAlive())
  }

  /** Unregisters, where it is registered, and hangs up the connection. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#keepalive?.cancel()
    if (this.#isRegistered && this.link.isOpen) await this.#register(0).catch(() => {})
    this.#isRegistered = false
    this.agent.stop()
  }

  /** An INVITE of this line, with its Route and credentials as far as a challenge asks for them. */
  invitation(to: string, tag: string, more: { content: Content; challenge?: SipResponse | undefined }): SipRequest {
    const uri = `sip:${to}@${this.#options.node}`
    return this.#made('INVITE', {
      uri,
      to: party(uri),
      callId: `${this.#options.network.random.hex(24)}@${this.link.connection.local.address}`,
      tag,
      cseq: 101,
      extra: [['Contact', `<${this.contactUri}>`], ...this.#credentials('INVITE', uri, more.challenge)],
      content: more.content,
    })
  }

  async #keepAlive(): Promise<void> {
    const { measures, network } = this.#options
    try {
      await measures.timed(Stage.keepalive, () => this.#register(3_600))
      if (!this.#isClosing) this.#keepalive = network.clocks.monotonic.after(keepaliveMs, () => void this.#keepAlive())
    } catch (error) {
      this.#lost((error as Error).message)
    }
  }

  async #register(expires: number): Promise<void> {
    let answer = await this.#sendRegister(expires, undefined)
    // A wrong nonce is told once; twice means that the credentials are wrong.
    if (answer.status === 401 || answer.status === 407) answer = await this.#sendRegister(expires, answer)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.reason}`)
  }

  #sendRegister(expires: number, challenge: SipResponse | undefined): Promise<SipResponse> {
    const { user, node } = this.#options
    const uri = `sip:${node}`
    const device = `+u.sip!devicename.ccm.cisco.com="${user.device}"`
    const request = this.#made('REGISTER', {
      uri,
      to: party(`sip:${user.line}@${node}`),
      callId: this.#callId,
      tag: this.#tag,
      cseq: ++this.#cseq,
      extra: [
        ['Contact', `<${this.contactUri}>;${device};video`],
        ['Expires', String(expires)],
        ['User-Agent', 'MRA-Load'],
        ['Supported', 'replaces,norefersub,X-cisco-srtp-fallback,X-cisco-sis-6.0.0'],
        ...this.#credentials('REGISTER', uri, challenge),
      ],
    })
    return new Promise((resolve, reject) => {
      this.agent.transactions.send(request, this.link, {
        onProvisional: () => {},
        onFinal: resolve,
        onFailure: (why) => reject(new Error(why === 'timeout' ? 'no answer' : 'connection lost')),
      })
    })
  }

  #made(
    method: string,
    parts: {
      uri: string
      to: ReturnType<typeof party>
      callId: string
      tag: string
      cseq: number
      extra: readonly HeaderLine[]
      content?: Content
    },
  ): SipRequest {
    const { user, node, route } = this.#options
    const { tag, ...others } = parts
    return makeRequest({
      method,
      ...others,
      from: party(`sip:${user.line}@${node}`, { tag }),
      ...(route === undefined ? {} : { routes: [addressOf(route)] }),
    })
  }

  #credentials(method: string, uri: string, challenge: SipResponse | undefined): HeaderLine[] {
    if (challenge === undefined) return []
    const [asked, answered] =
      challenge.status === 401
        ? (['WWW-Authenticate', 'Authorization'] as const)
        : (['Proxy-Authenticate', 'Proxy-Authorization'] as const)
    const digest = parseDigest(header(challenge, asked) ?? '')
    const { user, network } = this.#options
    const credentials = { user: user.id, password: user.password, cnonce: network.random.hex(16), count: 1 }
    const value = digest && answerChallenge(digest, { method, uri }, credentials)
    return value === undefined ? [] : [[answered, value]]
  }

  #request(request: SipRequest, transaction: ServerTransaction): void {
    if (request.method === 'INVITE') return this.#options.onInvite(transaction)
    // NOTIFY of message waiting, OPTIONS, remote call control: heard, and of no consequence here.
    transaction.respond({ status: 200, toTag: this.#tag })
  }

  #lost(why: string): void {
    this.#keepalive?.cancel()
    if (this.#isClosing || !this.#isRegistered) return
    this.#isRegistered = false
    this.#options.onLost(why)
  }
}

/** Unified CM grants 120 s; clients are back 5 s before (wire facts §6.5). */
const keepaliveMs = 115_000
