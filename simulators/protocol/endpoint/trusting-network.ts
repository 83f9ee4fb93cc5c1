import type { HostNetwork, TlsIdentity } from '#runtime/network.ts'

/**
 * The same network where servers are trusted by a list of CAs that may change while it is used (PEM texts), and are shown
 * a client certificate where there is one.
 */
export function trustingNetwork(
  network: HostNetwork,
  trusted: () => readonly string[],
  identity: () => TlsIdentity | undefined = () => undefined,
): HostNetwork {
  const own = () => {
    const shown = identity()
    return { trust: trusted(), ...(shown === undefined ? {} : { identity: shown }) }
  }
  return {
    ...network,
    get trust() {
      return trusted()
    },
    dialTls: (options) => network.dialTls({ ...options, tls: { ...own(), ...options.tls } }),
    startTlsAsClient: (connection, tls) => network.startTlsAsClient(connection, { ...own(), ...tls }),
  }
}
