import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Listener, TlsIdentity } from '#runtime/network.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { escapeXML } from '#simulators/protocol/xml/element.ts'
import { StreamParser } from '#simulators/protocol/xml/stream-parser.ts'
import type { SessionServer } from './client-session.ts'
import { ClientSession } from './client-session.ts'
import { elementSummary } from './element-summary.ts'
import { ns } from './stanzas.ts'

/** A messaging server's own port for clients: STARTTLS with its certificate, then a session. */
export function listenForClients(
  environment: HostEnvironment,
  server: SessionServer,
  identity: TlsIdentity,
  port: number,
): Promise<Listener> {
  return environment.network.listenTcp({
    port,
    protocol: 'XMPP',
    onConnection: (connection) => void new ClientStream(environment, server, identity, connection),
  })
}

class ClientStream {
  readonly #environment: HostEnvironment
  readonly #server: SessionServer
  readonly #identity: TlsIdentity
  readonly #limit: { cancel(): void }
  #connection: Connection
  #parser: StreamParser
  #session: ClientSession | undefined
  #isClosed = false
  #isClear = true

  constructor(environment: HostEnvironment, server: SessionServer, identity: TlsIdentity, connection: Connection) {
    this.#environment = environment
    this.#server = server
    this.#identity = identity
    this.#connection = connection
    this.#parser = this.#newParser()
    this.#limit = environment.clocks.monotonic.after(authenticationMs, () => this.#close('connection-timeout'))
    this.#listenTo(connection)
  }

  #newParser(): StreamParser {
    return new StreamParser(
      {
        onHeader: (header) => this.#takeHeader(header),
        onElement: (element) => this.#takeElement(element),
        onEnd: () => this.#close(),
      },
      { elementBytes: stanzaBytes },
    )
  }

  #listenTo(connection: Connection): void {
    connection.stream.on('data', this.#takeBytes)
    connection.stream.once('close', () => {
      if (connection === this.#connection) this.#close()
    })
  }

  readonly #takeBytes = (bytes: Buffer): void => {
    if (!this.#isClosed && !this.#parser.write(bytes) && !this.#isClosed && this.#isReading)
      this.#close('not-well-formed')
  }

  /** False between `<starttls/>` and the end of the handshake. */
  #isReading = true

  #takeHeader(header: Element): void {
    const to = header.attrs['to'] ?? ''
    this.#trace('received', `<stream:stream> → ${to}`.slice(0, 200), '')
    const from = escapeXML(this.#server.domain)
    const id = this.#environment.random.hex(32)
    this.#connection.stream.write(
      `<?xml version='1.0'?><stream:stream xmlns='${ns.client}' xmlns:stream='${ns.stream}' from='${from}' id='${id}' version='1.0' xml:lang='en-US.UTF-8'>`,
    )
    if (to.toLowerCase() !== this.#server.domain) return this.#close('host-unknown')
    if (this.#isClear) {
      return this.#send(`<stream:features><starttls xmlns='${ns.tls}'><required/></starttls></stream:features>`)
    }
    this.#session ??= new ClientSession(this.#server, 'direct', this.#connection.remote.address, {
      send: (text) => this.#sendFromSession(text),
      close: (condition) => this.#close(condition),
    })
    this.#session.opened(to)
  }

  #takeElement(element: Element): void {
    this.#trace('received', elementSummary(element), element.toString())
    if (!this.#isClear) return this.#session?.received(element)
    if (!element.is('starttls', ns.tls)) return this.#close('not-authorized')
    void this.#startTls()
  }

  async #startTls(): Promise<void> {
    const clear = this.#connection
    this.#isReading = false
    this.#parser.stop()
    clear.stream.pause()
    clear.stream.removeListener('data', this.#takeBytes)
    this.#send(`<proceed xmlns='${ns.tls}'/>`)
    try {
      const secure = await this.#environment.network.startTlsAsServer(clear, { identity: this.#identity })
      if (this.#isClosed) return secure.destroy()
      this.#connection = secure
      this.#isClear = false
      this.#isReading = true
      this.#parser = this.#newParser()
      this.#listenTo(secure)
    } catch {
      this.#close()
    }
  }

  #sendFromSession(text: string): void {
    this.#send(text)
    if (!text.startsWith('<success')) return
    this.#limit.cancel()
    this.#parser = this.#newParser()
  }

  #send(text: string): void {
    const { stream } = this.#connection
    if (this.#isClosed || stream.destroyed) return
    this.#trace('sent', text.slice(0, text.indexOf('>') + 1).slice(0, 200), text)
    stream.write(text)
    if (stream.writableLength > waitingBytes) this.#connection.destroy()
  }

  #close(condition?: string): void {
    if (this.#isClosed) return
    if (condition !== undefined) this.#send(`<stream:error><${condition} xmlns='${ns.streamErrors}'/></stream:error>`)
    this.#isClosed = true
    this.#parser.stop()
    this.#limit.cancel()
    this.#session?.ended()
    const { stream, destroy } = this.#connection
    if (stream.destroyed) return
    // Unread bytes would turn the end into a reset.
    const limit = this.#environment.clocks.monotonic.after(1_000, destroy)
    stream.once('close', () => limit.cancel())
    stream.resume()
    stream.end('</stream:stream>')
  }

  #trace(direction: 'sent' | 'received', summary: string, text: string): void {
    this.#connection.traceMessage(direction, 'XMPP', summary, text)
  }
}

const authenticationMs = 30_000
const stanzaBytes = 256 * 1024
const waitingBytes = 4 * 1024 * 1024
