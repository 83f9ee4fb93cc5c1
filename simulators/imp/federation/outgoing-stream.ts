import type { HostEnvironment } from '#runtime/host.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import type { StanzaCondition } from '#simulators/protocol/xmpp/stanzas.ts'
import { ns } from '#simulators/protocol/xmpp/stanzas.ts'
import { dialDomain, DomainUnreachable } from './dial-domain.ts'
import { dialbackKey, dialbackNs } from './dialback.ts'
import { ServerStream } from './server-stream.ts'

export interface OutgoingOptions {
  readonly environment: HostEnvironment
  readonly local: string
  readonly foreign: string
  readonly secret: string
  /** Once: the stream is over, and these stanzas never left. */
  readonly onEnded: (undelivered: readonly Element[], condition: StanzaCondition) => void
}

/** Our stanzas to one foreign domain: connects, has itself verified by dialback (XEP-0220 §2.1), and then sends. */
export class OutgoingStream {
  readonly #options: OutgoingOptions
  readonly #abort = new AbortController()
  #limit: { cancel(): void }
  #stream: ServerStream | undefined
  #streamId: string | undefined
  #isKeySent = false
  #isEnded = false
  #waiting: Element[] = []
  isVerified = false

  constructor(options: OutgoingOptions) {
    this.#options = options
    this.#limit = options.environment.clocks.monotonic.after(verificationMs, () => this.#end('remote-server-timeout'))
    void this.#connect()
  }

  /** False where too many wait already. */
  send(stanza: Element): boolean {
    if (this.#isEnded) return false
    if (this.isVerified) {
      this.#stream!.send(stanza)
      this.#endWhenIdle()
      return true
    }
    return this.#waiting.length < mostWaiting && this.#waiting.push(stanza) > 0
  }

  close(): void {
    this.#end('remote-server-not-found')
  }

  async #connect(): Promise<void> {
    const { environment, local, foreign } = this.#options
    try {
      const connection = await dialDomain(environment.network, foreign, this.#abort.signal)
      if (this.#isEnded) return connection.destroy()
      this.#stream = new ServerStream(connection, environment.clocks, {
        onHeader: (header) => this.#takeHeader(header),
        onElement: (element) => this.#takeElement(element),
        onClosed: () => this.#end('remote-server-timeout'),
      })
      this.#stream.open({ from: local, to: foreign })
    } catch (error) {
      this.#end(error instanceof DomainUnreachable ? error.condition : 'remote-server-timeout')
    }
  }

  #takeHeader(header: Element): void {
    this.#streamId = header.attrs['id']
    if (this.#streamId === undefined) return this.#stream!.close('bad-format')
    if (header.attrs['version'] !== '1.0') this.#sendKey()
  }

  #takeElement(element: Element): void {
    if (element.is('features', ns.stream)) return this.#sendKey()
    if (element.is('result', dialbackNs.dialback)) return this.#takeResult(element)
    if (!element.is('error', ns.stream)) return this.#stream!.close('unsupported-stanza-type')
    this.#stream!.close()
  }

  #sendKey(): void {
    if (this.#isKeySent || this.#streamId === undefined) return
    this.#isKeySent = true
    const { local, foreign, secret } = this.#options
    const key = dialbackKey(secret, { originating: local, receiving: foreign, streamId: this.#streamId })
    this.#stream!.send(xml('db:result', { from: local, to: foreign }, key))
  }

  #takeResult({ attrs: { from, to, type } }: Element): void {
    const { local, foreign } = this.#options
    const isForUs = this.#isKeySent && from?.toLowerCase() === foreign && to?.toLowerCase() === local
    if (!isForUs || type !== 'valid') return this.#stream!.close()
    if (this.isVerified) return
    this.isVerified = true
    for (const stanza of this.#waiting) this.#stream!.send(stanza)
    this.#waiting = []
    this.#endWhenIdle()
  }

  #endWhenIdle(): void {
    this.#limit.cancel()
    this.#limit = this.#options.environment.clocks.monotonic.after(idleMs, () => this.#stream?.close())
  }

  #end(condition: StanzaCondition): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#limit.cancel()
    this.#abort.abort()
    this.#stream?.close()
    const undelivered = this.#waiting
    this.#waiting = []
    this.#options.onEnded(undelivered, condition)
  }
}

const verificationMs = 10_000
const idleMs = 600_000
const mostWaiting = 100
