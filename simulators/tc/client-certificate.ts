import { generateKeyPair } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import forge from 'node-forge'
import type { HostNetwork, TlsIdentity } from '#runtime/network.ts'
import type { CapfServer } from '#simulators/protocol/endpoint/device-file.ts'

/** What became of the last order to enrol. */
export type EnrolmentReport = { readonly state: 'installed' } | { readonly state: 'failed'; readonly why: string }

/** The endpoint's client certificate and key, in its own folder: they stay wherever it is taken. */
export class ClientCertificate {
  readonly #path: string

  constructor(folder: string) {
    this.#path = join(folder, 'client-certificate.json')
  }

  get identity(): TlsIdentity | undefined {
    return existsSync(this.#path) ? (JSON.parse(readFileSync(this.#path, 'utf8')) as TlsIdentity) : undefined
  }

  /** Asks the CAPF server of the device file for a certificate; what was there before stays where none comes. */
  async enrol(network: HostNetwork, server: CapfServer, device: string): Promise<EnrolmentReport> {
    try {
      const { key, request } = await makeRequest(device)
      const cert = await askForCertificate(network, server, { device, request })
      writeFileSync(this.#path, JSON.stringify({ key, cert }), { mode: 0o600 })
      return { state: 'installed' }
    } catch (error) {
      return { state: 'failed', why: (error as Error).message }
    }
  }
}

async function makeRequest(device: string): Promise<{ key: string; request: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const request = forge.pki.createCertificationRequest()
  request.publicKey = forge.pki.publicKeyFromPem(publicKey)
  request.setSubject([{ name: 'commonName', value: device }])
  request.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, request: forge.pki.certificationRequestToPem(request) }
}

/** One line of JSON each way; the answer is read to the end of the connection. */
async function askForCertificate(
  network: HostNetwork,
  { host, port }: CapfServer,
  question: { device: string; request: string },
): Promise<string> {
  const [address = host] = await network.resolver.addresses(host)
  const tls = { serverName: host }
  const { stream, traceMessage, destroy } = await network.dialTls({ to: { address, port }, protocol: 'CAPF', tls })
  const limit = network.clocks.monotonic.after(answerMs, destroy)
  const line = JSON.stringify(question)
  traceMessage('sent', 'CAPF', `enrol ${question.device}`, line)
  stream.write(`${line}\n`)
  let text = ''
  try {
    for await (const chunk of stream) {
      text += String(chunk)
      if (text.length > longestAnswer) throw new Error('the answer of CAPF is too long')
    }
  } finally {
    limit.cancel()
    destroy()
  }
  const { certificate, refused } = JSON.parse(text) as { certificate?: string; refused?: string }
  traceMessage('received', 'CAPF', refused ?? 'certificate issued', text.trimEnd())
  if (certificate === undefined) throw new Error(`CAPF: ${refused ?? 'no certificate came'}`)
  return certificate
}

const answerMs = 5_000
const longestAnswer = 65_536
