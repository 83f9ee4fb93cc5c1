import type { Connection } from '#runtime/network.ts'
import { StreamFraming } from '../stream-framing.ts'
import type { SipHead } from './sip-head.ts'
import { readSipHead } from './sip-head.ts'

export interface SipLinkHandlers {
  /** Sees every message, in both directions, before anybody else. */
  readonly observe: (direction: 'sent' | 'received', head: SipHead) => void
  /** A reply makes the message end here; the library never sees it. */
  readonly answerInFront: (head: SipHead) => string | undefined
  /** The request is passed over, as by a program that hangs. */
  readonly ignores?: () => boolean
  /** What the library gets of the message, where that is not the message itself. */
  readonly forLibrary?: (text: string, head: SipHead) => string
  /** The message waits for this before the library gets it. */
  readonly holdBack?: (head: SipHead) => Promise<void> | undefined
}

/**
 * SIP over one connection under a user agent library: framing, trace, observation, and the requests that the library
 * cannot answer.
 */
export class SipLink {
  readonly connection: Connection
  readonly #handlers: SipLinkHandlers
  readonly #framing = new StreamFraming()
  #isClosed = false
  /** Set by the library's transport. */
  onMessage: (text: string) => void = () => {}
  onClose: () => void = () => {}

  constructor(connection: Connection, handlers: SipLinkHandlers) {
    this.connection = connection
    this.#handlers = handlers
    connection.stream.on('data', (bytes: Buffer) => this.#take(bytes))
    connection.stream.once('close', () => this.#closed())
    connection.stream.once('end', () => connection.destroy())
  }

  get isOpen(): boolean {
    return !this.#isClosed
  }

  send(text: string): boolean {
    if (this.#isClosed) return false
    const head = readSipHead(text)
    this.connection.traceMessage('sent', 'SIP', head.startLine, text)
    this.#handlers.observe('sent', head)
    this.connection.stream.write(text)
    return true
  }

  close(): void {
    this.connection.destroy()
  }

  #take(bytes: Buffer): void {
    let messages: Buffer[]
    try {
      messages = this.#framing.push(bytes)
    } catch {
      return this.close()
    }
    for (const message of messages) this.#takeMessage(message)
  }

  #takeMessage(message: Buffer): void {
    const text = message.toString('utf8')
    const head = readSipHead(text)
    this.connection.traceMessage('received', 'SIP', head.startLine, message)
    this.#handlers.observe('received', head)
    if (head.status === undefined && this.#handlers.ignores?.() === true) return
    const reply = head.status === undefined ? this.#handlers.answerInFront(head) : undefined
    if (reply !== undefined) return void this.send(reply)
    const held = this.#handlers.holdBack?.(head)
    const told = this.#handlers.forLibrary?.(text, head) ?? text
    if (held === undefined) this.#handToLibrary(told)
    else void held.then(() => this.#handToLibrary(told))
  }

  /** A library that cannot bear what came from the network must not take the other users of the process with it. */
  #handToLibrary(text: string): void {
    try {
      this.onMessage(text)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      this.close()
    }
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.onClose()
  }
}
