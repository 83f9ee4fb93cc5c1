import type { Connection, HostNetwork } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'

export interface ReceivedMessage {
  readonly from: string
  readonly body: string
  /** Condition of an error that answers a message of this contact. */
  readonly error?: string
}

export interface Account {
  readonly user: string
  readonly password: string
  /** In its certificate, where it offers TLS. */
  readonly serverName: string
}

/** A chat client of the plainest kind (RFC 6120 and 6121): SASL PLAIN, behind TLS where the server offers it. */
export class PlainXmppClient {
  readonly #network: HostNetwork
  readonly #domain: string
  #connection: Connection | undefined
  #text = ''

  constructor(network: HostNetwork, domain: string) {
    this.#network = network
    this.#domain = domain
  }

  async signIn(address: string, { user, password, serverName }: Account): Promise<void> {
    const clear = await this.#network.dialTcp({ to: { address, port: 5222 }, protocol: 'XMPP' })
    this.#listenTo(clear)
    await this.#ask(this.#header, '</stream:features>')
    if (this.#text.includes('<starttls')) await this.#startTls(clear, serverName)
    const plain = Buffer.from(`\0${user}\0${password}`).toString('base64')
    await this.#ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, '<success')
    await this.#ask(this.#header, '</stream:features>')
    await this.#ask(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, '</iq>')
    await this.#ask('<presence/>', '<presence')
  }

  async #startTls(clear: Connection, serverName: string): Promise<void> {
    await this.#ask(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, '<proceed')
    clear.stream.removeAllListeners('data')
    clear.stream.pause()
    this.#listenTo(await this.#network.startTlsAsClient(clear, { serverName }))
    await this.#ask(this.#header, '</stream:features>')
  }

  get messages(): ReceivedMessage[] {
    return [...this.#text.matchAll(/<message [^>]*?from=["']([^"']+)[^>]*>(.*?)<\/message>/gs)].map(
      ([, from, content]) => {
        const error = /<error[^>]*><([a-z-]+)/.exec(content!)?.[1]
        const body = /<body>(.*?)<\/body>/s.exec(content!)?.[1] ?? ''
        return { from: from!, body, ...(error === undefined ? {} : { error }) }
      },
    )
  }

  write(to: string, body: string): void {
    this.#connection!.stream.write(`<message to='${to}' type='chat' id='m'><body>${body}</body></message>`)
  }

  close(): void {
    this.#connection?.destroy()
  }

  get #header(): string {
    return `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${this.#domain}' version='1.0'>`
  }

  #listenTo(connection: Connection): void {
    this.#connection = connection
    connection.stream.on('data', (bytes: Buffer) => (this.#text += bytes.toString()))
    connection.stream.on('error', () => {})
  }

  async #ask(text: string, part: string): Promise<void> {
    this.#text = ''
    this.#connection!.stream.write(text)
    await waitFor(`"${part}" from the XMPP server`, () => this.#text.includes(part), {
      lastSeen: () => this.#text.slice(-300),
    })
  }
}
