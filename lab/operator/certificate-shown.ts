import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { Connection, Endpoint, HostNetwork } from '#runtime/network.ts'

/** Where TLS begins behind STARTTLS (RFC 6120 §5). */
const xmppPort = 5222

/** The certificate a server shows in its TLS handshake, whoever signed it; `domain` is what a stream is opened for. */
export async function certificateShown(network: HostNetwork, to: Endpoint, domain: string): Promise<X509Certificate> {
  const tls = { serverName: to.address, acceptAny: true }
  const connection =
    to.port === xmppPort
      ? await network.startTlsAsClient(await readyForTls(network, to, domain), tls)
      : await network.dialTls({ to, protocol: 'TLS', tls })
  // What the server says to somebody without a certificate of their own is not our business.
  connection.stream.on('error', () => {})
  connection.destroy()
  const certificate = connection.tls?.peerCertificate
  if (certificate === undefined) throw new Error(`${to.address}:${to.port} showed no certificate`)
  return certificate
}

async function readyForTls(network: HostNetwork, to: Endpoint, domain: string): Promise<Connection> {
  const connection = await network.dialTcp({ to, protocol: 'XMPP' })
  const { stream } = connection
  stream.on('error', () => {})
  const names = `xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'`
  stream.write(`<?xml version='1.0'?><stream:stream ${names}>`)
  await heard(stream, '</stream:features>')
  stream.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await heard(stream, '<proceed')
  return connection
}

async function heard(stream: Connection['stream'], text: string): Promise<void> {
  const signal = AbortSignal.timeout(3_000)
  for (let said = ''; !said.includes(text);) {
    const [bytes] = (await once(stream, 'data', { signal })) as [Buffer]
    said += bytes.toString('latin1')
  }
}
