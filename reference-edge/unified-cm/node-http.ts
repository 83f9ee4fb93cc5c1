import type { HostNetwork, HttpAnswer, HttpClient, HttpSendOptions } from '#runtime/network.ts'

/** A server of Unified CM or IM and Presence with its HTTPS service. */
export interface HttpsPeer {
  /** Checked against the certificate, and sent as Host. */
  readonly name: string
  readonly address: string
  /** Default 8443. */
  readonly port?: number
  /** TLS verify mode On: chain and name of the certificate must be good. */
  readonly tlsVerify: boolean
}

/** A client for that server; the caller closes it. */
export function openHttps(network: HostNetwork, { name, address, port = 8443, tlsVerify }: HttpsPeer): HttpClient {
  return network.httpClient(() =>
    network.dialTls({
      to: { address, port },
      protocol: 'HTTPS',
      tls: { serverName: name, acceptAny: !tlsVerify },
    }),
  )
}

/** Sends one request over a connection of its own. Rejects where there is no answer, with OpenSSL's or the system's code. */
export async function askOverHttps(
  network: HostNetwork,
  peer: HttpsPeer,
  request: HttpSendOptions,
): Promise<HttpAnswer> {
  const { name, port = 8443 } = peer
  await using client = openHttps(network, peer)
  return await client.send({
    ...request,
    headers: { Host: `${name}:${port}`, ...request.headers, Connection: 'close' },
  })
}
