import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint, Listener } from '#runtime/network.ts'
import { commonNameOf } from '../certificates/peer-name.ts'
import { clientProblem } from '../certificates/peer-verification.ts'
import { verificationWords } from '../certificates/verification-words.ts'
import type { TraversalServerZone } from './server-zone.ts'
import type { ZoneProblem } from './zone-peers.ts'

export interface ZoneListenerOptions {
  readonly environment: HostEnvironment
  /** The LAN interface the Controls reach; the host's first address otherwise. */
  readonly address?: string
  readonly zone: () => TraversalServerZone
  /** Over TLS with TLS verify mode on, its certificate is one of a Control. */
  readonly onConnection: (connection: Connection) => void
  readonly onRejected: (rejected: RejectedConnection) => void
}

/** Whose certificate is none of a Control, or who takes ours for none. */
export interface RejectedConnection {
  readonly remote: Endpoint
  readonly problem: ZoneProblem
  /** Of its certificate, where it has shown one. */
  readonly commonName: string | undefined
  /** What it did is what a misconfigured VCS does; others merely knock. */
  readonly isVcs: boolean
}

/** Opens the port of a traversal server zone; rejects with EADDRINUSE where it is taken. */
export function listenForControls(options: ZoneListenerOptions): Promise<Listener> {
  const { environment, address, zone, onRejected } = options
  const { network, identity } = environment
  const { port, transport } = zone()
  const common = {
    ...(address === undefined ? {} : { address }),
    port,
    protocol: 'SIP',
    limits: { perSource: 20, total: 100 },
    onConnection: (connection: Connection) => admit(connection, options),
  }
  if (transport === 'TCP') return network.listenTcp(common)
  if (identity === undefined) throw new Error('the traversal zone needs a server certificate')
  return network.listenTls({
    ...common,
    tls: { identity, requestClientCertificate: true },
    onTlsError: (error, remote) => onRejected(handshakeFailed(error, remote)),
  })
}

function admit(connection: Connection, { zone, onConnection, onRejected }: ZoneListenerOptions): void {
  const { transport, tlsVerify, tlsVerifySubjectName } = zone()
  const problem = transport === 'TLS' && tlsVerify ? clientProblem(connection.tls, tlsVerifySubjectName) : undefined
  if (problem === undefined) return onConnection(connection)
  const certificate = connection.tls?.peerCertificate
  onRejected({
    remote: connection.remote,
    problem,
    commonName: certificate && commonNameOf(certificate),
    isVcs: certificate !== undefined,
  })
  connection.destroy()
}

/** A handshake that did not end: the Control may have refused this certificate, and says so in its own log only. */
function handshakeFailed(error: Error & { code?: string }, remote: Endpoint): RejectedConnection {
  const words = verificationWords({ code: error.code ?? '', peer: 'client' })
  const problem = words ?? { says: `TLS negotiation failure: ${error.message}` }
  return { remote, problem, commonName: undefined, isVcs: words !== undefined }
}
