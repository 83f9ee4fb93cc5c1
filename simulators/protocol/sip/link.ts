import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { Connection } from '#runtime/network.ts'
import { StreamFramer } from './framing.ts'
import { withoutParameter, withParameter, parameter } from './grammar.ts'
import type { SipMessage, SipRequest } from './message.ts'
import { headers, parseMessage, serialise, summarise, topVia } from './message.ts'
import { reasonPhrase } from './build.ts'
import type { HeaderLine } from './strict-parser.ts'
import { parseSipStrict } from './strict-parser.ts'
import { formatVia } from './via.ts'

export interface SipLinkLimits {
  readonly maxMessageBytes: number
  /** How long a message may take from its first byte to its last. Default 10 000. */
  readonly messageDeadlineMs?: number
  /** Unsent bytes at which the connection is given up. Default 4 MiB. */
  readonly maxUnsentBytes?: number
}

export interface SipLinkUser {
  onMessage(message: SipMessage, link: SipLink): void
  /** A message that breaks the grammar, or bytes that cannot be cut into messages (then the link closes). */
  onProblem(problem: { readonly clause: string; readonly problem: string }, link: SipLink): void
  onClosed(link: SipLink): void
}

/** One TCP or TLS connection that carries SIP. */
export class SipLink {
  readonly connection: Connection
  readonly transport: 'TCP' | 'TLS'
  readonly #user: SipLinkUser
  readonly #limits: SipLinkLimits
  readonly #clock: MonotonicClock
  readonly #framer: StreamFramer
  #deadline: Timer | undefined
  #isOpen = true

  constructor(connection: Connection, options: { user: SipLinkUser; limits: SipLinkLimits; clock: MonotonicClock }) {
    this.connection = connection
    this.transport = connection.tls === undefined ? 'TCP' : 'TLS'
    this.#user = options.user
    this.#limits = options.limits
    this.#clock = options.clock
    this.#framer = new StreamFramer(options.limits)
    connection.stream.on('data', (chunk: Buffer) => this.#take(chunk))
    connection.stream.once('end', () => this.close())
    connection.stream.once('close', () => this.#closed())
    if (connection.stream.destroyed) queueMicrotask(() => this.#closed())
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get remote(): { readonly address: string; readonly port: number } {
    return this.connection.remote
  }

  /** False where the connection is gone. */
  send(message: SipMessage): boolean {
    if (!this.#isOpen) return false
    const bytes = serialise(message)
    this.connection.traceMessage('sent', 'SIP', summarise(message), bytes)
    this.#write(bytes)
    return true
  }

  close(): void {
    if (!this.#isOpen) return
    this.connection.stream.end()
    this.connection.destroy()
    this.#closed()
  }

  #take(chunk: Buffer): void {
    for (const framed of this.#framer.push(chunk)) {
      if (!this.#isOpen) return
      if (framed.kind === 'message') this.#message(framed.bytes)
      // RFC 5626 §4.4.1: a double CRLF is answered by a single one.
      else if (framed.kind === 'ping') this.#write(Buffer.from('\r\n'))
      else this.#unreadable(framed)
    }
    this.#watchDeadline()
  }

  #message(bytes: Buffer): void {
    const parsed = parseMessage(bytes)
    if (parsed.ok) {
      const { message } = parsed
      this.connection.traceMessage('received', 'SIP', summarise(message), bytes)
      this.#user.onMessage(message.kind === 'request' ? withSource(message, this.remote) : message, this)
      return
    }
    this.connection.traceMessage('received', 'SIP', `malformed: ${parsed.problem} (${parsed.clause})`, bytes)
    this.#user.onProblem(parsed, this)
    this.#refuse(bytes)
  }

  #unreadable({ clause, problem, head }: { clause: string; problem: string; head: Buffer }): void {
    this.connection.traceMessage('received', 'SIP', `unreadable: ${problem} (${clause})`, head)
    this.#user.onProblem({ clause, problem }, this)
    // RFC 3261 §18.3: a request whose length is not known is answered 400; an oversized one is just dropped.
    if (clause === 'RFC 3261 §18.3') this.#refuse(head)
    this.connection.stream.end()
    this.#clock.after(200, () => this.close())
  }

  #refuse(bytes: Buffer): void {
    const answer = refusalOf(bytes)
    if (answer === undefined) return
    this.connection.traceMessage('sent', 'SIP', answer.toString('utf8').split('\r\n')[0]!, answer)
    this.#write(answer)
  }

  #write(bytes: Buffer): void {
    if (!this.#isOpen || this.connection.stream.writableEnded) return
    this.connection.stream.write(bytes)
    if (this.connection.stream.writableLength > (this.#limits.maxUnsentBytes ?? 4 * 1024 * 1024)) this.close()
  }

  #watchDeadline(): void {
    if (!this.#framer.hasPartial) {
      this.#deadline?.cancel()
      this.#deadline = undefined
    } else if (this.#isOpen) {
      this.#deadline ??= this.#clock.after(this.#limits.messageDeadlineMs ?? 10_000, () => this.#late())
    }
  }

  #late(): void {
    this.#user.onProblem({ clause: 'RFC 3261 §18.3', problem: 'a message was begun and not finished' }, this)
    this.close()
  }

  #closed(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#deadline?.cancel()
    this.#user.onClosed(this)
  }
}

/** RFC 3261 §18.2.1 and RFC 3581: where the request really came from, noted in its top Via. */
function withSource(request: SipRequest, source: { address: string; port: number }): SipRequest {
  const via = topVia(request)
  const asksPort = parameter(via.parameters, 'rport') !== undefined
  if (via.host === source.address && !asksPort) return request
  let parameters = withoutParameter(withoutParameter(via.parameters, 'received'), 'rport')
  if (asksPort || via.host !== source.address) parameters = withParameter(parameters, 'received', source.address)
  if (asksPort) parameters = withParameter(parameters, 'rport', String(source.port))
  const [, ...others] = headers(request, 'Via')
  const lines = [formatVia({ ...via, parameters }), ...others].map((value): HeaderLine => ['Via', value])
  return { ...request, headers: [...lines, ...request.headers.filter(([name]) => name !== 'Via')] }
}

const copied = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq'])

/** The answer to a request that could not be read to its end; undefined where it was none or too little is known. */
function refusalOf(bytes: Buffer): Buffer | undefined {
  const parsed = parseSipStrict(bytes)
  const known = parsed.ok ? parsed.message : parsed.salvage
  if (known === undefined || /^(?:ACK |SIP\/)/i.test(known.startLine)) return undefined
  const lines = known.headers.filter(([name]) => copied.has(name))
  if (new Set(lines.map(([name]) => name)).size < copied.size) return undefined
  const { status, problem } = parsed.ok ? { status: 400, problem: 'no Content-Length on a stream' } : parsed
  const warning = `Warning: 399 - "${problem.replace(/[^\x20-\x7e]|["\\]/g, "'")}"`
  const head = lines.map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(
    [`SIP/2.0 ${status} ${reasonPhrase(status)}`, ...head, warning, 'Content-Length: 0', '', ''].join('\r\n'),
  )
}
