import type { Timer } from '#runtime/clock.ts'
import type { Connection, Endpoint, HostNetwork, TlsFacts } from '#runtime/network.ts'
import type { SipFlow } from './flow.ts'
import { type StreamEvent, StreamFramer } from './framer.ts'
import type { SipMessage } from './message.ts'
import { MessageDeadline } from './message-deadline.ts'
import { type MessageLimits, parseMessage, type Refusal, responseToRefused } from './parse-message.ts'

export interface SipConnectionOptions {
  readonly network: Pick<HostNetwork, 'clocks' | 'random' | 'trace'>
  /** Called for each well-formed message, in the order of the stream. */
  readonly onMessage: (message: SipMessage, connection: SipConnection) => void
  /** A message that was refused; where it can be answered it has been. */
  readonly onRefused?: (refusal: Refusal, connection: SipConnection) => void
  /** Once, whoever closed it. `why` is for the log. */
  readonly onClose?: (connection: SipConnection, why: string) => void
  /** Who dialled receives pongs and sends pings (RFC 5626 §4.4.1); default: accepted. */
  readonly isDialled?: boolean
  readonly limits?: MessageLimits
  /** Absolute time from the first byte of a message to its last; default 30 000. */
  readonly messageMs?: number
  /** Closed after so much real time without a byte from the peer; never where it is left out. */
  readonly idleMs?: number
  /** A peer that leaves more than this unread is cut off; default 1 MiB. */
  readonly queuedBytes?: number
}

/**
 * A SIP flow over a stream (RFC 3261 §18, RFC 5626 §4.4.1): cuts it into messages, answers pings and what cannot be
 * parsed, writes messages joined per turn of the event loop, and bounds what a slow or silent peer can hold.
 */
export class SipConnection implements SipFlow {
  readonly reliable = true
  readonly #connection: Connection
  readonly #options: SipConnectionOptions
  readonly #framer: StreamFramer
  readonly #messageDeadline: MessageDeadline
  #idleMs: number | undefined
  #idleDeadline: Timer | undefined
  #isCorked = false
  #isOpen = true
  #why = 'closed by the peer'

