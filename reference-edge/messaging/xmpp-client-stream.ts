import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, TlsIdentity } from '#runtime/network.ts'
import { endGently } from './gentle-end.ts'
import { SaslGate } from './sasl-gate.ts'
import type { Stanza } from './stanza.ts'
import { attributeOf, childOf, isStanza, Namespace, stanza, summaryOf, textOf, writeStanza } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'
import { streamError } from './stream-condition.ts'
import { StreamReader } from './stream-reader.ts'
import type { MessagingSession } from './edge-session.ts'
import type { XcpLinkServer } from './xcp-link-server.ts'

export interface XmppClientStreamOptions {
  readonly connection: Connection
  readonly environment: HostEnvironment
  readonly link: Pick<XcpLinkServer, 'openSession'>
  readonly domains: () => readonly string[]
  readonly identity: TlsIdentity
  readonly authenticationMs: number
  /** The client said what no client says; more than five tries at SASL are part of it. */
  onProtocolViolation(): void
  onClosed(): void
}

export interface ClientStreamStatus {
  readonly address: string
  readonly isSecure: boolean
  readonly isAuthenticated: boolean
  readonly domain?: string
  /** Full JID, once bound. */
  readonly jid?: string
}

/**
 * One client on 5222. In clear it may ask for TLS and nothing else; behind TLS the Expressway reads every stanza into
 * a tree and the link writes it anew, so that no two parsers can disagree about the same bytes.
 */
export class XmppClientStream {
  readonly #options: XmppClientStreamOptions
  readonly #gate = new SaslGate()
  readonly #limit: { cancel(): void }
  #connection: Connection
  #reader: StreamReader
  #session: MessagingSession | undefined
  #phase: 'clear' | 'handshake' | 'secure' | 'closed' = 'clear'
  #hasSentHeader = false
  #domain: string | undefined
  #jid: string | undefined

  constructor(options: XmppClientStreamOptions) {
    this.#options = options
    this.#connection = options.connection
    this.#reader = this.#newReader()
    const { clocks } = options.environment
    this.#limit = clocks.monotonic.after(options.authenticationMs, () => this.close('connection-timeout'))
    this.#listenTo(options.connection)
  }

