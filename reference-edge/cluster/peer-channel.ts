import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { Connection } from '#runtime/network.ts'
import { encoded, type PeerMessage, PeerMessageReader } from './peer-message.ts'

export interface PeerChannelOptions {
  readonly connection: Connection
  readonly clock: MonotonicClock
  /** Answers what the other side asks; what it throws is told to it. */
  readonly onRequest: (subject: string, given: unknown) => unknown
  /** Bytes that one message may have now. Default: as many as any. */
  readonly largestMessage?: () => number
  /** Once, when the connection has ended, for whatever reason. */
  readonly onEnd: (reason: string) => void
}

interface Unanswered {
  readonly subject: string
  readonly limit: Timer
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: Error) => void
}

/** How many questions may be open at one time, each way. */
const mostOpen = 256
/** More than this in front of a peer that does not read ends the connection. */
const mostUnsentBytes = 32 * 1_024 * 1_024
const mostTracedBytes = 4_096
/** What is said about them has passwords in it. */
const secretSubjects: readonly string[] = ['configuration', 'sign-ins']

/** Questions and answers over one connection of two peers, both ways. */
export class PeerChannel {
  readonly #options: PeerChannelOptions
  readonly #reader: PeerMessageReader
  readonly #unanswered = new Map<number, Unanswered>()
  #last = 0
  #answering = 0
  #greetings = 0
  #hasEnded = false

  constructor(options: PeerChannelOptions) {
    this.#options = options
    this.#reader = new PeerMessageReader(options.largestMessage)
    const { stream } = options.connection
    stream.on('data', (chunk: Buffer) => this.#read(chunk))
    stream.once('close', () => this.end('the connection was closed'))
  }

  /** Rejects with the other side's refusal, and where there is no answer in time. */
  ask(subject: string, given: unknown, limitMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(new Error('the connection was closed'))
      if (this.#unanswered.size >= mostOpen) return reject(new Error('too many questions are open'))
      const number = ++this.#last
      const limit = this.#options.clock.after(limitMs, () => {
        this.#unanswered.delete(number)
        reject(new Error(`no answer within ${limitMs} ms`))
      })
      this.#unanswered.set(number, { subject, limit, resolve, reject })
      // JSON has no undefined.
      this.#send({ ask: number, subject, given: given ?? null }, subject)
    })
  }

  end(reason: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#options.connection.destroy()
    for (const { limit, reject } of this.#unanswered.values()) {
      limit.cancel()
      reject(new Error(reason))
    }
    this.#unanswered.clear()
    this.#options.onEnd(reason)
  }

  #read(chunk: Buffer): void {
    if (this.#hasEnded) return
    try {
      for (const message of this.#reader.push(chunk)) this.#take(message)
    } catch (error) {
      this.end(`the peer speaks another protocol: ${(error as Error).message}`)
    }
  }

  #take(message: PeerMessage): void {
    if ('ask' in message) {
      // What cannot even be written down (it nests too deep) is no question of ours.
      void this.#answer(message.ask, message.subject, message.given).catch((error: Error) => this.end(error.message))
      return
    }
    const asked = this.#unanswered.get(message.answer)
    // One that came too late.
    if (asked === undefined) return
    this.#unanswered.delete(message.answer)
    asked.limit.cancel()
    this.#trace('received', message, asked.subject)
    if ('refused' in message) asked.reject(new Error(message.refused))
    else asked.resolve(message.value)
  }

  async #answer(number: number, subject: string, given: unknown): Promise<void> {
    this.#trace('received', { ask: number, subject, given }, subject)
    if (this.#answering >= mostOpen) return this.#send({ answer: number, refused: 'is busy' }, subject)
    this.#answering++
    try {
      const value = (await this.#options.onRequest(subject, given)) ?? null
      this.#send({ answer: number, value }, subject)
    } catch (error) {
      this.#send({ answer: number, refused: String((error as Error).message).slice(0, 1_000) }, subject)
    } finally {
      this.#answering--
    }
  }

  #send(message: PeerMessage, subject: string): void {
    if (this.#hasEnded) return
    const { stream } = this.#options.connection
    const bytes = encoded(message)
    if (stream.writableLength + bytes.length > mostUnsentBytes) return this.end('the peer reads nothing')
    this.#trace('sent', message, subject)
    stream.write(bytes)
  }

  /** Greetings come each second: the first stands for all. Secrets and long messages stand there by their subject only. */
  #trace(direction: 'sent' | 'received', message: PeerMessage, subject: string): void {
    if (subject === 'hello' && ++this.#greetings > 2) return
    const summary =
      'ask' in message ? `ask ${subject}` : 'refused' in message ? `refuse ${subject}` : `answer ${subject}`
    const text = secretSubjects.includes(subject) ? '' : JSON.stringify(message)
    const isShort = text.length <= mostTracedBytes
    this.#options.connection.traceMessage(direction, 'CLUSTER', summary, isShort ? text : '')
  }
}
