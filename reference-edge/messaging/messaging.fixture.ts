import type { Connection } from '#runtime/network.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'

/** A client that sends exactly the bytes it is told. */
export class RawClient {
  readonly #host: TestHost
  #connection: Connection
  text = ''
  isClosed = false

  constructor(host: TestHost, connection: Connection) {
    this.#host = host
    this.#connection = connection
    this.#listen()
  }

  static async dial(host: TestHost, to: { address: string; port: number }): Promise<RawClient> {
    return new RawClient(host, await host.network.dialTcp({ to, protocol: 'XMPP' }))
  }

  /** Opens a stream, goes through STARTTLS and opens the stream again; the features are the text's end. */
  static async secure(
    host: TestHost,
    to: { address: string; port: number },
    domain = 'example.com',
  ): Promise<RawClient> {
    const client = await RawClient.dial(host, to)
    await client.ask(streamHeader(domain), '</stream:features>')
    await client.ask(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, '<proceed')
    await client.startTls(domain)
    client.send(streamHeader(domain))
    return client
  }

  /** Signed in with PLAIN and bound. */
  static async online(
    host: TestHost,
    to: { address: string; port: number },
    user: string,
    resource: string,
  ): Promise<RawClient> {
    const client = await RawClient.secure(host, to)
    await client.until('</stream:features>')
    await client.ask(plain(user, `${user}-password`), '<success')
    await client.ask(streamHeader('example.com'), '</stream:features>')
    await client.ask(bind(resource), '</iq>')
    return client
  }

  async startTls(domain: string): Promise<void> {
    this.#connection.stream.removeAllListeners('data')
    this.#connection.stream.pause()
    const { network } = this.#host
    this.#connection = await network.startTlsAsClient(this.#connection, { serverName: domain })
    this.#listen()
  }

  send(text: string | Uint8Array): void {
    this.text = ''
    this.#connection.stream.write(text)
  }

  async ask(text: string | Uint8Array, until: string): Promise<string> {
    this.send(text)
    return this.until(until)
  }

  async until(part: string): Promise<string> {
    await waitFor(`"${part}" from the server`, () => this.text.includes(part), {
      lastSeen: () => this.text.slice(-500),
    })
    return this.text
  }

  async untilClosed(): Promise<string> {
    await waitFor('the server to close', () => this.isClosed, { lastSeen: () => this.text.slice(-500) })
    return this.text
  }

  /** Reads nothing more. */
  pause(): void {
    this.#connection.stream.pause()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #listen(): void {
    this.#connection.stream.on('data', (bytes: Buffer) => (this.text += bytes.toString()))
    this.#connection.stream.on('close', () => (this.isClosed = true))
  }
}

export function streamHeader(to: string): string {
  return `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${to}' version='1.0'>`
}

export function plain(user: string, password: string): string {
  return auth('PLAIN', `\0${user}\0${password}`)
}

export function auth(mechanism: string, payload: string): string {
  const encoded = Buffer.from(payload).toString('base64')
  return `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'>${encoded}</auth>`
}

export function bind(resource: string): string {
  return `<iq type='set' id='uid:54aa:00000001:00000001'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`
}
