import type { Host } from '#runtime/host.ts'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { startImAndPresence } from './start.ts'

export const impConfiguration = {
  domain: 'example.com',
  users: [
    { userId: 'alice', password: 'alice-password' },
    { userId: 'bob', password: 'bob-password', displayName: 'Bob <Builder>' },
  ],
  xcpSecret: 'secret of the component',
  axl: { user: 'axl', password: 'axl-password' },
}

/** The node on `address`, and a network to reach it from. */
export async function startNode(
  address: string,
  configuration: unknown = impConfiguration,
): Promise<{ host: Host; network: HostNetwork }> {
  const identity = selfSigned('imp1.example.com', 'example.com')
  const { environment } = testHost({ name: 'imp1', address, identity })
  const host = await startImAndPresence(environment, configuration, new AbortController().signal)
  const own = address.replace(/\d+$/, '72')
  const { network } = testHost({ name: 'client', address: own, trust: [identity.cert] })
  return { host, network }
}

/** A client inside, which says what it is told on 5222. */
export class InsideClient {
  #connection: Connection
  text = ''
  isClosed = false

  constructor(connection: Connection) {
    this.#connection = connection
    this.#listen()
  }

  static async dial(network: HostNetwork, address: string): Promise<InsideClient> {
    return new InsideClient(await network.dialTcp({ to: { address, port: 5222 }, protocol: 'XMPP' }))
  }

  static async online(
    network: HostNetwork,
    address: string,
    user: string,
    resource: string,
    domain = 'example.com',
  ): Promise<InsideClient> {
    const client = await InsideClient.dial(network, address)
    await client.ask(headerTo(domain), '</stream:features>')
    await client.ask(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, '<proceed')
    client.#connection.stream.removeAllListeners('data')
    client.#connection.stream.pause()
    client.#connection = await network.startTlsAsClient(client.#connection, { serverName: domain })
    client.#listen()
    await client.ask(headerTo(domain), '</stream:features>')
    const encoded = Buffer.from(`\0${user}\0${user}-password`).toString('base64')
    await client.ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${encoded}</auth>`, '<success')
    await client.ask(headerTo(domain), '</stream:features>')
    const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind>`
    await client.ask(`<iq type='set' id='b'>${bind}</iq>`, '</iq>')
    return client
  }

  send(text: string): void {
    this.text = ''
    this.#connection.stream.write(text)
  }

  async ask(text: string, until: string): Promise<string> {
    this.send(text)
    return this.until(until)
  }

  async until(part: string): Promise<string> {
    await waitFor(`"${part}"`, () => this.text.includes(part), { lastSeen: () => this.text.slice(-500) })
    return this.text
  }

  async untilClosed(): Promise<string> {
    await waitFor('the server to close', () => this.isClosed, { lastSeen: () => this.text })
    return this.text
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #listen(): void {
    this.#connection.stream.on('data', (bytes: Buffer) => (this.text += bytes.toString()))
    this.#connection.stream.on('close', () => (this.isClosed = true))
  }
}

const headerTo = (domain: string) => `<?xml version='1.0'?>
<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`

export const header = headerTo('example.com')
