import type { Log } from '#runtime/log.ts'
import type { Connection, HostNetwork, Listener, TlsIdentity } from '#runtime/network.ts'

export interface VerifiedListenerOptions {
  readonly network: HostNetwork
  readonly port: number
  /** The CallManager certificate. */
  readonly identity: TlsIdentity
  /** CallManager-trust. */
  readonly trust: readonly string[]
  readonly log: Log
  readonly onConnection: (connection: Connection) => void
}

/** SIP over TLS as the Cisco CallManager service takes it: the other side's certificate has to lead to CallManager-trust. */
export function listenVerified(options: VerifiedListenerOptions): Promise<Listener> {
  const { network, port, identity, trust, log, onConnection } = options
  const failed = (from: string, why: string) => log.warn('Failed to establish SSL connection', { from, why })
  return network.listenTls({
    port,
    protocol: 'SIP',
    tls: { identity, trust, requestClientCertificate: true },
    onConnection: (connection) => {
      if (connection.tls?.isAuthorized === true) return onConnection(connection)
      // The CA of the other side is not in CallManager-trust, or it shows no certificate.
      failed(connection.remote.address, connection.tls?.problem ?? '')
      connection.destroy()
    },
    onTlsError: (error, remote) => failed(remote.address, error.message),
  })
}
