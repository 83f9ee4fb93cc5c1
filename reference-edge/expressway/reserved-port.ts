import type { HostEnvironment } from '#runtime/host.ts'
import type { Listener } from '#runtime/network.ts'

/**
 * 8883: reachable on every interface of the Expressway as the guide says of its internal ports, and of no use there. A
 * TLS handshake, then the end.
 */
export function listenOnReservedPort(environment: HostEnvironment, address: string): Promise<Listener> {
  return environment.network.listenTls({
    address,
    port: 8883,
    protocol: 'TLS',
    tls: { identity: environment.identity! },
    limits: { perSource: 10, total: 100 },
    onConnection: ({ stream }) => stream.end(() => stream.destroy()),
  })
}
