import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import { Log } from '#runtime/log.ts'
import type { LogRecord } from '#runtime/log.ts'
import type { Connection, TlsIdentity } from '#runtime/network.ts'
import { openNetwork } from '#runtime/open-network.ts'
import { systemRandom } from '#runtime/random.ts'
import { openResolver } from '#runtime/resolve.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { callbackTraceSink, Trace } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'

/** A certificate authority of one test. */
export function makeAuthority() {
  const keys = keyPair()
  const subject = [{ name: 'commonName', value: 'Example CA' }]
  const root = certificate(keys, subject, subject, keys, [{ name: 'basicConstraints', cA: true }])
  return {
    cert: root,
    issue(commonName: string, ...others: string[]): TlsIdentity {
      const own = keyPair()
      const altNames = [commonName, ...others].map((value) => ({ type: 2, value }))
      const extensions = [
        { name: 'subjectAltName', altNames },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ]
      const cert = certificate(own, [{ name: 'commonName', value: commonName }], subject, keys, extensions)
      return { key: own.privateKey, cert }
    },
  }
}

export interface TestHost {
  readonly environment: HostEnvironment
  readonly trace: TraceEvent[]
  readonly log: LogRecord[]
  readonly wall: HostWallClock
}

export function makeHost(fqdn: string, address: string, authority: { cert: string }, identity?: TlsIdentity): TestHost {
  const wall = new HostWallClock(realMonotonicClock, new Date())
  const clocks = { monotonic: realMonotonicClock, wall }
  const events: TraceEvent[] = []
  const records: LogRecord[] = []
  const name = fqdn.split('.')[0]!
  const trace = new Trace({
    host: name,
    level: 'bytes',
    clocks,
    sink: callbackTraceSink((event) => events.push(event)),
  })
  const random = systemRandom()
  const resolver = openResolver({ servers: ['127.0.0.1:9'], domain: 'example.com', localAddress: address, random })
  const trust = [authority.cert]
  const network = openNetwork({ host: name, addresses: [address], resolver, trust, trace, clocks, random })
  const log = new Log({ sink: (record) => records.push(record), clock: wall, host: name, module: 'system' })
  return {
    environment: {
      name,
      fqdn,
      address,
      loopback: undefined,
      refusedNetworks: [],
      domain: 'example.com',
      data: '',
      identity,
      network,
      clocks,
      random,
      seeded: random,
      log,
      trace,
    },
    trace: events,
    log: records,
    wall,
  }
}

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
    return new RawClient(host, await host.environment.network.dialTcp({ to, protocol: 'XMPP' }))
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
    const { network } = this.#host.environment
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

function keyPair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

function certificate(
  own: { publicKey: string },
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  signer: { privateKey: string },
  extensions: object[],
): string {
  const made = forge.pki.createCertificate()
  made.publicKey = forge.pki.publicKeyFromPem(own.publicKey)
  made.serialNumber = '01' + systemRandom().hex(16)
  made.validity.notBefore = new Date(Date.now() - 60_000)
  made.validity.notAfter = new Date(Date.now() + 3_600_000)
  made.setSubject(subject)
  made.setIssuer(issuer)
  made.setExtensions(extensions)
  made.sign(forge.pki.privateKeyFromPem(signer.privateKey), forge.md.sha256.create())
  return forge.pki.certificateToPem(made)
}
