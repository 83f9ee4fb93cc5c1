import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import type { Connection, HostNetwork, Listener, TlsIdentity } from '#runtime/network.ts'

/** Where a TC endpoint with SIP ListenPort On takes SIP over TLS. */
export const sipListenPort = 5061

/** The endpoint's own SIP port, behind a certificate of its own making as it ships with. */
export class SipListener {
  readonly #network: HostNetwork
  readonly #device: string
  #listener: Promise<Listener> | undefined
  #onConnection: (connection: Connection) => void = () => {}

  constructor(network: HostNetwork, device: string) {
    this.#network = network
    this.#device = device
  }

  /** Listens from now on until it stops; connections go to the last one who asked. */
  async open(onConnection: (connection: Connection) => void): Promise<void> {
    this.#onConnection = onConnection
    this.#listener ??= this.#listen()
    await this.#listener
  }

  async stop(): Promise<void> {
    await (await this.#listener)?.stop()
    this.#listener = undefined
  }

  async #listen(): Promise<Listener> {
    return this.#network.listenTls({
      port: sipListenPort,
      protocol: 'SIP',
      tls: { identity: await ownIdentity(this.#device, this.#network.clocks.wall.now()) },
      onConnection: (connection) => this.#onConnection(connection),
    })
  }
}

async function ownIdentity(device: string, now: Date): Promise<TlsIdentity> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  const name = [{ name: 'commonName', value: device }]
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(now.getTime() - dayMs)
  certificate.validity.notAfter = new Date(now.getTime() + 30 * dayMs)
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, cert: forge.pki.certificateToPem(certificate) }
}

const dayMs = 86_400_000