  status(): ClientStreamStatus {
    return {
      address: this.#connection.remote.address,
      isSecure: this.#phase === 'secure',
      isAuthenticated: this.#gate.isAuthenticated,
      ...(this.#domain === undefined ? {} : { domain: this.#domain }),
      ...(this.#jid === undefined ? {} : { jid: this.#jid }),
    }
  }

  /** Ends the stream; with a stream error where there is a condition. */
  close(condition?: StreamCondition): void {
    if (this.#phase === 'closed') return
    const mayWrite = this.#phase !== 'handshake' && !this.#connection.stream.destroyed
    if (mayWrite && condition !== undefined) {
      // RFC 6120 §4.9.1.2: the header comes before the error.
      if (!this.#hasSentHeader) this.#sendHeader()
      this.#write(streamError(condition))
    }
    this.#phase = 'closed'
    this.#reader.stop()
    this.#limit.cancel()
    this.#session?.close()
    this.#session = undefined
    if (mayWrite) endGently(this.#connection, this.#options.environment.clocks, '</stream:stream>')
    else this.#connection.destroy()
    this.#options.onClosed()
  }

  #newReader(): StreamReader {
    this.#hasSentHeader = false
    return new StreamReader(
      {
        onHeader: (header, contentNamespace) => this.#takeHeader(header, contentNamespace),
        onStanza: (element, isLast) => this.#takeElement(element, isLast),
        onEnd: () => this.close(),
      },
      clientLimits,
    )
  }

  #listenTo(connection: Connection): void {
    connection.stream.on('data', this.#takeBytes)
    connection.stream.once('close', () => {
      if (connection === this.#connection && this.#phase !== 'handshake') this.close()
    })
  }

  readonly #takeBytes = (bytes: Buffer): void => {
    const condition = this.#phase === 'closed' ? undefined : this.#reader.write(bytes)
    if (condition !== undefined) this.#refuse(condition)
  }

  #takeHeader(header: Stanza, contentNamespace: string): void {
    const [to, from] = [attributeOf(header, 'to'), attributeOf(header, 'from')]
    this.#trace('received', `<stream:stream> ${from ?? ''}→ ${to ?? ''}`.slice(0, 200), header)
    const refusal = this.#refusalOf(header, contentNamespace)
    if (refusal !== undefined) return this.#refuse(refusal)
    this.#domain = to!.toLowerCase()
    this.#sendHeader()
    if (this.#phase === 'clear') {
      const startTls = stanza('starttls', Namespace.tls, {}, [stanza('required', Namespace.tls)])
      return this.#write(stanza('features', Namespace.stream, {}, [startTls]))
    }
    if (this.#session !== undefined) {
      this.#gate.restarted()
      return this.#session.reopen()
    }
    this.#openSession(this.#domain)
  }

  #refusalOf(header: Stanza, contentNamespace: string): StreamCondition | undefined {
    if (!isStanza(header, 'stream', Namespace.stream)) return 'invalid-namespace'
    if (contentNamespace !== Namespace.client) return 'invalid-namespace'
    if (attributeOf(header, 'version') !== '1.0') return 'unsupported-version'
    const to = attributeOf(header, 'to')?.toLowerCase()
    if (to === undefined) return 'improper-addressing'
    const isOther = this.#session !== undefined && to !== this.#domain
    return isOther || !this.#options.domains().includes(to) ? 'host-unknown' : undefined
  }

  /** SASL mechanisms come from IM and Presence: without a link to it none can be offered. */
  #openSession(domain: string): void {
    const session = this.#options.link.openSession(
      { address: this.#connection.remote.address, domain },
      {
        onElement: (element) => this.#takeFromInside(element),
        onClosed: (condition) => {
          this.#session = undefined
          this.close(condition)
        },
        onHoldBack: (isHeld) => (isHeld ? this.#connection.stream.pause() : this.#connection.stream.resume()),
      },
    )
    if (session === 'unavailable') return this.close('internal-server-error')
    if (session === 'full') return this.close('resource-constraint')
    this.#session = session
  }

  #takeElement(element: Stanza, isLast: boolean): void {
    this.#trace('received', summaryOf(element), element)
    if (this.#phase === 'clear') return this.#takeInClear(element, isLast)
    const refusal = this.#gate.fromClient(element)
    if (refusal !== undefined) return this.#refuse(refusal)
    this.#session?.send(element)
  }

  #refuse(condition: StreamCondition): void {
    // A domain may be unknown because the Control has not told of it yet.
    if (condition !== 'host-unknown' && this.#phase !== 'closed') this.#options.onProtocolViolation()
    this.close(condition)
  }

  #takeInClear(element: Stanza, isLast: boolean): void {
    if (!isStanza(element, 'starttls', Namespace.tls)) return this.#refuse('not-authorized')
    // RFC 6120 §5.4.3.3: nothing may follow before TLS; whoever put it there is not the client (CVE-2011-0411).
    if (!isLast) return this.#refuse('policy-violation')
    void this.#startTls()
  }

  async #startTls(): Promise<void> {
    const clear = this.#connection
    this.#reader.stop()
    clear.stream.pause()
    clear.stream.removeListener('data', this.#takeBytes)
    this.#write(stanza('proceed', Namespace.tls))
    this.#phase = 'handshake'
    try {
      const { environment, identity } = this.#options
      const secure = await environment.network.startTlsAsServer(clear, { identity })
      // The deadline may have passed meanwhile.
      if (!this.#isInHandshake()) return secure.destroy()
      this.#connection = secure
      this.#phase = 'secure'
      this.#reader = this.#newReader()
      this.#listenTo(secure)
    } catch {
      this.close()
    }
  }

  #isInHandshake(): boolean {
    return this.#phase === 'handshake'
  }

  #takeFromInside(element: Stanza): void {
    const wasAuthenticated = this.#gate.isAuthenticated
    this.#gate.fromServer(element)
    this.#write(element)
    if (!wasAuthenticated && this.#gate.isAuthenticated) {
      this.#limit.cancel()
      this.#reader = this.#newReader()
    }
    const bound = childOf(element, 'bind', Namespace.bind)
    const jid = bound === undefined ? undefined : childOf(bound, 'jid')
    if (jid !== undefined) this.#jid = textOf(jid)
  }

  #sendHeader(): void {
    this.#hasSentHeader = true
    const { random, domain } = this.#options.environment
    const from = this.#domain ?? domain
    this.#connection.stream.write(
      `<?xml version='1.0'?><stream:stream xmlns='${Namespace.client}' xmlns:stream='${Namespace.stream}' ` +
        `from='${from.replace(/[^\w.-]/g, '')}' id='${random.hex(32)}' version='1.0' xml:lang='en-US.UTF-8'>`,
    )
  }

  #write(element: Stanza): void {
    if (this.#phase === 'closed') return
    const text = writeStanza(element, Namespace.client, writtenChars)
    if (text === undefined) return
    this.#connection.traceMessage('sent', 'XMPP', summaryOf(element), text)
    const { stream } = this.#connection
    stream.write(text)
    // A client that does not read must not fill the memory.
    if (stream.writableLength > waitingBytes) {
      this.#connection.destroy()
      this.close()
    }
  }

  #trace(direction: 'received', summary: string, element: Stanza): void {
    if (!this.#options.environment.trace.hasMessages) return
    this.#connection.traceMessage(direction, 'XMPP', summary, writeStanza(element, '', writtenChars) ?? '')
  }
}

const clientLimits = { stanzaBytes: 256 * 1024, depth: 64 }
const writtenChars = 1024 * 1024
const waitingBytes = 2 * 1024 * 1024
