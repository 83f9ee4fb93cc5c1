import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import { parseJid } from '#simulators/protocol/xmpp/stanzas.ts'
import { dialbackNs, isDialbackKey, isDomain } from './dialback.ts'
import { ServerStream } from './server-stream.ts'
import { verifyKey } from './verify-key.ts'

export interface IncomingOptions {
  readonly environment: HostEnvironment
  readonly local: string
  readonly secret: string
  /** A stanza whose sender's domain is verified and whose receiver's domain is ours. */
  readonly onStanza: (stanza: Element) => void
  readonly onClosed: () => void
}

/** What another server sends us: its key, questions about ours, and, once verified, stanzas for our domain. */
export class IncomingStream {
  readonly #options: IncomingOptions
  readonly #stream: ServerStream
  readonly #streamId: string
  readonly #limit: { cancel(): void }
  readonly #abort = new AbortController()
  readonly #verified = new Set<string>()
  #isVerifying = false
  #questions = 0

  constructor(options: IncomingOptions, connection: Connection) {
    const { environment } = options
    this.#options = options
    this.#streamId = environment.random.hex(32)
    this.#limit = environment.clocks.monotonic.after(verificationMs, () => this.close('connection-timeout'))
    this.#stream = new ServerStream(connection, environment.clocks, {
      onHeader: (header) => this.#takeHeader(header),
      onElement: (element) => this.#takeElement(element),
      onClosed: () => this.#ended(),
    })
  }

  get address(): string {
    return this.#stream.address
  }

  get domains(): readonly string[] {
    return [...this.#verified]
  }

  close(condition?: string): void {
    this.#stream.close(condition)
  }

  #takeHeader({ attrs: { from, to, version } }: Element): void {
    const { local } = this.#options
    this.#stream.open({ from: local, ...(from === undefined ? {} : { to: from }), id: this.#streamId })
    if (to !== undefined && to.toLowerCase() !== local) return this.close('host-unknown')
    if (version === '1.0') {
      this.#stream.send(xml('stream:features', {}, xml('dialback', { xmlns: dialbackNs.feature })))
    }
  }

  #takeElement(element: Element): void {
    if (element.is('result', dialbackNs.dialback)) return void this.#verify(element)
    if (element.is('verify', dialbackNs.dialback)) return this.#answer(element)
    if (element.getNS() !== dialbackNs.server) return this.close('unsupported-stanza-type')
    this.#takeStanza(element)
  }

  /** XEP-0220 §2.2: the receiving server has the key verified where DNS says that the domain is. */
  async #verify(result: Element): Promise<void> {
    const { environment, local } = this.#options
    const originating = (result.attrs['from'] ?? '').toLowerCase()
    const isOurs = (result.attrs['to'] ?? '').toLowerCase() === local
    if (!isOurs) return this.close('host-unknown')
    if (!isDomain(originating) || originating === local) return this.close('invalid-from')
    if (this.#isVerifying || this.#verified.size >= mostDomains) return this.close('policy-violation')
    this.#isVerifying = true
    const subject = { originating, receiving: local, streamId: this.#streamId }
    const isValid = await verifyKey(environment, subject, result.getText(), this.#abort.signal)
    this.#isVerifying = false
    if (this.#abort.signal.aborted) return
    this.#stream.send(xml('db:result', { from: local, to: originating, type: isValid ? 'valid' : 'invalid' }))
    if (!isValid) return this.close()
    this.#verified.add(originating)
    this.#limit.cancel()
  }

  /** XEP-0220 §2.3 as the authoritative server: whether a key that came from our domain is ours. */
  #answer(verify: Element): void {
    const { local, secret } = this.#options
    const { from = '', to = '', id = '' } = verify.attrs
    if (to.toLowerCase() !== local) return this.close('host-unknown')
    if (++this.#questions > mostQuestions) return this.close('policy-violation')
    const subject = { originating: local, receiving: from.toLowerCase(), streamId: id }
    const type = isDialbackKey(verify.getText(), secret, subject) ? 'valid' : 'invalid'
    this.#stream.send(xml('db:verify', { from: to, to: from, id, type }))
  }

  /** RFC 6120 §4.9.3.9 and §8.1: from a verified domain, to ours. */
  #takeStanza(stanza: Element): void {
    const [from, to] = [stanza.attrs['from'], stanza.attrs['to']].map((jid) => parseJid(jid ?? ''))
    if (this.#verified.size === 0) return this.close('not-authorized')
    if (from === undefined || to === undefined) return this.close('improper-addressing')
    if (!this.#verified.has(from.domain)) return this.close('invalid-from')
    if (to.domain !== this.#options.local) return this.close('host-unknown')
    this.#options.onStanza(stanza)
  }

  #ended(): void {
    this.#abort.abort()
    this.#limit.cancel()
    this.#options.onClosed()
  }
}

const verificationMs = 15_000
const mostDomains = 10
const mostQuestions = 1_000
