import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clocks } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Connection } from '#runtime/network.ts'
import type { Random } from '#runtime/random.ts'
import { endGently } from './gentle-end.ts'
import type { Stanza } from './stanza.ts'
import { attributeOf, isStanza, Namespace, stanza, summaryOf, textOf, writeStanza } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'
import { streamError } from './stream-condition.ts'
import { StreamReader } from './stream-reader.ts'
import type { XcpFrame } from './xcp-frame.ts'
import { frameElement, frameOf, frameSummary } from './xcp-frame.ts'

export interface XcpLinkOptions {
  readonly connection: Connection
  /** The dialler proves that it knows the secret (XEP-0114 handshake); the acceptor asks for it. */
  readonly role: 'dialler' | 'acceptor'
  /** Name of this router on the stream, and of the other side. */
  readonly localName: string
  readonly remoteName: string
  readonly secret: string
  readonly isTraced: boolean
  /** Where each frame is named while its module is at DEBUG. */
  readonly log?: Log
  readonly clocks: Clocks
  readonly random: Random
  onReady(): void
  onFrame(frame: XcpFrame): void
  /** The bytes waiting to be sent have fallen below the limit again. */
  onDrain(): void
  /** Once, however it ends. */
  onClosed(reason: string): void
}

/** One XCP link: handshake, frames in both directions, a ping each 30 s that must be answered before the next. */
export class XcpLink {
  readonly #options: XcpLinkOptions
  readonly #reader: StreamReader
  readonly #limit: { cancel(): void }
  readonly #pings: { cancel(): void }
  readonly #streamId: string
  #isReady = false
  #isClosed = false
  #isPongDue = false
  #isCongested = false

  constructor(options: XcpLinkOptions) {
    this.#options = options
    const { connection, clocks, random } = options
    this.#streamId = random.hex(32)
    this.#reader = new StreamReader(
      {
        onHeader: (header) => this.#takeHeader(header),
        onStanza: (element) => this.#takeElement(element),
        onEnd: () => this.close('closed by the other side'),
      },
      { stanzaBytes: frameBytes, depth: 80 },
    )
    this.#limit = clocks.monotonic.after(handshakeMs, () => this.close(`no handshake within ${handshakeMs} ms`))
    this.#pings = clocks.wall.every(pingMs, 'XCP ping', () => this.#ping())
    connection.stream.on('data', (bytes: Buffer) => {
      const condition = this.#isClosed ? undefined : this.#reader.write(bytes)
      if (condition !== undefined) this.close(`unreadable: ${condition}`, condition)
    })
    connection.stream.on('drain', () => {
      this.#isCongested = false
      if (this.#isReady) options.onDrain()
    })
    connection.stream.on('close', () => this.close('connection lost'))
    if (options.role === 'dialler') this.#sendHeader({ to: options.remoteName })
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isClosed
  }

  /** True: hold back what produces frames until `onDrain`. */
  get isCongested(): boolean {
    return this.#isCongested
  }

  get remoteAddress(): string {
    return this.#options.connection.remote.address
  }

  /** False: the frame is longer than a link carries, and was not sent. */
  send(frame: XcpFrame): boolean {
    return !this.isReady || this.#write(frameElement(frame), frameSummary(frame))
  }

  /** Stops or resumes reading: what the link carries has nowhere to go. */
  pauseReading(isPaused: boolean): void {
    const { stream } = this.#options.connection
    if (this.#isClosed || stream.isPaused() === isPaused) return
    if (isPaused) stream.pause()
    else stream.resume()
  }

  close(reason: string, condition?: StreamCondition): void {
    if (this.#isClosed) return
    if (condition !== undefined && !this.#options.connection.stream.destroyed) {
      this.#write(streamError(condition), condition)
    }
    this.#isClosed = true
    this.#reader.stop()
    this.#limit.cancel()
    this.#pings.cancel()
    endGently(this.#options.connection, this.#options.clocks)
    this.#options.onClosed(reason)
  }

  #takeHeader(header: Stanza): void {
    if (!isStanza(header, 'stream', Namespace.stream)) return this.close('not a stream', 'invalid-namespace')
    if (this.#options.role === 'acceptor') {
      return this.#sendHeader({ from: this.#options.localName, id: this.#streamId })
    }
    const id = attributeOf(header, 'id') ?? ''
    this.#write(stanza('handshake', Namespace.component, {}, [proofOf(id, this.#options.secret)]), '<handshake>')
  }

  #takeElement(element: Stanza): void {
    if (!this.#isReady) return this.#takeHandshake(element)
    const frame = frameOf(element)
    if (frame === undefined) return this.close(`unknown frame <${element.name.slice(0, 40)}>`, 'bad-format')
    this.#trace('received', element, frameSummary(frame))
    if (frame.event === 'ping') return void this.send({ event: 'pong' })
    if (frame.event === 'pong') return void (this.#isPongDue = false)
    this.#options.onFrame(frame)
  }

  #takeHandshake(element: Stanza): void {
    this.#trace('received', element, summaryOf(element))
    if (isStanza(element, 'error', Namespace.stream)) return this.close('handshake refused')
    if (!isStanza(element, 'handshake', Namespace.component)) return this.close('no handshake', 'not-authorized')
    if (this.#options.role === 'acceptor') {
      if (!isProof(textOf(element), proofOf(this.#streamId, this.#options.secret))) {
        return this.close('handshake failed: wrong secret', 'not-authorized')
      }
      this.#write(stanza('handshake', Namespace.component), '<handshake>')
    }
    this.#limit.cancel()
    this.#isReady = true
    this.#options.onReady()
  }

  #ping(): void {
    if (!this.#isReady) return
    if (this.#isPongDue) return this.close('no answer to a ping')
    this.#isPongDue = true
    this.send({ event: 'ping' })
  }

  #sendHeader({ to, from, id }: { to?: string; from?: string; id?: string }): void {
    const attributes = Object.entries({ to, from, id }).flatMap(([name, value]) =>
      value === undefined ? [] : [` ${name}='${value.replace(/[<>&'"]/g, '')}'`],
    )
    const { stream } = this.#options.connection
    stream.write(
      `<stream:stream xmlns='${Namespace.component}' xmlns:stream='${Namespace.stream}'${attributes.join('')}>`,
    )
  }

  #write(element: Stanza, summary: string): boolean {
    const text = writeStanza(element, Namespace.component, frameBytes / 2)
    if (text === undefined) return false
    this.#trace('sent', element, summary, text)
    const { stream } = this.#options.connection
    if (!stream.write(text)) this.#isCongested = true
    if (stream.writableLength > waitingBytes) this.close('the other side does not read')
    return true
  }

  #trace(direction: 'sent' | 'received', element: Stanza, summary: string, text?: string): void {
    const { log, isTraced, remoteName } = this.#options
    if (log?.isDebugWanted === true) {
      log.debug(direction === 'sent' ? 'Sending frame' : 'Received frame', { Peer: remoteName, Frame: summary })
    }
    if (!isTraced) return
    const bytes = text ?? writeStanza(element, Namespace.component, frameBytes) ?? ''
    this.#options.connection.traceMessage(direction, 'XCP', summary, bytes)
  }
}

/** XEP-0114 §3: lower-case hexadecimal SHA-1 of stream id and secret. */
function proofOf(streamId: string, secret: string): string {
  return createHash('sha1')
    .update(streamId + secret)
    .digest('hex')
}

function isProof(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a!, b!)
}

const handshakeMs = 10_000
const pingMs = 30_000
/** A roster is longer than any stanza a client may send. */
const frameBytes = 2 * 1024 * 1024
const waitingBytes = 16 * 1024 * 1024
