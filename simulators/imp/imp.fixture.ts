import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import forge from 'node-forge'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import type { Host } from '#runtime/host.ts'
import { startHost } from '#runtime/host.ts'
import type { Connection, HostNetwork, TlsIdentity } from '#runtime/network.ts'
import { openNetwork } from '#runtime/open-network.ts'
import { systemRandom } from '#runtime/random.ts'
import { openResolver } from '#runtime/resolve.ts'
import { silentTraceSink, Trace } from '#runtime/trace.ts'
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
  const specification = {
    name: 'imp1',
    fqdn: 'imp1.example.com',
    addresses: [address],
    dns: { servers: ['127.0.0.1:9'], domain: 'example.com' },
    trust: [],
    identity,
    data: mkdtempSync(join(tmpdir(), 'imp-')),
    traceLevel: 'off',
    seed: 1,
  }
  const sinks = { trace: silentTraceSink, log: () => {} }
  const host = await startHost(startImAndPresence, specification, configuration, new AbortController().signal, sinks)
  const own = address.replace(/\d+$/, '72')
  const random = systemRandom()
  const clocks = { monotonic: realMonotonicClock, wall: new HostWallClock(realMonotonicClock, new Date()) }
  const network = openNetwork({
    host: 'client',
    addresses: [own],
    resolver: openResolver({ servers: ['127.0.0.1:9'], domain: 'example.com', localAddress: own, random }),
    trust: [identity.cert],
    trace: new Trace({ host: 'client', level: 'off', clocks, sink: silentTraceSink }),
    clocks,
    random,
  })
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

  static async online(network: HostNetwork, address: string, user: string, resource: string): Promise<InsideClient> {
    const client = await InsideClient.dial(network, address)
    await client.ask(header, '</stream:features>')
    await client.ask(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, '<proceed')
    client.#connection.stream.removeAllListeners('data')
    client.#connection.stream.pause()
    client.#connection = await network.startTlsAsClient(client.#connection, { serverName: 'example.com' })
    client.#listen()
    await client.ask(header, '</stream:features>')
    const encoded = Buffer.from(`\0${user}\0${user}-password`).toString('base64')
    await client.ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${encoded}</auth>`, '<success')
    await client.ask(header, '</stream:features>')
    const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind>`
    await client.ask(`<iq type='set' id='b'>${bind}</iq>`, '</iq>')
    return client
  }

  async ask(text: string, until: string): Promise<string> {
    this.text = ''
    this.#connection.stream.write(text)
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

export const header = `<?xml version='1.0'?>
<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.com' version='1.0'>`

function selfSigned(name: string, ...others: string[]): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = '01'
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000)
  certificate.setSubject([{ name: 'commonName', value: name }])
  certificate.setIssuer([{ name: 'commonName', value: name }])
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [name, ...others].map((value) => ({ type: 2, value })) },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, cert: forge.pki.certificateToPem(certificate) }
}