  constructor(connection: Connection, options: SipConnectionOptions) {
    this.#connection = connection
    this.#options = options
    this.#idleMs = options.idleMs
    this.#framer = new StreamFramer({
      keepalive: options.isDialled === true ? 'pongs' : 'pings',
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    })
    const milliseconds = options.messageMs ?? 30_000
    this.#messageDeadline = new MessageDeadline({
      clock: options.network.clocks.monotonic,
      milliseconds,
      onExpired: () => this.destroy(`message not complete after ${milliseconds} ms`),
    })
    connection.stream.on('data', (chunk: Buffer) => this.#take(chunk))
    connection.stream.once('error', (error: Error) => (this.#why = error.message))
    connection.stream.once('end', () => this.close('closed by the peer'))
    connection.stream.once('close', () => this.#closed())
    this.#heardSomething()
  }

  /** The same text at both ends. */
  get id(): string {
    return this.#connection.id
  }

  get local(): Endpoint {
    return this.#connection.local
  }

  get remote(): Endpoint {
    return this.#connection.remote
  }

  get tls(): TlsFacts | undefined {
    return this.#connection.tls
  }

  /** As it stands in a Via. */
  get transport(): 'TLS' | 'TCP' {
    return this.#connection.tls === undefined ? 'TCP' : 'TLS'
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Queues a message; false where the connection is gone. */
  send(message: SipMessage | Buffer): boolean {
    if (!this.#isOpen) return false
    const bytes = Buffer.isBuffer(message) ? message : message.toBuffer()
    if (this.#options.network.trace.hasMessages) this.#traceSent(bytes)
    this.#write(bytes)
    return this.#isOpen
  }

  /** Sends the double CRLF of a keepalive. */
  ping(): void {
    if (this.#isOpen) this.#write(pingBytes)
  }

  /** Another limit than `idleMs` from now on; undefined for none. */
  limitIdle(idleMs: number | undefined): void {
    if (!this.#isOpen) return
    this.#idleMs = idleMs
    this.#heardSomething()
  }

  /** Writes what is queued and closes; a peer that does not take it is cut off. */
  close(why: string): void {
    if (!this.#isOpen) return
    this.#why = why
    this.#stopUsing()
    const { stream } = this.#connection
    this.#uncork()
    if (stream.destroyed) return
    const limit = this.#options.network.clocks.monotonic.after(lingerMs, () => stream.destroy())
    stream.once('close', () => limit.cancel())
    stream.end(() => stream.destroy())
  }

  /** Ends at once. */
  destroy(why: string): void {
    if (this.#isOpen) this.#why = why
    this.#stopUsing()
    this.#connection.destroy()
  }

  #take(chunk: Buffer): void {
    if (!this.#isOpen) return
    this.#heardSomething()
    const events = this.#framer.push(chunk)
    this.#messageDeadline.follow(this.#framer)
    for (const event of events) {
      if (!this.#isOpen) return
      this.#handle(event)
    }
  }

  #handle(event: StreamEvent): void {
    switch (event.kind) {
      case 'ping':
        return this.#write(pongBytes)
      case 'pong':
        return
      case 'refused':
        return this.#refuse(event.refusal)
      case 'message':
        return this.#deliver(event.message)
      default:
        event satisfies never
    }
  }

  /** A fault of ours ends the connection that met it, never the host. */
  #deliver(message: SipMessage): void {
    this.#traceReceived(message, summaryOf(message))
    try {
      this.#options.onMessage(message, this)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      this.destroy('fault while handling a message')
    }
  }

  #refuse(refusal: Refusal): void {
    const { message } = refusal
    if (message !== undefined) this.#traceReceived(message, `refused: ${refusal.fault}`)
    const response = responseToRefused(refusal, this.#options.network.random.hex(16))
    if (response !== undefined) this.send(response)
    this.#options.onRefused?.(refusal, this)
    if (refusal.isFramingLost) this.close(refusal.fault)
  }

  /** What is sent is parsed again for its summary: only where there is a trace. */
  #traceSent(bytes: Buffer): void {
    const parsed = parseMessage(bytes)
    const summary = parsed.ok ? summaryOf(parsed.message) : `ill-formed: ${parsed.fault}`
    this.#connection.traceMessage('sent', 'SIP', summary, bytes)
  }

  #traceReceived(message: SipMessage, summary: string): void {
    if (!this.#options.network.trace.hasMessages) return
    this.#connection.traceMessage('received', 'SIP', summary, message.toBuffer())
  }

  #write(bytes: Buffer): void {
    const { stream } = this.#connection
    if (!this.#isCorked) {
      this.#isCorked = true
      stream.cork()
      setImmediate(() => this.#uncork())
    }
    stream.write(bytes)
    if (stream.writableLength > (this.#options.queuedBytes ?? 1024 * 1024)) this.destroy('the peer does not read')
  }

  #uncork(): void {
    if (!this.#isCorked) return
    this.#isCorked = false
    this.#connection.stream.uncork()
  }

  #heardSomething(): void {
    const idleMs = this.#idleMs
    this.#idleDeadline?.cancel()
    if (idleMs === undefined) return
    this.#idleDeadline = this.#options.network.clocks.monotonic.after(idleMs, () =>
      this.close('Idle countdown expired'),
    )
  }

  #stopUsing(): void {
    this.#isOpen = false
    this.#messageDeadline.stop()
    this.#idleDeadline?.cancel()
  }

  #closed(): void {
    this.#stopUsing()
    this.#options.onClose?.(this, this.#why)
  }
}

/** One line for traces and logs: `REGISTER sip:example.com` or `200 OK (REGISTER)`. */
export function summaryOf(message: SipMessage): string {
  if (message.kind === 'request') return `${message.method} ${message.requestUri}`
  return `${message.status} ${message.reason} (${message.cseq?.method ?? '?'})`
}

const pingBytes = Buffer.from('\r\n\r\n')
const pongBytes = Buffer.from('\r\n')

/** How long a closing connection may take to deliver what is queued. */
const lingerMs = 2_000
