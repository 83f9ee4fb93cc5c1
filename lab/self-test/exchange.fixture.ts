import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import type { Connection, HostNetwork, TlsIdentity } from '#runtime/network.ts'
import { openNetwork } from '#runtime/open-network.ts'
import { systemRandom } from '#runtime/random.ts'
import { openResolver } from '#runtime/resolve.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { callbackTraceSink, Trace } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'

const clocks = { monotonic: realMonotonicClock, wall: new HostWallClock(realMonotonicClock, new Date()) }

/** Addresses of the two hosts of an exchange. */
export interface ExchangePlace {
  readonly inside: string
  readonly outside: string
}

function openHost(host: string, address: string, trust: readonly string[], events: TraceEvent[]): HostNetwork {
  const sink = callbackTraceSink((event) => events.push(event))
  const trace = new Trace({ host, level: 'bytes', clocks, sink })
  const random = systemRandom()
  const resolver = openResolver({ servers: [`${address}:53`], domain: 'example.com', localAddress: address, random })
  return openNetwork({ host, addresses: [address], resolver, trust, trace, clocks, random })
}

/**
 * A small real exchange between `alice` (outside) and `vcse1` (inside): HTTPS with a large answer, SIP over TLS, UDP
 * both ways and to a closed port. Gives everything both hosts traced.
 */
export async function runExchange({ inside, outside }: ExchangePlace): Promise<TraceEvent[]> {
  const events: TraceEvent[] = []
  const identity = selfSigned('vcse1.example.com')
  const server = openHost('vcse1', inside, [], events)
  const client = openHost('alice', outside, [identity.cert], events)
  await exchangeHttp(server, client, identity)
  await exchangeSip(server, client, identity)
  await exchangeDatagrams(server, client)
  return events
}

async function exchangeHttp(server: HostNetwork, client: HostNetwork, identity: TlsIdentity): Promise<void> {
  const listener = await server.listenHttp({
    port: 8443,
    tls: { identity },
    handler: async ({ target }) =>
      target === '/large'
        ? { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'x'.repeat(100_000) }
        : { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="lab"' } },
  })
  const to = { address: server.addresses[0]!, port: 8443 }
  const http = client.httpClient(() =>
    client.dialTls({ to, protocol: 'HTTPS', tls: { serverName: 'vcse1.example.com' } }),
  )
  const headers = { Host: 'vcse1.example.com:8443', Authorization: 'Basic YWxpY2U6c2VjcmV0' }
  await http.send({ method: 'GET', target: '/large', headers })
  await http.send({ method: 'POST', target: '/small', headers, body: 'a body' })
  await http.close()
  await listener.stop()
}

const sipHead = (startLine: string, cseq: string) =>
  [
    startLine,
    'Via: SIP/2.0/TLS 127.79.1.71:40001;branch=z9hG4bK-1;rport',
    'From: <sip:alice@example.com>;tag=a1',
    'To: <sip:1003@example.com>',
    'Call-ID: exchange-1@example.com',
    `CSeq: ${cseq}`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')

async function exchangeSip(server: HostNetwork, client: HostNetwork, identity: TlsIdentity): Promise<void> {
  const accepted = Promise.withResolvers<Connection>()
  const listener = await server.listenTls({
    port: 5061,
    protocol: 'SIP',
    tls: { identity },
    onConnection: accepted.resolve,
  })
  const to = { address: server.addresses[0]!, port: 5061 }
  const tls = { serverName: 'vcse1.example.com' }
  const dialled = await client.dialTls({ to, protocol: 'SIP', tls })
  const taken = await accepted.promise
  await passSip(
    dialled,
    taken,
    'INVITE sip:1003@example.com',
    sipHead('INVITE sip:1003@example.com SIP/2.0', '1 INVITE'),
  )
  await passSip(taken, dialled, '100 Trying (INVITE)', sipHead('SIP/2.0 100 Trying', '1 INVITE'))
  await passSip(taken, dialled, '403 Forbidden (INVITE)', sipHead('SIP/2.0 403 Forbidden', '1 INVITE'))
  dialled.destroy()
  await listener.stop()
}

async function passSip(from: Connection, to: Connection, summary: string, text: string): Promise<void> {
  const arrived = new Promise<Buffer>((resolve) => to.stream.once('data', resolve))
  from.traceMessage('sent', 'SIP', summary, text)
  from.stream.write(text)
  to.traceMessage('received', 'SIP', summary, await arrived)
}

export const exchangedDatagrams = 20

async function exchangeDatagrams(server: HostNetwork, client: HostNetwork): Promise<void> {
  let arrived = 0
  const a = await client.udp({ port: 36_002, protocol: 'SRTP', onMessage: () => void arrived++ })
  const b = await server.udp({ port: 36_000, protocol: 'SRTP', onMessage: () => void arrived++ })
  a.send(Buffer.from('to a closed port'), 36_999, b.local.address)
  for (let index = 0; index < exchangedDatagrams; index++) {
    // Equal datagrams are still datagrams of their own.
    const datagram = Buffer.alloc(180 + (index % 3), index % 3)
    a.send(datagram, b.local.port, b.local.address)
    b.send(datagram, a.local.port, a.local.address)
  }
  await waitFor('all datagrams to arrive', () => arrived === 2 * exchangedDatagrams, { lastSeen: () => arrived })
  await a.close()
  await b.close()
}

function selfSigned(name: string): TlsIdentity {
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
    { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, cert: forge.pki.certificateToPem(certificate) }
}
