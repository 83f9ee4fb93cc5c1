import { ClientContexts } from './client-contexts.ts'
import { ConnectionGuard } from './connection-guard.ts'
import type { HostNetwork } from './network.ts'
import { dialTcp, dialTls, startTlsAsClient } from './dial.ts'
import { listenTcp, listenTls, startTlsAsServer } from './listen.ts'
import { dialWithKey, listenWithKey } from './pre-shared-key.ts'
import { openUdp } from './udp.ts'
import { httpClient, httpOnStreams, listenHttp } from './http.ts'

/** A host's network: everything it needs to know is in the facts, nothing is ambient. */
export function openNetwork(
  given: Pick<HostNetwork, 'host' | 'addresses' | 'resolver' | 'trust' | 'trace' | 'clocks' | 'random'> &
    Partial<Pick<HostNetwork, 'guard'>>,
): HostNetwork {
  // Not an option of each listener: none can be opened that forgets it.
  const facts = { ...given, guard: given.guard ?? new ConnectionGuard({ monotonic: given.clocks.monotonic }) }
  const dialling = { ...facts, clientContexts: new ClientContexts() }
  return {
    ...facts,
    dialTcp: (options) => dialTcp(dialling, options),
    dialTls: (options) => dialTls(dialling, options),
    dialWithKey: (options) => dialWithKey(dialling, options),
    startTlsAsClient: (connection, tls) => startTlsAsClient(dialling, connection, tls),
    startTlsAsServer: (connection, tls, handshakeMs) => startTlsAsServer(facts, connection, tls, handshakeMs),
    listenTcp: (options) => listenTcp(facts, options),
    listenTls: (options) => listenTls(facts, options),
    listenWithKey: (options) => listenWithKey(facts, options),
    udp: (options) => openUdp(facts, options),
    listenHttp: (options) => listenHttp(facts, options),
    httpOnStreams: (handler, limits) => httpOnStreams(facts, handler, limits),
    httpClient: (connect) => httpClient(facts, connect),
  }
}
