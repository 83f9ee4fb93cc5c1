import type { HostNetwork } from '#runtime/network.ts'

/** The same network where servers are trusted by a list of CAs that may change while it is used; PEM texts. */
export function trustingNetwork(network: HostNetwork, trusted: () => readonly string[]): HostNetwork {
  return {
    ...network,
    get trust() {
      return trusted()
    },
    dialTls: (options) => network.dialTls({ ...options, tls: { trust: trusted(), ...options.tls } }),
    startTlsAsClient: (connection, tls) => network.startTlsAsClient(connection, { trust: trusted(), ...tls }),
  }
}
