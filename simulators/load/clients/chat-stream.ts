import type { Connection, HostNetwork } from '#runtime/network.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { escapeXML } from '#simulators/protocol/xml/element.ts'
import { StreamParser } from '#simulators/protocol/xml/stream-parser.ts'
import type { LoadUser } from '../configuration.ts'

export interface ChatStreamOptions {
  readonly network: HostNetwork
  readonly edge: ServerAddress
  readonly domain: string
  readonly user: LoadUser
  readonly onMessage: (from: string, body: string) => void
  readonly onLost: (why: string) => void
}

/** XMPP of one client, as little as it takes: STARTTLS, PLAIN, bind, messages. RFC 6120. */
export class ChatStream {
  readonly #options: ChatStreamOptions
  #connection: Connection
  #parser: StreamParser | undefined
  #waiting: ((element: Element | Error) => void) | undefined
  readonly #queue: Element[] = []
  #isReady = false
  #isClosed = false

  /** Signs in; rejects with what was refused. */
  static async open(options: ChatStreamOptions): Promise<ChatStream> {
    const { network, edge } = options
    const [address = edge.host] = await network.resolver.addresses(edge.host)
    const connection = await network.dialTcp({ to: { address, port: edge.port }, protocol: 'XMPP' })
    const stream = new ChatStream(options, connection)
    const limit = network.clocks.monotonic.after(answerMs, () => stream.#fail('no answer'))
    try {
      await stream.#signIn()
      return stream
    } catch (error) {
      stream.close()
      throw error
    } finally {
      limit.cancel()
    }
  }

  private constructor(options: ChatStreamOptions, connection: Connection) {
    this.#options = options
    this.#connection = connection
    this.#listen(connection)
  }

  send(to: string, body: string): void {
    this.#write(`<message to='${escapeXML(to)}' type='chat'><body>${escapeXML(body)}</body></message>`)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#parser?.stop()
    this.#connection.destroy()
  }

  async #signIn(): Promise<void> {
    const { network, edge, domain, user } = this.#options
    await this.#begin()
    this.#write(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
    await this.#next('proceed')
    const clear = this.#connection
    clear.stream.removeAllListeners('data')
    this.#connection = await network.startTlsAsClient(clear, {
      serverName: edge.host,
      checkName: oneOfNames([domain, edge.host]),
    })
    this.#listen(this.#connection)
    await this.#begin()
    const token = Buffer.from(`\0${user.id}\0${user.password}`).toString('base64')
    this.#write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${token}</auth>`)
    await this.#next('success')
    await this.#begin()
    const resource = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>load</resource></bind>`
    this.#write(`<iq type='set' id='bind'>${resource}</iq>`)
    const bound = await this.#next('iq')
    if (bound.attrs['type'] !== 'result') throw new Error('bind was refused')
    this.#isReady = true
    this.#write('<presence/>')
  }

  /** A new stream; its features are of no interest, what they must hold is asked for anyway. */
  async #begin(): Promise<void> {
    this.#parser?.stop()
    this.#queue.length = 0
    this.#parser = new StreamParser(
      {
        onHeader: () => {},
        onElement: (element) => this.#take(element),
        onEnd: () => this.#fail('the stream was closed'),
      },
      { elementBytes: 256 * 1024 },
    )
    const names = `xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'`
    this.#write(`<?xml version='1.0'?><stream:stream to='${this.#options.domain}' version='1.0' ${names}>`)
    await this.#next('stream:features')
  }

  async #next(name: string): Promise<Element> {
    const element = this.#queue.shift() ?? (await this.#arrival())
    if (element.name !== name) throw new Error(`<${element.name}> instead of <${name}>`)
    return element
  }

  #arrival(): Promise<Element> {
    return new Promise((resolve, reject) => {
      this.#waiting = (element) => (element instanceof Error ? reject(element) : resolve(element))
    })
  }

  #take(element: Element): void {
    if (!this.#isReady) {
      const waiting = this.#waiting
      this.#waiting = undefined
      if (waiting === undefined) this.#queue.push(element)
      else waiting(element)
      return
    }
    const body = element.name === 'message' ? element.getChildText('body') : null
    if (body) this.#options.onMessage(element.attrs['from'] ?? '', body)
  }

  #listen({ stream }: Connection): void {
    stream.on('data', (bytes: Buffer) => {
      if (!this.#isClosed && this.#parser?.write(bytes) === false) this.#fail('unreadable')
    })
    stream.once('close', () => this.#fail('connection closed'))
  }

  #fail(why: string): void {
    if (this.#isClosed) return
    const wasReady = this.#isReady
    this.close()
    this.#waiting?.(new Error(why))
    if (wasReady) this.#options.onLost(why)
  }

  #write(text: string): void {
    if (!this.#isClosed) this.#connection.stream.write(text)
  }
}

const answerMs = 20_000
