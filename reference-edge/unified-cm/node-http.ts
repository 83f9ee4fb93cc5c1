import type { HostNetwork, HttpAnswer, HttpSendOptions } from '#runtime/network.ts'

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

/** Sends one request over a connection of its own. Rejects where there is no answer, with OpenSSL's or the system's code. */
export async function askOverHttps(
  network: HostNetwork,
  peer: HttpsPeer,
  request: HttpSendOptions,
): Promise<HttpAnswer> {
  const { name, address, port = 8443, tlsVerify } = peer
  await using client = network.httpClient(() =>
    network.dialTls({
      to: { address, port },
      protocol: 'HTTPS',
      tls: { serverName: name, acceptAny: !tlsVerify },
    }),
  )
  return await client.send({
    ...request,
    headers: { Host: `${name}:${port}`, ...request.headers, Connection: 'close' },
  })
}
