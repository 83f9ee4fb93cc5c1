import type { Connection, HostNetwork, TlsIdentity } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'

/** Addresses of the two hosts of an exchange. */
export interface ExchangePlace {
  readonly inside: string
  readonly outside: string
}

/**
 * A small real exchange between `alice` (outside) and `vcse1` (inside): HTTPS with a large answer, SIP over TLS, UDP
 * both ways and to a closed port. Gives everything both hosts traced.
 */
export async function runExchange({ inside, outside }: ExchangePlace): Promise<TraceEvent[]> {
  const identity = selfSigned('vcse1.example.com')
  const server = testHost({ name: 'vcse1', address: inside, traceLevel: 'bytes' })
  const client = testHost({ name: 'alice', address: outside, trust: [identity.cert], traceLevel: 'bytes' })
  await exchangeHttp(server.network, client.network, identity)
  await exchangeSip(server.network, client.network, identity)
  await exchangeDatagrams(server.network, client.network)
  return [...server.events, ...client.events]
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
