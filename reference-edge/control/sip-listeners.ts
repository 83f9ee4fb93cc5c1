import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint, Listener } from '#runtime/network.ts'
import type { SipPeer } from './sip-peer.ts'
import { ownSipPorts } from './sip-peer.ts'
import type { SipSide } from './sip-side.ts'

/**
 * 5060 and 5061: a connection from a discovered node or from a peer of a neighbor zone belongs to its zone, any other to none and gets OPTIONS answered.
 * Over TLS a node shows its CallManager certificate; where its zone verifies and the certificate is not good, the
 * connection ends.
 */
export async function startSipListeners(
  environment: HostEnvironment,
  sip: SipSide,
  zones: { callerOf(connection: Connection): { readonly zone?: SipPeer; readonly problem?: string } },
): Promise<AsyncDisposable & { readonly listeners: readonly Listener[] }> {
  const { network, identity } = environment
  if (identity === undefined) throw new Error('SIP over TLS needs a server certificate')
  const refused = (detail: string, remote: Endpoint) =>
    environment.log.child('tvcs').warn('Inbound TLS Negotiation Error', {
      Service: 'SIP',
      'Src-ip': remote.address,
      'Src-port': remote.port,
      'Dst-port': ownSipPorts.tls,
      Detail: detail,
    })
  const onConnection = (connection: Connection) => {
    const { zone, problem } = zones.callerOf(connection)
    if (problem !== undefined) {
      refused(problem, connection.remote)
      return connection.destroy()
    }
    sip.adopt(
      connection,
      zone,
      zone === undefined ? { isDialled: false, idleMs: strangerIdleMs } : { isDialled: false },
    )
  }
  await using started = new AsyncDisposableStack()
  const limits = { perSource: 100, total: 1_000 }
  const tcp = started.use(await network.listenTcp({ port: ownSipPorts.tcp, protocol: 'SIP', limits, onConnection }))
  const tls = started.use(
    await network.listenTls({
      port: ownSipPorts.tls,
      protocol: 'SIP',
      tls: { identity, requestClientCertificate: true },
      limits,
      onConnection,
      onTlsError: (error, remote) => refused(error.message, remote),
    }),
  )
  const stack = started.move()
  return { listeners: [tcp, tls], [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Real time: who is no neighbour, not registered and says nothing is not kept. */
export const strangerIdleMs = 30_000
