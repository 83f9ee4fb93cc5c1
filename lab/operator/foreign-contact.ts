import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import type { Lab } from '../lab.ts'
import { fqdnOf, hostDomain } from '../plan/plan-facts.ts'
import { standAt } from './bystander.ts'

export interface ReceivedMessage {
  readonly from: string
  readonly body: string
  /** Condition of an error that answers a message of this contact. */
  readonly error?: string
}

/** Somebody of another company with a plain XMPP client (RFC 6120 and 6121) at that company's own server. */
export interface ForeignContact extends AsyncDisposable {
  readonly jid: string
  readonly messages: readonly ReceivedMessage[]
  write(to: string, body: string): void
}

/** Signs `user` in at the other company's host and is available from then on. */
export async function openForeignContact(lab: Lab, server: string, user: string): Promise<ForeignContact> {
  const { environment, host } = await standAt(lab, {
    name: user,
    address: lab.fabric.address('internet', 251),
    folder: `contact-${user}`,
  })
  const domain = hostDomain(server, lab.topology)
  const client = new Client(environment, domain)
  try {
    await client.signIn(lab.plan(server).specification.addresses[0]!, {
      user,
      password: lab.secrets.passwords[user]!,
      serverName: fqdnOf(server, lab.topology),
    })
  } catch (error) {
    await host.stop()
    throw error
  }
  return {
    jid: `${user}@${domain}`,
    get messages() {
      return client.messages
    },
    write: (to, body) => client.write(to, body),
    [Symbol.asyncDispose]: () => host.stop(),
  }
}

interface Account {
  readonly user: string
  readonly password: string
  readonly serverName: string
}

class Client {
  readonly #environment: HostEnvironment
  readonly #domain: string
  #connection: Connection | undefined
  #text = ''

  constructor(environment: HostEnvironment, domain: string) {
    this.#environment = environment
    this.#domain = domain
  }

  async signIn(address: string, { user, password, serverName }: Account): Promise<void> {
    const { network } = this.#environment
    const clear = await network.dialTcp({ to: { address, port: 5222 }, protocol: 'XMPP' })
    this.#listenTo(clear)
    await this.#ask(this.#header, '</stream:features>')
    await this.#ask(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, '<proceed')
    clear.stream.removeAllListeners('data')
    clear.stream.pause()
    this.#listenTo(await network.startTlsAsClient(clear, { serverName }))
    await this.#ask(this.#header, '</stream:features>')
    const plain = Buffer.from(`\0${user}\0${password}`).toString('base64')
    await this.#ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, '<success')
    await this.#ask(this.#header, '</stream:features>')
    await this.#ask(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, '</iq>')
    await this.#ask('<presence/>', '<presence')
  }

  get messages(): ReceivedMessage[] {
    return [...this.#text.matchAll(/<message [^>]*?from="([^"]+)"[^>]*>(.*?)<\/message>/gs)].map(
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
    await waitFor(`"${part}" from the other company's server`, () => this.#text.includes(part), {
      lastSeen: () => this.#text.slice(-300),
    })
  }
}
