import type { Log } from '#runtime/log.ts'
import type { Endpoint, ServerTls, TlsIdentity } from '#runtime/network.ts'

/**
 * TLS towards the internet. A client certificate is asked for and not required (guide: client certificates are optional);
 * one that is shown has to be signed by a trusted CA. Both outcomes are in the log.
 */
export function tlsTowardsClients(identity: TlsIdentity, log: Log, service: 'SIP' | 'HTTPS'): ServerTls {
  return {
    identity,
    requestClientCertificate: true,
    refusesUnverified: true,
    onVerified: ({ subject }, { address, port }) =>
      log.info('Inbound TLS Client Certificate Verified', {
        Service: service,
        'Src-ip': address,
        'Src-port': port,
        Subject: subject.replaceAll('\n', ', '),
      }),
  }
}

/** A handshake with a client that came to nothing. */
export function logTlsError(log: Log, service: 'SIP' | 'HTTPS', port: number, error: Error, remote: Endpoint): void {
  const facts = { 'Src-ip': remote.address, 'Src-port': remote.port, 'Dst-port': port, Detail: error.message }
  log.warn('Inbound TLS Negotiation Error', { Service: service, ...facts, Protocol: 'TLS', Level: 1 })
}
